
#include "ngx_http_oauth_token_ctx.h"

#include "ngx_http_oauth_token_token.h"
#include "ngx_http_oauth_token_wipe.h"


static void ngx_http_oauth_token_ctx_end(void *data);
static void ngx_http_oauth_token_ctx_free(void *data);
static void ngx_http_oauth_token_ctx_wipe(ngx_http_oauth_token_ctx_t *ctx);


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


/* before the log phase; one that is terminated must not be woken any more */

static void
ngx_http_oauth_token_ctx_end(void *data)
{
    ngx_http_oauth_token_ctx_t *ctx = data;

    if (ctx->state == NGX_HTTP_OAUTH_TOKEN_WAITING) {
        ngx_http_oauth_token_want_leave(&ctx->want);
    }

    if (ctx->record.log_level
        || ngx_http_oauth_token_inject_on(ctx->request, &ctx->record))
    {
        ngx_http_oauth_token_inject_end(ctx->request, &ctx->record);
    }
}


static void
ngx_http_oauth_token_ctx_free(void *data)
{
    ngx_http_oauth_token_ctx_t *ctx = data;

    ngx_http_oauth_token_ctx_wipe(ctx);
    ngx_http_oauth_token_inject_free(&ctx->record);
    ngx_http_oauth_token_release(ctx->want.token);
}


ngx_int_t
ngx_http_oauth_token_ctx_sent(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    ngx_buf_t  *b;

    ngx_http_oauth_token_ctx_wipe(ctx);

    b = r->upstream->request_bufs ? r->upstream->request_bufs->buf : NULL;

    if (b && b->temporary) {
        ctx->sent = b;
    }

    return r->upstream->ssl ? ngx_http_oauth_token_wipe_sent(r, 0) : NGX_OK;
}


static void
ngx_http_oauth_token_ctx_wipe(ngx_http_oauth_token_ctx_t *ctx)
{
    if (ctx->sent) {
        ngx_explicit_memzero(ctx->sent->start,
                             ctx->sent->last - ctx->sent->start);
        ctx->sent = NULL;
    }
}


void
ngx_http_oauth_token_ctx_undo(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_oauth_token_ctx_t  *ctx;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_oauth_token_ctx_free) {
            ctx = cln->data;

            /* a subrequest may have the list of its parent */

            if (ngx_http_oauth_token_inject_on(r, &ctx->record)) {
                ngx_http_oauth_token_inject_undo(r, &ctx->record);
                return;
            }
        }
    }
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
