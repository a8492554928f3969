
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_trip.h"

#include "ngx_http_oauth_token_failed.h"
#include "ngx_http_oauth_token_renewal.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_subject.h"
#include "ngx_http_oauth_token_tell.h"
#include "ngx_http_oauth_token_token.h"


static ngx_uint_t ngx_http_oauth_token_trip_under_way(
    ngx_http_oauth_token_trip_t *trip);
static ngx_uint_t ngx_http_oauth_token_trip_failing(
    ngx_http_oauth_token_trip_t *trip);
static void ngx_http_oauth_token_trip_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static void ngx_http_oauth_token_trip_count(
    ngx_http_oauth_token_trip_t *trip, ngx_http_oauth_token_result_t *result);
static void ngx_http_oauth_token_trip_settle(
    ngx_http_oauth_token_trip_t *trip, ngx_http_oauth_token_t *token,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *challenge);


ngx_http_oauth_token_trip_t *
ngx_http_oauth_token_trip_open(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    const u_char *key)
{
    size_t                        size;
    u_char                       *p;
    ngx_uint_t                    i, n;
    ngx_http_oauth_token_trip_t  *trip;

    n = provider->slots.nelts;
    size = sizeof(ngx_http_oauth_token_trip_t) + n * sizeof(ngx_str_t);

    for (i = 0; i < n; i++) {
        size += slots[i].len;
    }

    trip = ngx_http_oauth_token_secret_alloc(size);
    if (trip == NULL) {
        return NULL;
    }

    ngx_memzero(trip, size);

    trip->wait = wait;
    trip->attempt.provider = provider;
    trip->attempt.slots = trip->slots;
    trip->attempt.key = trip->flight.key;

    /* the client may be gone before its values are used */

    p = (u_char *) &trip->slots[n];

    for (i = 0; i < n; i++) {
        trip->slots[i].data = p;
        trip->slots[i].len = slots[i].len;

        p = ngx_cpymem(p, slots[i].data, slots[i].len);
    }

    ngx_memcpy(trip->flight.key, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    ngx_http_oauth_token_wait_open(wait, &trip->flight);

    return trip;
}


void
ngx_http_oauth_token_trip_close(ngx_http_oauth_token_trip_t *trip)
{
    ngx_http_oauth_token_renewal_wipe(&trip->attempt.refresh);
    ngx_http_oauth_token_wait_close(trip->wait, &trip->flight);

    ngx_http_oauth_token_secret_free(trip);
}


void
ngx_http_oauth_token_trip_look(ngx_http_oauth_token_flight_t *flight)
{
    ngx_int_t                         rc;
    ngx_str_t                         challenge;
    ngx_http_oauth_token_t           *token;
    ngx_http_oauth_token_trip_t      *trip;
    ngx_http_oauth_token_failure_t    failure;
    ngx_http_oauth_token_provider_t  *p;

    trip = (ngx_http_oauth_token_trip_t *) flight;

    p = trip->attempt.provider;

    if (ngx_http_oauth_token_trip_under_way(trip)) {
        return;
    }

    if (flight->nwaiters == 0) {
        ngx_http_oauth_token_trip_close(trip);
        return;
    }

    token = ngx_http_oauth_token_lookup(p, flight->key, ngx_cycle->log);
    if (token) {
        ngx_http_oauth_token_trip_settle(trip, token, NULL, NULL);
        ngx_http_oauth_token_release(token);
        return;
    }

    rc = ngx_http_oauth_token_attempt_claim(&trip->attempt, &failure);

    switch (rc) {

    case NGX_OK:
        ngx_http_oauth_token_trip_fetch(trip);
        return;

    case NGX_DECLINED:
        ngx_http_oauth_token_failed_detail(&trip->attempt, &failure,
                                            &challenge);
        ngx_http_oauth_token_trip_settle(trip, NULL, &failure, &challenge);

        ngx_http_oauth_token_secret_free(challenge.data);
        return;

    default:

        /* watch the new claim, or see the token at the next look */
        return;
    }
}


/* a fetch, here or elsewhere; there it is told if requests wait for it here */

static ngx_uint_t
ngx_http_oauth_token_trip_under_way(ngx_http_oauth_token_trip_t *trip)
{
    ngx_http_oauth_token_claim_t  *claim;
    ngx_http_oauth_token_store_t  *store;

    claim = &trip->attempt.claim;
    store = trip->attempt.provider->zone->store;

    if (trip->fetching) {

        if (ngx_http_oauth_token_store_wanted(store, claim)) {
            ngx_http_oauth_token_trip_hurry(trip);
        }

        return 1;
    }

    if (!ngx_http_oauth_token_store_claimed(store, claim, ngx_current_msec)) {
        return 0;
    }

    if (trip->flight.nwaiters) {
        ngx_http_oauth_token_store_want(store, claim);
    }

    return 1;
}


void
ngx_http_oauth_token_trip_fetch(ngx_http_oauth_token_trip_t *trip)
{
    trip->fetching = 1;

    trip->effort.eager = ngx_http_oauth_token_trip_failing(trip);
    trip->effort.attempt = &trip->attempt;
    trip->effort.done = ngx_http_oauth_token_trip_fetched;
    trip->effort.data = trip;

    /* the flight may be over when it returns */

    ngx_http_oauth_token_effort_start(&trip->effort);
}


/* whether requests fail as long as nothing is fetched */

static ngx_uint_t
ngx_http_oauth_token_trip_failing(ngx_http_oauth_token_trip_t *trip)
{
    /* one that nobody has asked for may hang since long before */

    return !trip->attempt.patient
           && (trip->background
               || ngx_http_oauth_token_attempt_failing(&trip->attempt));
}


void
ngx_http_oauth_token_trip_hurry(ngx_http_oauth_token_trip_t *trip)
{
    trip->attempt.patient = 0;

    if (trip->fetching && ngx_http_oauth_token_trip_failing(trip)) {
        ngx_http_oauth_token_effort_hurry(&trip->effort);
    }
}


static void
ngx_http_oauth_token_trip_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_http_oauth_token_trip_t *trip = data;

    ngx_http_oauth_token_t          *token;
    ngx_http_oauth_token_wait_t     *wait;
    ngx_http_oauth_token_failure_t   failure;

    wait = trip->wait;
    token = NULL;

    ngx_http_oauth_token_subject_limit(trip->attempt.provider, trip->slots,
                                       result);

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_OK) {
        token = ngx_http_oauth_token_attempt_succeed(&trip->attempt, result);
    }

    if (token) {
        ngx_http_oauth_token_tell_fetched(&trip->attempt, token,
                                          trip->effort.started);

    } else {
        ngx_http_oauth_token_failed(&trip->attempt, result, challenge,
                                          &failure);
    }

    ngx_http_oauth_token_trip_count(trip, result);

    ngx_http_oauth_token_trip_settle(trip, token, &failure, challenge);
    ngx_http_oauth_token_release(token);

    ngx_http_oauth_token_wait_notify(wait);
}


