
#include "ngx_http_oauth_token_handler.h"

#include "ngx_http_oauth_token_ask.h"
#include "ngx_http_oauth_token_location.h"
#include "ngx_http_oauth_token_slots.h"


/* of the name of an unknown provider so much is shown, bytes */
#define NGX_HTTP_OAUTH_TOKEN_NAME_SHOWN  64


static ngx_http_oauth_token_outline ngx_int_t ngx_http_oauth_token_by_name(
    ngx_http_request_t *r, ngx_http_complex_value_t *value);
static void ngx_http_oauth_token_unknown(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_int_t ngx_http_oauth_token_enter(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_begin(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_settled(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);


ngx_int_t
ngx_http_oauth_token_handler(ngx_http_request_t *r)
{
    ngx_http_oauth_token_ctx_t       *ctx;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    /* nothing goes upstream from where we answer ourselves */

    if ((lcf->provider == NULL && lcf->name == NULL)
        || lcf->purge || lcf->status)
    {
        return NGX_DECLINED;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx == NULL) {
        return lcf->name ? ngx_http_oauth_token_by_name(r, lcf->name)
                         : ngx_http_oauth_token_enter(r, lcf->provider);
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


static ngx_int_t
ngx_http_oauth_token_by_name(ngx_http_request_t *r,
    ngx_http_complex_value_t *value)
{
    ngx_str_t                          name;
    ngx_http_oauth_token_provider_t   *provider;
    ngx_http_oauth_token_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_oauth_token_module);

    if (ngx_http_complex_value(r, value, &name) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (name.len == 0
        || (name.len == 3 && ngx_strncmp(name.data, "off", 3) == 0))
    {
        return NGX_DECLINED;
    }

    provider = ngx_http_oauth_token_location_provider(mcf, &name);

    if (provider == NULL) {
        ngx_http_oauth_token_unknown(r, &name);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_oauth_token_enter(r, provider);
}


/* a client may have made the name: it must not split the line */

static void
ngx_http_oauth_token_unknown(ngx_http_request_t *r, ngx_str_t *name)
{
    size_t   i, len;
    u_char  *last, text[3 * NGX_HTTP_OAUTH_TOKEN_NAME_SHOWN];

    len = ngx_min(name->len, NGX_HTTP_OAUTH_TOKEN_NAME_SHOWN);

    last = (u_char *) ngx_escape_uri(text, name->data, len,
                                     NGX_ESCAPE_MEMCACHED);

    /* it must not look like the end of the value, either */

    for (i = 0; text + i < last; i++) {
        if (text[i] == '"') {
            text[i] = '\'';
        }
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "unknown provider while evaluating "
                  "\"oauth_token_provider\", provider: \"%*s\"",
                  (size_t) (last - text), text);
}


static ngx_int_t
ngx_http_oauth_token_enter(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = r->internal ? ngx_http_oauth_token_ctx_find(r) : NULL;

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
        && ngx_http_oauth_token_slots(r, provider, &ctx->want.slots)
           != NGX_OK)
    {
        /* for the variables, and so that an error_page is not asked again */

        ctx->state = NGX_HTTP_OAUTH_TOKEN_DONE;
        ngx_str_set(&ctx->status, "ERROR");
        (void) ngx_cpystrn((u_char *) ctx->want.error.reason,
                           (u_char *) "invalid_value",
                           sizeof(ctx->want.error.reason));

        ngx_http_oauth_token_stats_refused(provider->stats,
                                           ctx->want.error.reason);

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

    ngx_http_oauth_token_ctx_undo(r);

    ctx = ngx_http_oauth_token_ctx_find(r);

    if (ctx) {
        ctx->on = 0;
    }

    return NGX_DECLINED;
}
