
#include "ngx_http_oauth_token_flight.h"

#include "ngx_http_oauth_token_fetch.h"
#include "ngx_http_oauth_token_key.h"
#include "ngx_http_oauth_token_token.h"


/* a claim outlives its fetch by so much, ms, to be ended by the fetch itself */
#define NGX_HTTP_OAUTH_TOKEN_CLAIM_GRACE  1000


typedef struct {
    ngx_http_oauth_token_flight_t     flight;    /* first */
    ngx_http_oauth_token_wait_t      *wait;
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_claim_t      claim;     /* ours, or the one watched */
    ngx_uint_t                        fetching;  /* here */
    ngx_str_t                         slots[1];
} ngx_http_oauth_token_trip_t;


static ngx_http_oauth_token_trip_t *ngx_http_oauth_token_flight_open(
    ngx_http_oauth_token_wait_t *wait, ngx_http_oauth_token_want_t *want,
    const u_char *key);
static void ngx_http_oauth_token_flight_close(
    ngx_http_oauth_token_trip_t *trip);
static ngx_int_t ngx_http_oauth_token_flight_join(
    ngx_http_oauth_token_want_t *want, ngx_http_oauth_token_trip_t *trip);
static void ngx_http_oauth_token_flight_woken(
    ngx_http_oauth_token_waiter_t *waiter);
static ngx_int_t ngx_http_oauth_token_flight_claim(
    ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_failure_t *failure);
static void ngx_http_oauth_token_flight_fetch(
    ngx_http_oauth_token_trip_t *trip);
static void ngx_http_oauth_token_flight_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static ngx_http_oauth_token_t *ngx_http_oauth_token_flight_publish(
    ngx_http_oauth_token_trip_t *trip, ngx_http_oauth_token_result_t *result);
static void ngx_http_oauth_token_flight_fail(
    ngx_http_oauth_token_trip_t *trip, ngx_http_oauth_token_result_t *result,
    ngx_str_t *challenge, ngx_http_oauth_token_failure_t *failure);
static void ngx_http_oauth_token_flight_settle(
    ngx_http_oauth_token_trip_t *trip, ngx_http_oauth_token_t *token,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *challenge);
static void ngx_http_oauth_token_flight_error(
    ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *challenge);
static void ngx_http_oauth_token_flight_refuse(
    ngx_http_oauth_token_want_t *want, const char *reason, time_t retry);
static ngx_str_t ngx_http_oauth_token_flight_detail(
    ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_failure_t *failure);
static void ngx_http_oauth_token_flight_log(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_result_t *result, ngx_msec_t pause);
static time_t ngx_http_oauth_token_flight_seconds(int64_t until);


