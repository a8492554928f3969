
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_sweep.h"

#include "ngx_http_oauth_token_clear.h"
#include "ngx_http_oauth_token_memo.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_token.h"


/* a token is wiped no later than this after its end, ms */
#define NGX_HTTP_OAUTH_TOKEN_SWEEP_EVERY  5000

/* so many entries at once, some 20 us; the next ones after this pause, ms */
#define NGX_HTTP_OAUTH_TOKEN_SWEEP_STEP   1024
#define NGX_HTTP_OAUTH_TOKEN_SWEEP_PAUSE  1


static void ngx_http_oauth_token_sweep_timer(ngx_event_t *ev);
static ngx_uint_t ngx_http_oauth_token_sweep_zone(
    ngx_http_oauth_token_sweep_t *sweep, ngx_array_t *zones);


void
ngx_http_oauth_token_sweep_init(ngx_cycle_t *cycle,
    ngx_http_oauth_token_main_conf_t *mcf)
{
    ngx_event_t  *timer;

    timer = &mcf->sweep.timer;

    timer->handler = ngx_http_oauth_token_sweep_timer;
    timer->data = mcf;
    timer->log = cycle->log;
    timer->cancelable = 1;

    ngx_add_timer(timer, NGX_HTTP_OAUTH_TOKEN_SWEEP_EVERY);
}


static void
ngx_http_oauth_token_sweep_timer(ngx_event_t *ev)
{
    ngx_http_oauth_token_main_conf_t *mcf = ev->data;

    ngx_uint_t                           i;
    ngx_http_oauth_token_provider_t    **p;
    ngx_http_oauth_token_zone_conf_t   **zone;

    if (ngx_http_oauth_token_sweep_zone(&mcf->sweep, &mcf->zones)) {
        ngx_add_timer(ev, NGX_HTTP_OAUTH_TOKEN_SWEEP_PAUSE);
        return;
    }

    p = mcf->providers.elts;

    for (i = 0; i < mcf->providers.nelts; i++) {
        ngx_http_oauth_token_tidy(p[i]);
    }

    zone = mcf->zones.elts;

    for (i = 0; i < mcf->zones.nelts; i++) {
        ngx_http_oauth_token_memo_tidy(zone[i]);
    }

    ngx_http_oauth_token_secret_flush();

    ngx_add_timer(ev, NGX_HTTP_OAUTH_TOKEN_SWEEP_EVERY);
}


/* returns 0 when that was the last one */

static ngx_uint_t
ngx_http_oauth_token_sweep_zone(ngx_http_oauth_token_sweep_t *sweep,
    ngx_array_t *zones)
{
    ngx_http_oauth_token_zone_conf_t  **zone;

    zone = zones->elts;

    sweep->entry = ngx_http_oauth_token_store_sweep(zone[sweep->zone]->store,
                                             sweep->entry,
                                             NGX_HTTP_OAUTH_TOKEN_SWEEP_STEP,
                                             ngx_current_msec);

    if (sweep->entry == 0 && ++sweep->zone == zones->nelts) {
        sweep->zone = 0;
        return 0;
    }

    return 1;
}
