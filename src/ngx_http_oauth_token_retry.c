
#include "ngx_http_oauth_token_retry.h"

#include "ngx_http_oauth_token_ask.h"
#include "ngx_http_oauth_token_refused.h"
#include "ngx_http_oauth_token_token.h"


static void ngx_http_oauth_token_retry_watch(ngx_http_request_t *r,
    ngx_http_oauth_token_retry_t *retry);
static ngx_int_t ngx_http_oauth_token_retry_create(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_retry_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_retry_reinit(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_retry_pass(ngx_http_request_t *r,
    ngx_http_oauth_token_retry_t *retry,
    ngx_int_t (*handler)(ngx_http_request_t *r));
static void ngx_http_oauth_token_retry_refused(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);
static void ngx_http_oauth_token_retry_log(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);
static ngx_int_t ngx_http_oauth_token_retry_clear_way(ngx_http_request_t *r);
static void ngx_http_oauth_token_retry_run(ngx_http_request_t *r);
static void ngx_http_oauth_token_retry_go(ngx_http_request_t *r);


ngx_int_t
ngx_http_oauth_token_retry_content(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    ngx_int_t                         rc;
    ngx_http_upstream_t              *u;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    u = r->upstream;

    ngx_http_oauth_token_before_note(r, &ctx->retry.early);

    rc = lcf->content(r);

    /*
     * An upstream is new here: its first answer comes by a later event.  It
     * may have failed at once, and an error_page may have made another, which
     * is none of ours.
     */

    if (r->upstream && r->upstream != u
        && ngx_http_get_module_ctx(r, ngx_http_oauth_token_module) == ctx)
    {
        ngx_http_oauth_token_retry_watch(r, &ctx->retry);

        /* without a body to wait for it is made already */

        if (r->upstream->request_bufs
            && ngx_http_oauth_token_ctx_sent(r, ctx) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return rc;
}


static void
ngx_http_oauth_token_retry_watch(ngx_http_request_t *r,
    ngx_http_oauth_token_retry_t *retry)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    retry->create_request = u->create_request;
    retry->process_header = u->process_header;
    retry->reinit_request = u->reinit_request;

    u->create_request = ngx_http_oauth_token_retry_create;
    u->process_header = ngx_http_oauth_token_retry_header;
    u->reinit_request = ngx_http_oauth_token_retry_reinit;
}


/*
 * The request goes out now; its body, or a cache lock, may have taken longer
 * than the token lives.
 */

static ngx_int_t
ngx_http_oauth_token_retry_create(ngx_http_request_t *r)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx == NULL || ctx->retry.create_request == NULL || !ctx->on
        || ngx_http_oauth_token_ask_renew(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->retry.create_request(r) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_ctx_sent(r, ctx);
}


static ngx_int_t
ngx_http_oauth_token_retry_header(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx == NULL || ctx->retry.create_request == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_oauth_token_retry_pass(r, &ctx->retry,
                                         ctx->retry.process_header);

    if (rc == NGX_OK
        && r->upstream->headers_in.status_n >= NGX_HTTP_SPECIAL_RESPONSE
        && !ngx_http_oauth_token_cached(r))
    {
        ngx_http_oauth_token_retry_refused(r, ctx);
    }

    return rc;
}


/* the next upstream is tried, or a stale answer taken */

static ngx_int_t
ngx_http_oauth_token_retry_reinit(ngx_http_request_t *r)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx == NULL || ctx->retry.create_request == NULL) {
        return NGX_ERROR;
    }

    if (!ngx_http_oauth_token_usable(&ctx->want.token->stored)) {
        r->connection->log->action = NULL;

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "access token has ended while the next upstream was to "
                      "be tried, provider: \"%V\"", &ctx->want.provider->name);
        return NGX_ERROR;
    }

    ctx->retry.before = NULL;

    return ngx_http_oauth_token_retry_pass(r, &ctx->retry,
                                           ctx->retry.reinit_request);
}


/* the upstream's own handler, which may set another for the lines to come */

static ngx_int_t
ngx_http_oauth_token_retry_pass(ngx_http_request_t *r,
    ngx_http_oauth_token_retry_t *retry,
    ngx_int_t (*handler)(ngx_http_request_t *r))
{
    ngx_int_t             rc;
    ngx_http_upstream_t  *u;

    u = r->upstream;

    u->process_header = retry->process_header;

    rc = handler(r);

    retry->process_header = u->process_header;
    u->process_header = ngx_http_oauth_token_retry_header;

    return rc;
}