ngx_int_t
ngx_http_oauth_token_flight_want(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want)
{
    u_char                          *key, own[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_int_t                        rc;
    ngx_http_oauth_token_trip_t     *trip;
    ngx_http_oauth_token_failure_t   failure;

    key = ngx_http_oauth_token_key(want->provider, want->slots, own);

    if (key == NULL) {
        ngx_http_oauth_token_flight_refuse(want, "internal", 0);
        return NGX_DECLINED;
    }

    want->token = ngx_http_oauth_token_lookup(want->provider, key, want->log);

    if (want->token) {
        return NGX_OK;
    }

    trip = (ngx_http_oauth_token_trip_t *) ngx_http_oauth_token_wait_find(wait,
                                                                         key);
    if (trip) {
        return ngx_http_oauth_token_flight_join(want, trip);
    }

    trip = ngx_http_oauth_token_flight_open(wait, want, key);

    if (trip == NULL) {
        ngx_http_oauth_token_flight_refuse(want, "internal", 0);
        return NGX_DECLINED;
    }

    rc = ngx_http_oauth_token_flight_claim(trip, &failure);

    if (rc == NGX_OK) {
        /* joined first: the fetch may be over before it returns */

        rc = ngx_http_oauth_token_flight_join(want, trip);

        want->started = 1;
        ngx_http_oauth_token_flight_fetch(trip);

        return rc;
    }

    if (rc == NGX_AGAIN) {
        return ngx_http_oauth_token_flight_join(want, trip);
    }

    ngx_http_oauth_token_flight_close(trip);

    if (rc == NGX_DONE) {
        want->token = ngx_http_oauth_token_lookup(want->provider, key,
                                                  want->log);
        if (want->token) {
            return NGX_OK;
        }

        /* published and gone again since: as rare as it is, not a loop */

        ngx_http_oauth_token_flight_refuse(want, "internal", 1);

    } else {
        ngx_http_oauth_token_flight_refuse(want, "backoff",
                   ngx_http_oauth_token_flight_seconds(failure.paused_until));
    }

    return NGX_DECLINED;
}


static ngx_http_oauth_token_trip_t *
ngx_http_oauth_token_flight_open(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want, const u_char *key)
{
    size_t                        size;
    u_char                       *p;
    ngx_uint_t                    i, n;
    ngx_http_oauth_token_trip_t  *trip;

    n = want->provider->slots.nelts;
    size = sizeof(ngx_http_oauth_token_trip_t) + n * sizeof(ngx_str_t);

    for (i = 0; i < n; i++) {
        size += want->slots[i].len;
    }

    trip = ngx_calloc(size, want->log);
    if (trip == NULL) {
        return NULL;
    }

    trip->wait = wait;
    trip->provider = want->provider;

    /* the client may be gone before its values are used */

    p = (u_char *) &trip->slots[n];

    for (i = 0; i < n; i++) {
        trip->slots[i].data = p;
        trip->slots[i].len = want->slots[i].len;

        p = ngx_cpymem(p, want->slots[i].data, want->slots[i].len);
    }

    ngx_memcpy(trip->flight.key, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    ngx_http_oauth_token_wait_open(wait, &trip->flight);

    return trip;
}


static void
ngx_http_oauth_token_flight_close(ngx_http_oauth_token_trip_t *trip)
{
    ngx_uint_t  i;

    for (i = 0; i < trip->provider->slots.nelts; i++) {
        ngx_explicit_memzero(trip->slots[i].data, trip->slots[i].len);
    }

    ngx_http_oauth_token_wait_close(trip->wait, &trip->flight);

    ngx_free(trip);
}


static ngx_int_t
ngx_http_oauth_token_flight_join(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_trip_t *trip)
{
    if (trip->flight.nwaiters >= (ngx_uint_t) want->provider->max_waiting) {
        ngx_http_oauth_token_flight_refuse(want, "max_waiting", 1);
        return NGX_DECLINED;
    }

    want->waiter.handler = ngx_http_oauth_token_flight_woken;

    ngx_http_oauth_token_wait_join(&trip->flight, &want->waiter,
                                   want->provider->fetch_timeout, want->log);
    return NGX_AGAIN;
}


void
ngx_http_oauth_token_flight_leave(ngx_http_oauth_token_want_t *want)
{
    ngx_http_oauth_token_wait_leave(&want->waiter);
}


static void
ngx_http_oauth_token_flight_woken(ngx_http_oauth_token_waiter_t *waiter)
{
    ngx_http_oauth_token_want_t *want = (ngx_http_oauth_token_want_t *) waiter;

    if (waiter->timedout) {
        ngx_http_oauth_token_flight_refuse(want, "timeout", 0);
        want->error.outcome = NGX_HTTP_OAUTH_TOKEN_TIMEOUT;
    }

    want->handler(want);
}


/*
 * NGX_OK: to be fetched here; NGX_AGAIN: somebody fetches, trip->claim is the
 * one to watch; NGX_DONE: there is a token; NGX_DECLINED: *failure.
 */

static ngx_int_t
ngx_http_oauth_token_flight_claim(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_failure_t *failure)
{
    int64_t                       deadline;
    ngx_http_oauth_token_store_e  rc;

    deadline = ngx_current_msec + trip->provider->fetch_timeout
               + NGX_HTTP_OAUTH_TOKEN_CLAIM_GRACE;

    rc = ngx_http_oauth_token_store_claim(trip->provider->zone->store,
                                          trip->flight.key, ngx_current_msec,
                                          ngx_pid, deadline, &trip->claim,
                                          failure);
    switch (rc) {

    case NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED:
        return NGX_AGAIN;

    case NGX_HTTP_OAUTH_TOKEN_STORE_FRESH:
        return NGX_DONE;

    case NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED:
        return NGX_DECLINED;

    case NGX_HTTP_OAUTH_TOKEN_STORE_OK:
        return NGX_OK;

    default:

        /* without the store this worker fetches for itself */

        trip->claim.id = 0;
        return NGX_OK;
    }
}


void
ngx_http_oauth_token_flight_look(ngx_http_oauth_token_flight_t *flight)
{
    ngx_int_t                        rc;
    ngx_str_t                        challenge;
    ngx_http_oauth_token_t          *token;
    ngx_http_oauth_token_trip_t     *trip;
    ngx_http_oauth_token_failure_t   failure;

    trip = (ngx_http_oauth_token_trip_t *) flight;

    if (trip->fetching
        || ngx_http_oauth_token_store_claimed(trip->provider->zone->store,
                                              &trip->claim, ngx_current_msec))
    {
        return;
    }

    if (flight->nwaiters == 0) {
        ngx_http_oauth_token_flight_close(trip);
        return;
    }

    token = ngx_http_oauth_token_lookup(trip->provider, flight->key,
                                        ngx_cycle->log);
    if (token) {
        ngx_http_oauth_token_flight_settle(trip, token, NULL, NULL);
        ngx_http_oauth_token_release(token);
        return;
    }

    rc = ngx_http_oauth_token_flight_claim(trip, &failure);

    switch (rc) {

    case NGX_OK:
        ngx_http_oauth_token_flight_fetch(trip);
        return;

    case NGX_DECLINED:
        challenge = ngx_http_oauth_token_flight_detail(trip, &failure);
        ngx_http_oauth_token_flight_settle(trip, NULL, &failure, &challenge);

        if (challenge.data) {
            ngx_free(challenge.data);
        }

        return;

    default:

        /* watch the new claim, or see the token at the next look */
        return;
    }
}


static void
ngx_http_oauth_token_flight_fetch(ngx_http_oauth_token_trip_t *trip)
{
    ngx_int_t                      rc;
    ngx_str_t                      none;
    ngx_http_oauth_token_result_t  result;

    trip->fetching = 1;

    rc = ngx_http_oauth_token_fetch(trip->provider, trip->slots,
                                    ngx_http_oauth_token_flight_fetched, trip);

    if (rc == NGX_OK) {
        return;
    }

    ngx_str_null(&none);

    ngx_http_oauth_token_result_failed(&result, NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                                       rc == NGX_DECLINED ? "invalid_value"
                                                          : "internal");
    ngx_http_oauth_token_flight_fetched(trip, &result, &none);
}


static void
ngx_http_oauth_token_flight_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_http_oauth_token_trip_t *trip = data;

    ngx_http_oauth_token_t          *token;
    ngx_http_oauth_token_wait_t     *wait;
    ngx_http_oauth_token_failure_t   failure;

    wait = trip->wait;
    token = NULL;

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_OK) {
        token = ngx_http_oauth_token_flight_publish(trip, result);

        if (token == NULL) {
            ngx_http_oauth_token_result_free(result);
            ngx_http_oauth_token_result_failed(result,
                                               NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                                               "internal");
        }
    }

    if (token == NULL) {
        ngx_http_oauth_token_flight_fail(trip, result, challenge, &failure);
    }

    ngx_http_oauth_token_flight_settle(trip, token, &failure, challenge);
    ngx_http_oauth_token_release(token);

    ngx_http_oauth_token_wait_notify(wait);
}


