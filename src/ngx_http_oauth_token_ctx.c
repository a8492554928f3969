
#include "ngx_http_oauth_token_ctx.h"

#include "ngx_http_oauth_token_token.h"


static void ngx_http_oauth_token_ctx_end(void *data);
static void ngx_http_oauth_token_ctx_free(void *data);


ngx_http_oauth_token_ctx_t *
ngx_http_oauth_token_ctx_create(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_oauth_token_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ctx->request = r;

    ctx->want.provider = provider;
    ctx->want.pool = r->pool;
    ctx->want.log = r->connection->log;

    ctx->pool_cleanup.handler = ngx_http_oauth_token_ctx_free;
    ctx->pool_cleanup.data = ctx;
    ctx->pool_cleanup.next = r->pool->cleanup;
    r->pool->cleanup = &ctx->pool_cleanup;

    ctx->cleanup.handler = ngx_http_oauth_token_ctx_end;
    ctx->cleanup.data = ctx;
    ctx->cleanup.next = r->main->cleanup;
    r->main->cleanup = &ctx->cleanup;

    ngx_http_set_ctx(r, ctx, ngx_http_oauth_token_module);

    return ctx;
}


/* a request that is terminated must not be woken any more */

static void
ngx_http_oauth_token_ctx_end(void *data)
{
    ngx_http_oauth_token_ctx_t *ctx = data;

    if (ctx->state == NGX_HTTP_OAUTH_TOKEN_WAITING) {
        ngx_http_oauth_token_want_leave(&ctx->want);
    }
}


static void
ngx_http_oauth_token_ctx_free(void *data)
{
    ngx_http_oauth_token_ctx_t *ctx = data;

    ngx_http_oauth_token_release(ctx->want.token);
}


ngx_http_oauth_token_ctx_t *
ngx_http_oauth_token_ctx_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t               *cln;
    ngx_http_oauth_token_ctx_t       *ctx;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    if (lcf->endpoint) {
        /* a token request, whose context is another */
        return NULL;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx || !r->internal) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_oauth_token_ctx_free) {
            ctx = cln->data;

            if (ctx->request == r) {
                return ctx;
            }
        }
    }

    return NULL;
}
