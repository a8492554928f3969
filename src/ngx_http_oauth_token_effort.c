
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_effort.h"

#include "ngx_http_oauth_token_failed.h"
#include "ngx_http_oauth_token_renewal.h"


static void ngx_http_oauth_token_effort_found(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static void ngx_http_oauth_token_effort_begin(
    ngx_http_oauth_token_effort_t *effort);
static ngx_msec_int_t ngx_http_oauth_token_effort_left(
    ngx_http_oauth_token_effort_t *effort);
static void ngx_http_oauth_token_effort_run(ngx_http_oauth_token_try_t *try);
static void ngx_http_oauth_token_effort_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static ngx_uint_t ngx_http_oauth_token_effort_again(
    ngx_http_oauth_token_try_t *try, ngx_http_oauth_token_result_t *result);
static ngx_uint_t ngx_http_oauth_token_effort_settled(
    ngx_http_oauth_token_result_t *result);
static void ngx_http_oauth_token_effort_arm(
    ngx_http_oauth_token_effort_t *effort, ngx_uint_t ntries);
static void ngx_http_oauth_token_effort_next(ngx_event_t *ev);


void
ngx_http_oauth_token_effort_start(ngx_http_oauth_token_effort_t *effort)
{
    ngx_http_oauth_token_attempt_t  *attempt;

    attempt = effort->attempt;

    effort->started = ngx_current_msec;
    effort->timer.handler = ngx_http_oauth_token_effort_next;
    effort->timer.data = effort;
    effort->timer.log = ngx_cycle->log;

    ngx_http_oauth_token_renewal_find(attempt->provider, attempt->key,
                                      &attempt->refresh);

    if (attempt->provider->metadata) {
        attempt->tried = ngx_current_msec;

        effort->seek.provider = attempt->provider;
        effort->seek.until = effort->started + attempt->provider->fetch_timeout;
        effort->seek.done = ngx_http_oauth_token_effort_found;
        effort->seek.data = effort;

        ngx_http_oauth_token_seek_start(&effort->seek);
        return;
    }

    ngx_http_oauth_token_effort_begin(effort);
}


static void
ngx_http_oauth_token_effort_found(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_http_oauth_token_effort_t *effort = data;

    if (result == NULL) {
        ngx_http_oauth_token_effort_begin(effort);
        return;
    }

    ngx_http_oauth_token_effort_end(effort);

    effort->done(effort->data, result, challenge);
}


static void
ngx_http_oauth_token_effort_begin(ngx_http_oauth_token_effort_t *effort)
{
    ngx_http_oauth_token_try_t  *try;

    /* armed first: the effort may be over when run returns */

    if (effort->eager) {
        ngx_http_oauth_token_effort_arm(effort, 1);
    }

    try = &effort->tries[effort->ntries++];

    try->effort = effort;
    try->refresh = (effort->attempt->refresh.len != 0);

    ngx_http_oauth_token_effort_run(try);
}


static ngx_msec_int_t
ngx_http_oauth_token_effort_left(ngx_http_oauth_token_effort_t *effort)
{
    return (ngx_msec_int_t) (effort->started
                             + effort->attempt->provider->fetch_timeout
                             - ngx_current_msec);
}


static void
ngx_http_oauth_token_effort_run(ngx_http_oauth_token_try_t *try)
{
    ngx_int_t                        rc;
    ngx_str_t                        none;
    ngx_http_oauth_token_result_t    result;
    ngx_http_oauth_token_order_t     order;
    ngx_http_oauth_token_effort_t   *effort;
    ngx_http_oauth_token_attempt_t  *attempt;

    effort = try->effort;
    attempt = effort->attempt;

    order.slots = attempt->slots;
    order.refresh = try->refresh ? &attempt->refresh : NULL;
    order.uri = effort->seek.uri.len ? &effort->seek.uri : NULL;

    effort->running++;
    attempt->tried = ngx_current_msec;
    try->sent = ngx_current_msec;

    rc = ngx_http_oauth_token_fetch(attempt->provider, &order,
                                    ngx_http_oauth_token_effort_left(effort),
                                    ngx_http_oauth_token_effort_fetched, try,
                                    &try->fetch);
    if (rc == NGX_OK) {
        return;
    }

    ngx_str_null(&none);

    ngx_http_oauth_token_result_failed(&result, NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                                       rc == NGX_DECLINED ? "invalid_value"
                                                          : "internal");
    ngx_http_oauth_token_effort_fetched(try, &result, &none);
}


static void
ngx_http_oauth_token_effort_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_http_oauth_token_try_t *try = data;

    ngx_http_oauth_token_effort_t  *effort;

    effort = try->effort;

    try->fetch = NULL;
    effort->running--;

    if (ngx_http_oauth_token_effort_again(try, result)) {
        ngx_http_oauth_token_effort_run(try);
        return;
    }

    if (effort->running && !ngx_http_oauth_token_effort_settled(result)) {
        return;
    }

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_OK) {
        effort->attempt->tried = try->sent;
    }

    ngx_http_oauth_token_effort_end(effort);

    effort->done(effort->data, result, challenge);
}