static ngx_http_oauth_token_t *
ngx_http_oauth_token_flight_publish(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_result_t *result)
{
    int64_t                           now;
    ngx_http_oauth_token_t           *token;
    ngx_http_oauth_token_store_e      rc;
    ngx_http_oauth_token_stored_t     stored;
    ngx_http_oauth_token_provider_t  *p;

    p = trip->provider;
    now = ngx_current_msec;

    token = ngx_http_oauth_token_create(p, result->token_len, ngx_cycle->log);
    if (token == NULL) {
        return NULL;
    }

    ngx_memcpy(token->value.data, result->token, result->token_len);

    token->expires = now + result->lifetime;
    token->usable_until = token->expires
                          - ngx_http_oauth_token_leeway(result->lifetime,
                                  p->expiry_leeway == NGX_CONF_UNSET_MSEC
                                      ? -1 : (int64_t) p->expiry_leeway);

    if (result->defaulted && !result->absent) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "no usable lifetime in the token response, using %Ls, "
                      "provider: \"%V\"", result->lifetime / 1000, &p->name);
    }

    rc = NGX_HTTP_OAUTH_TOKEN_STORE_FULL;

    if (trip->claim.id) {
        rc = ngx_http_oauth_token_store_publish(p->zone->store,
                                                trip->flight.key, &trip->claim,
                                                token->value.data,
                                                token->value.len, now,
                                                token->usable_until,
                                                token->expires, &stored);
    }

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_STALE) {

        /* a newer one is there for all, this one serves those who wait */

        return token;
    }

    if (rc != NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "no room for an access token in zone \"%V\", "
                      "provider: \"%V\"", &p->zone->name, &p->name);

        stored.generation = NGX_HTTP_OAUTH_TOKEN_NOT_STORED;
    }

    ngx_http_oauth_token_keep(p, trip->flight.key, token, &stored);

    return token;
}


