
#include "ngx_http_oauth_token_handler.h"

#include "ngx_http_oauth_token_ask.h"
#include "ngx_http_oauth_token_inject.h"
#include "ngx_http_oauth_token_location.h"
#include "ngx_http_oauth_token_value.h"


static ngx_int_t ngx_http_oauth_token_find_provider(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t **provider);
static ngx_int_t ngx_http_oauth_token_begin(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_settled(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);


ngx_int_t
ngx_http_oauth_token_handler(ngx_http_request_t *r)
{
    ngx_int_t                         rc;
    ngx_http_oauth_token_ctx_t       *ctx;
    ngx_http_oauth_token_loc_conf_t  *lcf;
    ngx_http_oauth_token_provider_t  *provider;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    provider = lcf->provider;

    /* nothing goes upstream from where tokens are purged */

    if (lcf->purge || (provider == NULL && lcf->name == NULL)) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx == NULL) {

        if (lcf->name) {
            rc = ngx_http_oauth_token_find_provider(r, &provider);

            if (rc != NGX_OK) {
                return rc;
            }
        }

        ctx = ngx_http_oauth_token_ctx_find(r);

        if (ctx && ctx->state == NGX_HTTP_OAUTH_TOKEN_DONE
            && ctx->want.token == NULL && ctx->want.provider == provider)
        {
            /* error_page of a request that got no token: a file, or nothing */

            return r->content_handler
                       ? ngx_http_oauth_token_ask_status(&ctx->want.error)
                       : NGX_DECLINED;
        }

        return ngx_http_oauth_token_begin(r, provider);
    }

    switch (ctx->state) {

    case NGX_HTTP_OAUTH_TOKEN_SETTLED:
        return ngx_http_oauth_token_settled(r, ctx);

    case NGX_HTTP_OAUTH_TOKEN_DONE:
        return ctx->on ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;

    default:

        /* an event that is not ours: the wait goes on */
        return NGX_AGAIN;
    }
}


/* NGX_DECLINED: none is wanted */

static ngx_int_t
ngx_http_oauth_token_find_provider(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t **provider)
{
    ngx_str_t                          name;
    ngx_http_oauth_token_loc_conf_t   *lcf;
    ngx_http_oauth_token_main_conf_t  *mcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);
    mcf = ngx_http_get_module_main_conf(r, ngx_http_oauth_token_module);

    if (ngx_http_complex_value(r, lcf->name, &name) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (name.len == 0
        || (name.len == 3 && ngx_strncmp(name.data, "off", 3) == 0))
    {
        return NGX_DECLINED;
    }

    *provider = ngx_http_oauth_token_location_provider(mcf, &name);

    if (*provider == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "unknown provider \"%V\" in \"oauth_token_provider\"",
                      &name);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_begin(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_oauth_token_ctx_create(r, provider);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (provider->slots.nelts
        && ngx_http_oauth_token_value_slots(r, provider, &ctx->want.slots)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->resume = ngx_http_core_run_phases;

    switch (ngx_http_oauth_token_ask(r, ctx)) {

    case NGX_AGAIN:
        return NGX_AGAIN;

    case NGX_ERROR:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;

    default:
        return ngx_http_oauth_token_settled(r, ctx);
    }
}


static ngx_int_t
ngx_http_oauth_token_settled(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_oauth_token_ask_settle(r, ctx);

    return rc == NGX_OK ? NGX_DECLINED : rc;
}


ngx_int_t
ngx_http_oauth_token_redirected(ngx_http_request_t *r)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    if (!r->internal) {
        return NGX_DECLINED;
    }

    ngx_http_oauth_token_inject_undo(r);

    ctx = ngx_http_oauth_token_ctx_find(r);

    if (ctx) {
        ctx->on = 0;
    }

    return NGX_DECLINED;
}
