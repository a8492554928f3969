
#include "ngx_http_oauth_token_flight.h"

#include "ngx_http_oauth_token_attempt.h"
#include "ngx_http_oauth_token_fetch.h"
#include "ngx_http_oauth_token_key.h"
#include "ngx_http_oauth_token_token.h"


typedef struct {
    ngx_http_oauth_token_flight_t     flight;    /* first */
    ngx_http_oauth_token_wait_t      *wait;
    ngx_http_oauth_token_attempt_t    attempt;   /* ours, or one to watch */
    ngx_msec_t                        deadline;  /* of the fetch */
    unsigned                          fetching:1;  /* here */
    unsigned                          repeated:1;
    ngx_str_t                         slots[1];
} ngx_http_oauth_token_trip_t;


static ngx_int_t ngx_http_oauth_token_flight_begin(
    ngx_http_oauth_token_want_t *want, ngx_http_oauth_token_trip_t *trip);
static ngx_http_oauth_token_trip_t *ngx_http_oauth_token_flight_open(
    ngx_http_oauth_token_wait_t *wait, ngx_http_oauth_token_want_t *want,
    const u_char *key);
static void ngx_http_oauth_token_flight_close(
    ngx_http_oauth_token_trip_t *trip);
static void ngx_http_oauth_token_flight_fetch(
    ngx_http_oauth_token_trip_t *trip);
static void ngx_http_oauth_token_flight_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static void ngx_http_oauth_token_flight_settle(
    ngx_http_oauth_token_trip_t *trip, ngx_http_oauth_token_t *token,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *challenge);