static void
ngx_http_oauth_token_flight_fail(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge,
    ngx_http_oauth_token_failure_t *failure)
{
    int64_t  pause;

    pause = NGX_HTTP_OAUTH_TOKEN_PAUSE;

    if (result->retry_after > pause) {
        pause = result->retry_after;
    }

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_INTERNAL) {

        /* another worker may have what this one lacks */
        pause = 0;
    }

    failure->paused_until = ngx_current_msec + pause;
    failure->outcome = result->outcome;

    ngx_memcpy(failure->reason, result->reason, sizeof(failure->reason));

    ngx_http_oauth_token_flight_log(trip, result, pause);

    if (trip->claim.id == 0) {
        return;
    }

    /* a failure that cannot be stored ends with the claim's deadline */

    (void) ngx_http_oauth_token_store_fail(trip->provider->zone->store,
                                           trip->flight.key, &trip->claim,
                                           ngx_current_msec, failure,
                                           challenge->data, challenge->len);
}


static void
ngx_http_oauth_token_flight_settle(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_t *token, ngx_http_oauth_token_failure_t *failure,
    ngx_str_t *challenge)
{
    ngx_queue_t                  *q;
    ngx_http_oauth_token_want_t  *want;

    while (!ngx_queue_empty(&trip->flight.waiters)) {
        q = ngx_queue_head(&trip->flight.waiters);

        want = (ngx_http_oauth_token_want_t *)
                   ngx_queue_data(q, ngx_http_oauth_token_waiter_t, queue);

        want->token = token;

        if (token) {
            token->refs++;

        } else {
            ngx_http_oauth_token_flight_error(want, failure, challenge);
        }

        ngx_http_oauth_token_wait_wake(&want->waiter);
    }

    ngx_http_oauth_token_flight_close(trip);
}


static void
ngx_http_oauth_token_flight_error(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *challenge)
{
    ngx_http_oauth_token_flight_refuse(want, failure->reason, 0);

    want->error.outcome = failure->outcome;

    if (failure->outcome == NGX_HTTP_OAUTH_TOKEN_THROTTLED) {
        want->error.retry_after = ngx_http_oauth_token_flight_seconds(
                                                      failure->paused_until);
    }

    if (failure->outcome == NGX_HTTP_OAUTH_TOKEN_CHALLENGED
        && challenge->len)
    {
        want->error.challenge.data = ngx_pstrdup(want->pool, challenge);

        if (want->error.challenge.data) {
            want->error.challenge.len = challenge->len;
        }
    }
}


/* no token, for a reason of our own: come again */

static void
ngx_http_oauth_token_flight_refuse(ngx_http_oauth_token_want_t *want,
    const char *reason, time_t retry)
{
    want->token = NULL;

    want->error.outcome = NGX_HTTP_OAUTH_TOKEN_THROTTLED;
    want->error.retry_after = retry;
    ngx_str_null(&want->error.challenge);

    (void) ngx_cpystrn((u_char *) want->error.reason, (u_char *) reason,
                       sizeof(want->error.reason));
}


/* what the attempt has left for those who wait; to be freed */

static ngx_str_t
ngx_http_oauth_token_flight_detail(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_failure_t *failure)
{
    ngx_str_t                       detail;
    ngx_http_oauth_token_store_t   *store;
    ngx_http_oauth_token_stored_t   stored;

    ngx_str_null(&detail);

    store = trip->provider->zone->store;

    if (failure->outcome != NGX_HTTP_OAUTH_TOKEN_CHALLENGED
        || !ngx_http_oauth_token_store_detail(store, trip->flight.key,
                                              failure->claim, &stored))
    {
        return detail;
    }

    detail.data = ngx_alloc(stored.len, ngx_cycle->log);

    if (detail.data
        && ngx_http_oauth_token_store_copy(store, &stored, detail.data))
    {
        detail.len = stored.len;
    }

    return detail;
}


static void
ngx_http_oauth_token_flight_log(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_result_t *result, ngx_msec_t pause)
{
    ngx_http_core_loc_conf_t         *clcf;
    ngx_http_oauth_token_provider_t  *p;

    p = trip->provider;
    clcf = p->ctx->loc_conf[ngx_http_core_module.ctx_index];

    ngx_log_error(NGX_LOG_ERR, clcf->error_log, 0,
                  "no access token from the provider, provider: \"%V\", "
                  "key: %08xD, error: \"%s\"%s%s%s, next try in %Mms",
                  &p->name, htonl(*(uint32_t *) trip->flight.key),
                  result->reason, result->error[0] ? ", description: \"" : "",
                  result->error, result->error[0] ? "\"" : "", pause);
}


static time_t
ngx_http_oauth_token_flight_seconds(int64_t until)
{
    int64_t  left;

    left = until - (int64_t) ngx_current_msec;

    return left > 0 ? (left + 999) / 1000 : 1;
}
