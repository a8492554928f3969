
#include "ngx_http_oauth_token_clone.h"

#include "ngx_http_oauth_token_ctx.h"
#include "ngx_http_oauth_token_retry.h"
#include "ngx_http_oauth_token_token.h"


static ngx_http_oauth_token_ctx_t *ngx_http_oauth_token_clone_parent(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_clone_inject(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *parent, ngx_uint_t log_secrets);


void
ngx_http_oauth_token_clone_init(ngx_conf_t *cf,
    ngx_http_oauth_token_loc_conf_t *prev,
    ngx_http_oauth_token_loc_conf_t *lcf)
{
    ngx_http_core_loc_conf_t  *clcf;

    lcf->content = prev->content;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if ((lcf->provider == NULL && lcf->name == NULL)
        || lcf->endpoint
        || lcf->purge
        || lcf->status
        || clcf->handler == NULL
        || clcf->handler == ngx_http_oauth_token_clone_content)
    {
        return;
    }

    lcf->content = clcf->handler;
    clcf->handler = ngx_http_oauth_token_clone_content;
}


ngx_int_t
ngx_http_oauth_token_clone_content(ngx_http_request_t *r)
{
    ngx_http_oauth_token_ctx_t       *ctx, *parent;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    if (lcf->content == NULL) {

        /* left by an "if" before this one, which has no handler */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "no handler in the last \"if\" that was true");
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx == NULL) {

        parent = ngx_http_oauth_token_clone_parent(r);

        if (parent) {
            if (ngx_http_oauth_token_clone_inject(r, parent, lcf->log_secrets)
                != NGX_OK)
            {
                return NGX_HTTP_BAD_GATEWAY;
            }

            ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

        } else if (lcf->provider) {

            /* whatever way led here, it was not past the token */

            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

    } else if (!ctx->on) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ctx ? ngx_http_oauth_token_retry_content(r, ctx) : lcf->content(r);
}


/* what the request is a clone of, if it is one */

static ngx_http_oauth_token_ctx_t *
ngx_http_oauth_token_clone_parent(ngx_http_request_t *r)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    if (r->parent == NULL || r->parent->loc_conf != r->loc_conf) {
        return NULL;
    }

    ctx = ngx_http_get_module_ctx(r->parent, ngx_http_oauth_token_module);

    return ctx && ctx->on ? ctx : NULL;
}


static ngx_int_t
ngx_http_oauth_token_clone_inject(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *parent, ngx_uint_t log_secrets)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    /* the parent may have begun long ago, an ended token is never sent */

    if (!ngx_http_oauth_token_usable(&parent->want.token->stored)) {
        return NGX_ERROR;
    }

    ctx = ngx_http_oauth_token_ctx_create(r, parent->want.provider);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->clone = 1;
    ctx->state = NGX_HTTP_OAUTH_TOKEN_DONE;
    ctx->status = parent->status;
    ctx->want.slots = parent->want.slots;
    ctx->want.token = parent->want.token;
    ctx->want.token->refs++;

    /* it may have the list of its parent */

    ngx_http_oauth_token_ctx_undo(r);

    if (ngx_http_oauth_token_inject(r, &ctx->record, ctx->want.provider,
                                    ctx->want.slots, ctx->want.token,
                                    log_secrets)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->on = 1;

    return NGX_OK;
}