ngx_int_t
ngx_http_oauth_token_flight_want(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want)
{
    u_char                       *key, own[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_http_oauth_token_trip_t  *trip;

    key = ngx_http_oauth_token_key(want->provider, want->slots, own);

    if (key == NULL) {
        return ngx_http_oauth_token_want_refuse(want, "internal", 1);
    }

    want->token = ngx_http_oauth_token_lookup(want->provider, key, want->log);

    if (want->token) {
        return NGX_OK;
    }

    trip = (ngx_http_oauth_token_trip_t *) ngx_http_oauth_token_wait_find(wait,
                                                                         key);
    if (trip) {
        return ngx_http_oauth_token_want_join(want, &trip->flight);
    }

    trip = ngx_http_oauth_token_flight_open(wait, want, key);

    if (trip == NULL) {
        return ngx_http_oauth_token_want_refuse(want, "internal", 1);
    }

    return ngx_http_oauth_token_flight_begin(want, trip);
}


/* the first of this worker to want it */

static ngx_int_t
ngx_http_oauth_token_flight_begin(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_trip_t *trip)
{
    ngx_int_t                        rc;
    ngx_http_oauth_token_failure_t   failure;

    rc = ngx_http_oauth_token_attempt_claim(&trip->attempt, &failure);

    switch (rc) {

    case NGX_OK:

        /* joined first: the fetch may be over before it returns */

        rc = ngx_http_oauth_token_want_join(want, &trip->flight);

        want->started = 1;
        ngx_http_oauth_token_flight_fetch(trip);

        return rc;

    case NGX_AGAIN:
        return ngx_http_oauth_token_want_join(want, &trip->flight);

    case NGX_DONE:

        /* published since it was looked for */

        want->token = ngx_http_oauth_token_lookup(want->provider,
                                                  trip->flight.key, want->log);
        ngx_http_oauth_token_flight_close(trip);

        return want->token ? NGX_OK
                 : ngx_http_oauth_token_want_refuse(want, "internal", 1);

    default:
        ngx_http_oauth_token_flight_close(trip);

        ngx_http_oauth_token_want_paused(want, &failure);

        return NGX_DECLINED;
    }
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
    trip->attempt.provider = want->provider;
    trip->attempt.slots = trip->slots;
    trip->attempt.key = trip->flight.key;

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

    for (i = 0; i < trip->attempt.provider->slots.nelts; i++) {
        ngx_explicit_memzero(trip->slots[i].data, trip->slots[i].len);
    }

    ngx_http_oauth_token_wait_close(trip->wait, &trip->flight);

    ngx_free(trip);
}


void
ngx_http_oauth_token_flight_look(ngx_http_oauth_token_flight_t *flight)
{
    ngx_int_t                         rc;
    ngx_str_t                         challenge;
    ngx_http_oauth_token_t           *token;
    ngx_http_oauth_token_trip_t      *trip;
    ngx_http_oauth_token_failure_t    failure;
    ngx_http_oauth_token_provider_t  *p;

    trip = (ngx_http_oauth_token_trip_t *) flight;

    p = trip->attempt.provider;

    if (trip->fetching
        || ngx_http_oauth_token_store_claimed(p->zone->store,
                                              &trip->attempt.claim,
                                              ngx_current_msec))
    {
        return;
    }

    if (flight->nwaiters == 0) {
        ngx_http_oauth_token_flight_close(trip);
        return;
    }

    token = ngx_http_oauth_token_lookup(p, flight->key, ngx_cycle->log);
    if (token) {
        ngx_http_oauth_token_flight_settle(trip, token, NULL, NULL);
        ngx_http_oauth_token_release(token);
        return;
    }

    rc = ngx_http_oauth_token_attempt_claim(&trip->attempt, &failure);

    switch (rc) {

    case NGX_OK:
        ngx_http_oauth_token_flight_fetch(trip);
        return;

    case NGX_DECLINED:
        ngx_http_oauth_token_attempt_detail(&trip->attempt, &failure,
                                            &challenge);
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

    if (!trip->fetching) {
        trip->fetching = 1;
        trip->deadline = ngx_current_msec
                         + trip->attempt.provider->fetch_timeout;
    }

    rc = ngx_http_oauth_token_fetch(trip->attempt.provider, trip->slots, NULL,
                                    trip->deadline - ngx_current_msec,
                                    ngx_http_oauth_token_flight_fetched,
                                    trip, NULL);

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

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_TRANSPORT
        && !trip->repeated
        && (ngx_msec_int_t) (trip->deadline - ngx_current_msec) > 0)
    {
        /*
         * Nothing was answered: often it is a connection that was kept alive
         * for too long, and another one is all that is needed.
         */

        trip->repeated = 1;
        ngx_http_oauth_token_flight_fetch(trip);
        return;
    }

    wait = trip->wait;
    token = NULL;

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_OK) {
        token = ngx_http_oauth_token_attempt_succeed(&trip->attempt, result);

        if (token == NULL) {
            ngx_http_oauth_token_result_free(result);
            ngx_http_oauth_token_result_failed(result,
                                               NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                                               "internal");
        }
    }

    if (token == NULL) {
        ngx_http_oauth_token_attempt_fail(&trip->attempt, result, challenge,
                                          &failure);
    }

    ngx_http_oauth_token_flight_settle(trip, token, &failure, challenge);
    ngx_http_oauth_token_release(token);

    ngx_http_oauth_token_wait_notify(wait);
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
            ngx_http_oauth_token_want_failed(want, failure, challenge);
        }

        ngx_http_oauth_token_wait_wake(&want->waiter);
    }

    ngx_http_oauth_token_flight_close(trip);
}


void
ngx_http_oauth_token_flight_end(ngx_http_oauth_token_wait_t *wait)
{
    ngx_queue_t                    *q;
    ngx_http_oauth_token_flight_t  *flight;

    while (!ngx_queue_empty(&wait->queue)) {
        q = ngx_queue_head(&wait->queue);
        flight = ngx_queue_data(q, ngx_http_oauth_token_flight_t, queue);

        ngx_http_oauth_token_flight_close(
                                      (ngx_http_oauth_token_trip_t *) flight);
    }
}