static void
ngx_http_oauth_token_trip_count(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_result_t *result)
{
    int64_t                        wall;
    ngx_http_oauth_token_stats_t  *stats;

    stats = trip->attempt.provider->stats;
    wall = ngx_http_oauth_token_wall();

    ngx_http_oauth_token_stats_fetched(stats, result->outcome,
                                       (int64_t) (ngx_current_msec
                                                  - trip->effort.started),
                                       wall);

    if (result->outcome != NGX_HTTP_OAUTH_TOKEN_OK) {
        ngx_http_oauth_token_stats_failed(stats, result->reason, wall);
    }
}


static void
ngx_http_oauth_token_trip_settle(ngx_http_oauth_token_trip_t *trip,
    ngx_http_oauth_token_t *token, ngx_http_oauth_token_failure_t *failure,
    ngx_str_t *challenge)
{
    ngx_queue_t                    *q;
    ngx_http_oauth_token_want_t    *want;
    ngx_http_oauth_token_waiter_t  *waiter;

    while (!ngx_queue_empty(&trip->flight.waiters)) {
        q = ngx_queue_head(&trip->flight.waiters);

        waiter = ngx_queue_data(q, ngx_http_oauth_token_waiter_t, queue);
        want = ngx_http_oauth_token_want_of(waiter);

        want->token = token;

        if (token) {
            token->refs++;

        } else {
            ngx_http_oauth_token_want_failed(want, failure, challenge);
        }

        ngx_http_oauth_token_wait_wake(trip->wait, waiter);
    }

    ngx_http_oauth_token_trip_close(trip);
}


void
ngx_http_oauth_token_trip_end(ngx_http_oauth_token_wait_t *wait)
{
    ngx_queue_t                    *q;
    ngx_http_oauth_token_flight_t  *flight;

    while (!ngx_queue_empty(&wait->queue)) {
        q = ngx_queue_head(&wait->queue);
        flight = ngx_queue_data(q, ngx_http_oauth_token_flight_t, queue);

        ngx_http_oauth_token_trip_close(
                                      (ngx_http_oauth_token_trip_t *) flight);
    }
}
