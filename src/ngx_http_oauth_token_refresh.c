
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_refresh.h"

#include "ngx_http_oauth_token_token.h"


/*
 * The longest time between two looks, ms: a token may have been evicted, or
 * purged by somebody, and then nobody tells.
 */
#define NGX_HTTP_OAUTH_TOKEN_REFRESH_LOOK    60000

/* the workers come one after another, within so many ms */
#define NGX_HTTP_OAUTH_TOKEN_REFRESH_SPREAD  32


static void ngx_http_oauth_token_refresh_timer(ngx_event_t *ev);
static int64_t ngx_http_oauth_token_refresh_due(
    ngx_http_oauth_token_provider_t *provider, ngx_log_t *log);
static int64_t ngx_http_oauth_token_refresh_start(
    ngx_http_oauth_token_provider_t *provider);
static void ngx_http_oauth_token_refresh_in_ms(
    ngx_http_oauth_token_provider_t *provider, int64_t ms);


void
ngx_http_oauth_token_refresh_init(ngx_cycle_t *cycle,
    ngx_http_oauth_token_main_conf_t *mcf)
{
    ngx_uint_t                          i;
    ngx_http_oauth_token_provider_t   **p;

    p = mcf->providers.elts;

    for (i = 0; i < mcf->providers.nelts; i++) {

        if (!p[i]->prefetch) {
            continue;
        }

        p[i]->timer.handler = ngx_http_oauth_token_refresh_timer;
        p[i]->timer.data = p[i];
        p[i]->timer.log = cycle->log;

        /* a quitting worker leaves this to others */
        p[i]->timer.cancelable = 1;

        ngx_http_oauth_token_refresh_in_ms(p[i], 0);
    }
}


static void
ngx_http_oauth_token_refresh_timer(ngx_event_t *ev)
{
    int64_t                           due;
    ngx_http_oauth_token_provider_t  *provider = ev->data;

    if (ngx_quit || ngx_exiting || ngx_terminate) {
        return;
    }

    due = ngx_http_oauth_token_refresh_due(provider, ev->log);

    if (due <= (int64_t) ngx_current_msec) {
        due = ngx_http_oauth_token_refresh_start(provider);
    }

    ngx_http_oauth_token_refresh_in_ms(provider, due - ngx_current_msec);
}


static int64_t
ngx_http_oauth_token_refresh_due(ngx_http_oauth_token_provider_t *provider,
    ngx_log_t *log)
{
    int64_t                  refresh_at;
    ngx_http_oauth_token_t  *token;

    /* the own copy may be one that the store does not have */

    token = ngx_http_oauth_token_lookup(provider, provider->key, log);

    if (token) {
        refresh_at = ngx_min(token->stored.refresh_at,
                             token->stored.usable_until);
        ngx_http_oauth_token_release(token);

        if ((int64_t) ngx_current_msec < refresh_at) {
            return refresh_at;
        }
    }

    return ngx_http_oauth_token_store_due(provider->zone->store, provider->key,
                                          ngx_current_msec);
}


/* returns when to look again */

static int64_t
ngx_http_oauth_token_refresh_start(ngx_http_oauth_token_provider_t *provider)
{
    int64_t                            look;
    ngx_http_oauth_token_failure_t     failure;
    ngx_http_oauth_token_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                              ngx_http_oauth_token_module);

    look = ngx_current_msec + NGX_HTTP_OAUTH_TOKEN_WAIT_POLL;

    switch (ngx_http_oauth_token_flight_refresh(&mcf->wait, provider, NULL,
                                                provider->key, &failure))
    {

    case NGX_DECLINED:
        return ngx_max(failure.retry_at, look);

    case NGX_ERROR:
        return ngx_current_msec + provider->backoff.min;

    default:

        /* whoever is at it may die, and somebody takes over */
        return look;
    }
}


static void
ngx_http_oauth_token_refresh_in_ms(ngx_http_oauth_token_provider_t *provider,
    int64_t ms)
{
    ms = ngx_min(ngx_max(ms, 0), NGX_HTTP_OAUTH_TOKEN_REFRESH_LOOK);

    ngx_add_timer(&provider->timer,
                  ms + ngx_random() % NGX_HTTP_OAUTH_TOKEN_REFRESH_SPREAD);
}
