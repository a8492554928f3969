
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_want.h"


static void ngx_http_oauth_token_want_count(
    ngx_http_oauth_token_want_t *want, int n);
static void ngx_http_oauth_token_want_woken(
    ngx_http_oauth_token_waiter_t *waiter);
static time_t ngx_http_oauth_token_want_seconds(int64_t until);


ngx_int_t
ngx_http_oauth_token_want_join(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_flight_t *flight)
{
    if (flight->nwaiters >= (ngx_uint_t) want->provider->max_waiting) {
        return ngx_http_oauth_token_want_refuse(want, "max_waiting", 1);
    }

    if (want->waiting == NULL) {
        want->waiting = ngx_pcalloc(want->pool,
                                    sizeof(ngx_http_oauth_token_waiting_t));
        if (want->waiting == NULL) {
            return ngx_http_oauth_token_want_refuse(want, "internal", 1);
        }

        want->waiting->want = want;
    }

    want->waiting->waiter.handler = ngx_http_oauth_token_want_woken;

    ngx_http_oauth_token_wait_join(flight, &want->waiting->waiter,
                                   want->provider->fetch_timeout, want->log);

    ngx_http_oauth_token_want_count(want, 1);

    return NGX_AGAIN;
}


void
ngx_http_oauth_token_want_leave(ngx_http_oauth_token_want_t *want)
{
    ngx_http_oauth_token_waiter_t  *waiter;

    if (want->waiting == NULL) {
        return;
    }

    waiter = &want->waiting->waiter;

    if (waiter->flight || waiter->woken) {
        ngx_http_oauth_token_want_count(want, -1);
    }

    ngx_http_oauth_token_wait_leave(waiter);
}


/* nobody else writes there */

static void
ngx_http_oauth_token_want_count(ngx_http_oauth_token_want_t *want, int n)
{
    uint32_t  *waiting;

    waiting = want->provider->waiting;

    __atomic_store_n(waiting, *waiting + (uint32_t) n, __ATOMIC_RELAXED);
}


static void
ngx_http_oauth_token_want_woken(ngx_http_oauth_token_waiter_t *waiter)
{
    ngx_http_oauth_token_want_t  *want;

    want = ngx_http_oauth_token_want_of(waiter);

    ngx_http_oauth_token_want_count(want, -1);

    if (waiter->timedout) {
        (void) ngx_http_oauth_token_want_refuse(want, "timeout", 0);
        want->error.outcome = NGX_HTTP_OAUTH_TOKEN_TIMEOUT;
    }

    want->handler(want);
}


void
ngx_http_oauth_token_want_failed(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *challenge)
{
    /* a trip without a failure has a token, and does not come here */
    /* cppcheck-suppress ctunullpointer */
    (void) ngx_http_oauth_token_want_refuse(want, failure->reason, 0);

    want->error.outcome = failure->outcome;

    if (failure->outcome == NGX_HTTP_OAUTH_TOKEN_THROTTLED) {
        want->error.retry_after = ngx_http_oauth_token_want_seconds(
                                                      failure->probe_at);
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


void
ngx_http_oauth_token_want_paused(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_failure_t *failure)
{
    (void) ngx_http_oauth_token_want_refuse(want, "backoff",
                    ngx_http_oauth_token_want_seconds(failure->probe_at));
}


ngx_int_t
ngx_http_oauth_token_want_refuse(ngx_http_oauth_token_want_t *want,
    const char *reason, time_t retry)
{
    want->token = NULL;

    want->error.outcome = NGX_HTTP_OAUTH_TOKEN_THROTTLED;
    want->error.retry_after = retry;
    ngx_str_null(&want->error.challenge);

    (void) ngx_cpystrn((u_char *) want->error.reason, (u_char *) reason,
                       sizeof(want->error.reason));

    return NGX_DECLINED;
}


static time_t
ngx_http_oauth_token_want_seconds(int64_t until)
{
    int64_t  left;

    left = until - (int64_t) ngx_current_msec;

    /* a Retry-After goes on as it came, without what we added */

    left -= NGX_HTTP_OAUTH_TOKEN_BACKOFF_CLOCK;

    return left > 0 ? (left + 999) / 1000 : 1;
}
