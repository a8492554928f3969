
#include "ngx_http_oauth_token_flight.h"

#include "ngx_http_oauth_token_memo.h"
#include "ngx_http_oauth_token_token.h"
#include "ngx_http_oauth_token_trip.h"


static ngx_http_oauth_token_outline ngx_int_t
    ngx_http_oauth_token_flight_slots(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want);
static ngx_int_t ngx_http_oauth_token_flight_key(
    ngx_http_oauth_token_wait_t *wait, ngx_http_oauth_token_want_t *want,
    const u_char *key);
static ngx_http_oauth_token_outline ngx_int_t
    ngx_http_oauth_token_flight_begin(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_trip_t *trip);
static ngx_int_t ngx_http_oauth_token_flight_join(
    ngx_http_oauth_token_want_t *want, ngx_http_oauth_token_trip_t *trip);
static ngx_http_oauth_token_outline void ngx_http_oauth_token_flight_due(
    ngx_http_oauth_token_wait_t *wait, ngx_http_oauth_token_want_t *want,
    const u_char *key);


ngx_int_t
ngx_http_oauth_token_flight_want(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want)
{
    return want->provider->slots.nelts == 0
               ? ngx_http_oauth_token_flight_key(wait, want,
                                                 want->provider->key)
               : ngx_http_oauth_token_flight_slots(wait, want);
}


static ngx_int_t
ngx_http_oauth_token_flight_slots(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want)
{
    u_char  *key, own[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];

    key = ngx_http_oauth_token_memo_key(want->provider, want->slots, own);

    return key ? ngx_http_oauth_token_flight_key(wait, want, key)
               : ngx_http_oauth_token_want_refuse(want, "internal", 1);
}


static ngx_int_t
ngx_http_oauth_token_flight_key(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want, const u_char *key)
{
    ngx_http_oauth_token_trip_t  *trip;

    want->started = 0;
    want->stale = 0;

    want->token = ngx_http_oauth_token_lookup(want->provider, key, want->log);

    if (want->token) {
        if ((int64_t) ngx_current_msec >= want->token->stored.refresh_at) {
            want->stale = 1;
            ngx_http_oauth_token_flight_due(wait, want, key);
        }

        return NGX_OK;
    }

    trip = (ngx_http_oauth_token_trip_t *) ngx_http_oauth_token_wait_find(wait,
                                                                         key);
    if (trip) {
        return ngx_http_oauth_token_flight_join(want, trip);
    }

    trip = ngx_http_oauth_token_trip_open(wait, want->provider, want->slots,
                                          key);
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

        rc = ngx_http_oauth_token_flight_join(want, trip);

        want->started = 1;
        ngx_http_oauth_token_trip_fetch(trip);

        return rc;

    case NGX_AGAIN:
        return ngx_http_oauth_token_flight_join(want, trip);

    case NGX_DONE:

        /* published since it was looked for */

        want->token = ngx_http_oauth_token_lookup(want->provider,
                                                  trip->flight.key, want->log);
        if (want->token == NULL) {

            /* and gone again: the next look will see what there is */

            return ngx_http_oauth_token_flight_join(want, trip);
        }

        ngx_http_oauth_token_trip_close(trip);

        return NGX_OK;

    default:
        ngx_http_oauth_token_trip_close(trip);

        ngx_http_oauth_token_want_paused(want, &failure);

        return NGX_DECLINED;
    }
}


static ngx_int_t
ngx_http_oauth_token_flight_join(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_trip_t *trip)
{
    ngx_http_oauth_token_trip_hurry(trip);

    return ngx_http_oauth_token_want_join(want, &trip->flight);
}


/* a token serves, and it is time for the next */

static void
ngx_http_oauth_token_flight_due(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want, const u_char *key)
{
    ngx_http_oauth_token_store_t    *store;
    ngx_http_oauth_token_failure_t   failure;

    store = want->provider->zone->store;

    /* no lock while somebody is at it, or nobody may */

    if (ngx_http_oauth_token_store_tried(store, key, ngx_current_msec)
        || ngx_http_oauth_token_store_due(store, key, ngx_current_msec)
           > (int64_t) ngx_current_msec)
    {
        return;
    }

    (void) ngx_http_oauth_token_flight_refresh(wait, want->provider,
                                               want->slots, key, &failure);
}


ngx_int_t
ngx_http_oauth_token_flight_refresh(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    const u_char *key, ngx_http_oauth_token_failure_t *failure)
{
    ngx_int_t                     rc;
    ngx_http_oauth_token_trip_t  *trip;

    /* a quitting worker ends what it has begun, and begins nothing */

    if (ngx_quit || ngx_exiting || ngx_terminate) {
        return NGX_AGAIN;
    }

    if (ngx_http_oauth_token_wait_find(wait, key)) {
        return NGX_AGAIN;
    }

    trip = ngx_http_oauth_token_trip_open(wait, provider, slots, key);
    if (trip == NULL) {
        return NGX_ERROR;
    }

    trip->attempt.patient = 1;
    trip->background = 1;

    rc = ngx_http_oauth_token_attempt_claim(&trip->attempt, failure);

    if (rc == NGX_OK) {
        ngx_http_oauth_token_trip_fetch(trip);
        return NGX_OK;
    }

    ngx_http_oauth_token_trip_close(trip);

    if (rc == NGX_DONE && key == provider->key) {
        /* another worker was quicker: the store has it */
        ngx_http_oauth_token_forget(provider);
    }

    return rc;
}