static void
ngx_http_oauth_token_retry_refused(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    if (!ngx_http_oauth_token_refused(r)
        || ngx_http_oauth_token_drop(ctx->want.provider, ctx->want.token)
           != NGX_OK)
    {
        return;
    }

    ngx_http_oauth_token_retry_log(r, ctx);

#if (NGX_HTTP_CACHE)

    /* it says something about a token that nobody will send again */

    r->upstream->cacheable = 0;

#endif

    if (ctx->retry.done
        || ctx->clone
        || !ngx_http_oauth_token_refused_repeats(r, ctx->want.provider))
    {
        return;
    }

    if (ngx_http_oauth_token_retry_clear_way(r) == NGX_OK) {
        ctx->retry.before = ngx_http_oauth_token_before_save(r,
                                                            &ctx->retry.early);
    }
}


/* one line for a token, however many requests were under way with it */

static void
ngx_http_oauth_token_retry_log(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    char       *action;
    ngx_log_t  *log;

    if (ctx->want.token->refused) {
        return;
    }

    ctx->want.token->refused = 1;

    log = r->connection->log;
    action = log->action;

    /* the line has its own "while" */

    log->action = NULL;

    ngx_log_error(NGX_LOG_NOTICE, log, 0,
                  "access token refused while reading the answer of the "
                  "upstream, provider: \"%V\", http: %ui",
                  &ctx->want.provider->name,
                  r->upstream->headers_in.status_n);

    log->action = action;
}


/*
 * From the header to the header filter: no error_page, no next upstream that
 * would get the same token, no stale answer, no X-Accel-Redirect.
 */

static ngx_int_t
ngx_http_oauth_token_retry_clear_way(ngx_http_request_t *r)
{
    ngx_http_upstream_conf_t  *conf;

    conf = ngx_palloc(r->pool, sizeof(ngx_http_upstream_conf_t));
    if (conf == NULL) {
        return NGX_ERROR;
    }

    *conf = *r->upstream->conf;

    conf->intercept_errors = 0;
    conf->intercept_404 = 0;
    conf->next_upstream = 0;
    conf->ignore_headers |= NGX_HTTP_UPSTREAM_IGN_XA_REDIRECT;

#if (NGX_HTTP_CACHE)
    conf->cache_use_stale = 0;
    conf->cache_revalidate = 0;
#endif

    /* this upstream ends now, the next run makes its own */

    r->upstream->conf = conf;

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_retry_filter(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    ngx_http_oauth_token_retry_t  *retry;

    retry = &ctx->retry;

    if (ngx_http_oauth_token_cached(r) || r->upstream == NULL
        || r->upstream->cleanup == NULL)
    {
        /* another answer than the upstream's, which has ended */
        retry->before = NULL;
        return NGX_OK;
    }

    if (ngx_http_post_request(r, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    retry->done = 1;

    ngx_http_oauth_token_stats_add(ctx->want.provider->stats->retries);

    /*
     * With post_action the upstream ends its connection, by what is returned,
     * and leaves the request alone.
     */

    r->post_action = 1;
    r->write_event_handler = ngx_http_oauth_token_retry_run;

    return NGX_DECLINED;
}


static void
ngx_http_oauth_token_retry_run(ngx_http_request_t *r)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    r->post_action = 0;

    ngx_http_oauth_token_before_restore(r, ctx->retry.before);
    ctx->retry.before = NULL;

    /* the record of what was injected has its own reference */

    ngx_http_oauth_token_release(ctx->want.token);

    ctx->on = 0;
    ctx->want.token = NULL;
    ctx->want.started = 0;
    ctx->resume = ngx_http_oauth_token_retry_go;

    ngx_memzero(&ctx->want.error, sizeof(ngx_http_oauth_token_error_t));

    switch (ngx_http_oauth_token_ask(r, ctx)) {

    case NGX_AGAIN:
        return;

    case NGX_ERROR:
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;

    default:
        ngx_http_oauth_token_retry_go(r);
    }
}


static void
ngx_http_oauth_token_retry_go(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    rc = ngx_http_oauth_token_ask_settle(r, ctx);

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    ngx_str_set(&ctx->status, "RETRY");

    /* r->phase_handler stands where it stood: at the content handler */

    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
}
