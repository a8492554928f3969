
#include "ngx_http_oauth_token_clone.h"

#include "ngx_http_oauth_token_ctx.h"
#include "ngx_http_oauth_token_inject.h"


ngx_int_t
ngx_http_oauth_token_clone_content(ngx_http_request_t *r)
{
    ngx_http_oauth_token_ctx_t       *ctx, *parent;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx) {
        return ctx->content(r);
    }

    parent = r->parent ? ngx_http_get_module_ctx(r->parent,
                                                 ngx_http_oauth_token_module)
                       : NULL;

    if (parent == NULL || !parent->on || parent->content == NULL
        || (int64_t) ngx_current_msec >= parent->want.token->usable_until)
    {
        return NGX_HTTP_BAD_GATEWAY;
    }

    ctx = ngx_http_oauth_token_ctx_create(r, parent->want.provider);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->content = parent->content;
    ctx->state = NGX_HTTP_OAUTH_TOKEN_DONE;
    ctx->status = parent->status;
    ctx->want.slots = parent->want.slots;
    ctx->want.token = parent->want.token;
    ctx->want.token->refs++;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    if (ngx_http_oauth_token_inject(r, ctx->want.provider, ctx->want.slots,
                                    ctx->want.token, lcf->log_secrets)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->on = 1;

    return ctx->content(r);
}
