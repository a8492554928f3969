
#include "ngx_http_oauth_token.h"
#include "ngx_http_oauth_token_apart.h"
#include "ngx_http_oauth_token_capture.h"
#include "ngx_http_oauth_token_clone.h"
#include "ngx_http_oauth_token_commands.h"
#include "ngx_http_oauth_token_conf.h"
#include "ngx_http_oauth_token_counted.h"
#include "ngx_http_oauth_token_handler.h"
#include "ngx_http_oauth_token_inject.h"
#include "ngx_http_oauth_token_key.h"
#include "ngx_http_oauth_token_location.h"
#include "ngx_http_oauth_token_memo.h"
#include "ngx_http_oauth_token_refresh.h"
#include "ngx_http_oauth_token_retry.h"
#include "ngx_http_oauth_token_sweep.h"
#include "ngx_http_oauth_token_token.h"
#include "ngx_http_oauth_token_trip.h"
#include "ngx_http_oauth_token_variables.h"


static ngx_int_t ngx_http_oauth_token_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static char *ngx_http_oauth_token_merge(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_oauth_token_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_oauth_token_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_oauth_token_init_process(ngx_cycle_t *cycle);
static void ngx_http_oauth_token_exit_process(ngx_cycle_t *cycle);


static ngx_http_module_t  ngx_http_oauth_token_module_ctx = {
    ngx_http_oauth_token_variables_add,    /* preconfiguration */
    ngx_http_oauth_token_init,             /* postconfiguration */

    ngx_http_oauth_token_create_main_conf, /* create main configuration */
    ngx_http_oauth_token_init_main_conf,   /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_oauth_token_create_loc_conf,  /* create location configuration */
    ngx_http_oauth_token_merge             /* merge location configuration */
};


ngx_module_t  ngx_http_oauth_token_module = {
    NGX_MODULE_V1,
    &ngx_http_oauth_token_module_ctx,      /* module context */
    ngx_http_oauth_token_commands,         /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_oauth_token_init_module,      /* init module */
    ngx_http_oauth_token_init_process,     /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_oauth_token_exit_process,     /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


static ngx_int_t
ngx_http_oauth_token_header_filter(ngx_http_request_t *r)
{
    ngx_int_t                         rc;
    ngx_http_oauth_token_ctx_t       *ctx;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    if (lcf->endpoint) {
        return ngx_http_oauth_token_capture_header(r);
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx) {

        /* the request has done its work, nothing after it needs the token */

        if (ngx_http_oauth_token_inject_on(r, &ctx->record)) {
            ngx_http_oauth_token_inject_undo(r, &ctx->record);
        }

        if (ctx->retry.before) {
            rc = ngx_http_oauth_token_retry_filter(r, ctx);

            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_oauth_token_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    if (lcf->endpoint) {
        return ngx_http_oauth_token_capture_body(r, in);
    }

    return ngx_http_next_body_filter(r, in);
}


static char *
ngx_http_oauth_token_merge(ngx_conf_t *cf, void *parent, void *child)
{
    char  *rv;

    rv = ngx_http_oauth_token_merge_loc_conf(cf, parent, child);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_http_oauth_token_clone_init(cf, parent, child);

    return ngx_http_oauth_token_apart_init(cf, child) == NGX_OK
               ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_init(ngx_conf_t *cf)
{
    ngx_uint_t                         i;
    ngx_http_handler_pt               *h;
    ngx_http_core_main_conf_t         *cmcf;
    ngx_http_oauth_token_main_conf_t  *mcf;

    static struct {
        ngx_http_phases       phase;
        ngx_http_handler_pt   handler;
    } handlers[] = {
        { NGX_HTTP_SERVER_REWRITE_PHASE, ngx_http_oauth_token_redirected },
        { NGX_HTTP_REWRITE_PHASE, ngx_http_oauth_token_redirected },
        { NGX_HTTP_PRECONTENT_PHASE, ngx_http_oauth_token_handler }
    };

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);

    if (mcf->providers.nelts == 0 && !mcf->used) {
        return NGX_OK;
    }

    if (ngx_http_oauth_token_conf_finish(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        h = ngx_array_push(&cmcf->phases[handlers[i].phase].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = handlers[i].handler;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_oauth_token_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_oauth_token_body_filter;

    return NGX_OK;
}


static ngx_http_oauth_token_main_conf_t *
ngx_http_oauth_token_main_conf(ngx_cycle_t *cycle)
{
    ngx_http_oauth_token_main_conf_t  *mcf;

    if (ngx_get_conf(cycle->conf_ctx, ngx_http_module) == NULL) {
        return NULL;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_oauth_token_module);

    return (mcf && mcf->providers.nelts) ? mcf : NULL;
}


static ngx_int_t
ngx_http_oauth_token_init_module(ngx_cycle_t *cycle)
{
    ngx_uint_t                          i;
    ngx_http_oauth_token_provider_t   **p;
    ngx_http_oauth_token_main_conf_t   *mcf;

    mcf = ngx_http_oauth_token_main_conf(cycle);

    if (mcf == NULL || ngx_test_config) {
        return NGX_OK;
    }

    p = mcf->providers.elts;

    for (i = 0; i < mcf->providers.nelts; i++) {
        if (ngx_http_oauth_token_key_seal(p[i]) != NGX_OK) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "OpenSSL has no digest for provider \"%V\"",
                          &p[i]->name);
            return NGX_ERROR;
        }
    }

    if (ngx_http_oauth_token_counted_init_module(cycle, mcf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_wait_init_module(cycle, &mcf->wait);
}


static ngx_int_t
ngx_http_oauth_token_init_process(ngx_cycle_t *cycle)
{
    ngx_http_oauth_token_main_conf_t  *mcf;

    mcf = ngx_http_oauth_token_main_conf(cycle);

    /* cache managers and loaders have no requests */

    if (mcf == NULL
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    mcf->wait.look = ngx_http_oauth_token_trip_look;

    if (ngx_http_oauth_token_wait_init_process(cycle, &mcf->wait) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_oauth_token_counted_init_process(mcf);
    ngx_http_oauth_token_refresh_init(cycle, mcf);
    ngx_http_oauth_token_sweep_init(cycle, mcf);

    return NGX_OK;
}


static void
ngx_http_oauth_token_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                           i;
    ngx_http_oauth_token_provider_t    **p;
    ngx_http_oauth_token_main_conf_t    *mcf;
    ngx_http_oauth_token_zone_conf_t   **zone;

    mcf = ngx_http_oauth_token_main_conf(cycle);

    if (mcf == NULL || mcf->wait.look == NULL) {
        return;
    }

    ngx_http_oauth_token_trip_end(&mcf->wait);

    p = mcf->providers.elts;

    for (i = 0; i < mcf->providers.nelts; i++) {
        ngx_http_oauth_token_forget(p[i]);
    }

    zone = mcf->zones.elts;

    for (i = 0; i < mcf->zones.nelts; i++) {
        ngx_http_oauth_token_memo_free(zone[i]);
    }

    ngx_http_oauth_token_counted_exit_process(mcf);
}