/* whether the same try goes on with another request */

static ngx_uint_t
ngx_http_oauth_token_effort_again(ngx_http_oauth_token_try_t *try,
    ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_effort_t  *effort;

    effort = try->effort;

    if (ngx_http_oauth_token_effort_left(effort) <= 0) {
        return 0;
    }

    if (try->refresh
        && (result->outcome == NGX_HTTP_OAUTH_TOKEN_REFUSED
            || result->outcome == NGX_HTTP_OAUTH_TOKEN_UNUSABLE))
    {
        /* who is out of order has not said anything of the refresh token */

        if (result->outcome == NGX_HTTP_OAUTH_TOKEN_REFUSED) {
            ngx_http_oauth_token_failed_refresh(effort->attempt, result);
        }

        try->refresh = 0;

        return result->retry_after <= 0;
    }

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_TRANSPORT && !effort->repeated)
    {
        /*
         * Nothing was answered: often it is a connection that was kept alive
         * for too long, and another one is all that is needed.
         */

        effort->repeated = 1;

        return 1;
    }

    return 0;
}


/* whether the others need not be waited for */

static ngx_uint_t
ngx_http_oauth_token_effort_settled(ngx_http_oauth_token_result_t *result)
{
    if (result->retry_after > 0) {
        return 1;
    }

    switch (result->outcome) {

    case NGX_HTTP_OAUTH_TOKEN_OK:
    case NGX_HTTP_OAUTH_TOKEN_REFUSED:
    case NGX_HTTP_OAUTH_TOKEN_THROTTLED:
    case NGX_HTTP_OAUTH_TOKEN_CHALLENGED:
        return 1;

    default:
        return 0;
    }
}


void
ngx_http_oauth_token_effort_hurry(ngx_http_oauth_token_effort_t *effort)
{
    if (effort->eager) {
        return;
    }

    effort->eager = 1;

    if (effort->ntries) {
        ngx_http_oauth_token_effort_arm(effort, effort->ntries);
    }
}


/* sets the timer for the next try after so many */

static void
ngx_http_oauth_token_effort_arm(ngx_http_oauth_token_effort_t *effort,
    ngx_uint_t ntries)
{
    ngx_msec_int_t  wait;

    wait = (ngx_msec_int_t) (effort->started
                             + ntries * NGX_HTTP_OAUTH_TOKEN_BACKOFF_PROBE
                             - ngx_current_msec);

    ngx_add_timer(&effort->timer, wait > 0 ? wait : 0);
}


static void
ngx_http_oauth_token_effort_next(ngx_event_t *ev)
{
    ngx_http_oauth_token_effort_t *effort = ev->data;

    ngx_uint_t                     i;
    ngx_http_oauth_token_try_t    *try;
    ngx_http_oauth_token_fetch_t  *fetch;

    if (ngx_http_oauth_token_effort_left(effort) <= 0) {
        return;
    }

    /*
     * The first one goes on, as the provider may just be slow; of the others
     * the oldest makes room.
     */

    i = effort->ntries++;

    if (i >= NGX_HTTP_OAUTH_TOKEN_EFFORT_MAX) {
        i = 1 + (i - 1) % (NGX_HTTP_OAUTH_TOKEN_EFFORT_MAX - 1);
    }

    try = &effort->tries[i];
    try->effort = effort;

    if (try->fetch) {
        fetch = try->fetch;
        try->fetch = NULL;
        effort->running--;

        ngx_http_oauth_token_fetch_cancel(fetch);
    }

    /* armed first: the effort may be over when run returns */

    ngx_http_oauth_token_effort_arm(effort, effort->ntries);
    ngx_http_oauth_token_effort_run(try);
}


void
ngx_http_oauth_token_effort_end(ngx_http_oauth_token_effort_t *effort)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_fetch_t  *fetch;

    if (effort->timer.timer_set) {
        ngx_del_timer(&effort->timer);
    }

    ngx_http_oauth_token_seek_end(&effort->seek);

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_EFFORT_MAX; i++) {
        fetch = effort->tries[i].fetch;

        if (fetch) {
            effort->tries[i].fetch = NULL;
            ngx_http_oauth_token_fetch_cancel(fetch);
        }
    }
}
