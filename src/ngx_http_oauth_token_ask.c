
#include "ngx_http_oauth_token_ask.h"

#include "ngx_http_oauth_token_key.h"
#include "ngx_http_oauth_token_token.h"


static ngx_int_t ngx_http_oauth_token_ask_wait(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);
static ngx_inline void ngx_http_oauth_token_ask_count(
    ngx_http_oauth_token_ctx_t *ctx, ngx_http_oauth_token_stats_e what);
static void ngx_http_oauth_token_ask_writable(ngx_http_request_t *r);
static void ngx_http_oauth_token_ask_resume(ngx_http_oauth_token_want_t *want);
static ngx_http_oauth_token_outline ngx_int_t
    ngx_http_oauth_token_ask_refuse(ngx_http_request_t *r,
    ngx_http_oauth_token_error_t *error);


/* of the outcomes, in their order: never 401 or 403 for a failure of ours */
static ngx_int_t  ngx_http_oauth_token_ask_statuses[] = {
    NGX_HTTP_INTERNAL_SERVER_ERROR,        /* OK: is no error */
    NGX_HTTP_BAD_GATEWAY,                  /* TRANSPORT */
    NGX_HTTP_GATEWAY_TIME_OUT,             /* TIMEOUT */
    NGX_HTTP_BAD_GATEWAY,                  /* UNUSABLE */
    NGX_HTTP_BAD_GATEWAY,                  /* REFUSED */
    NGX_HTTP_SERVICE_UNAVAILABLE,          /* THROTTLED */
    NGX_HTTP_UNAUTHORIZED,                 /* CHALLENGED: the client's turn */
    NGX_HTTP_SERVICE_UNAVAILABLE           /* INTERNAL */
};


ngx_int_t
ngx_http_oauth_token_ask(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    ngx_http_oauth_token_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_oauth_token_module);

    ctx->want.handler = ngx_http_oauth_token_ask_resume;

    switch (ngx_http_oauth_token_flight_want(&mcf->wait, &ctx->want)) {

    case NGX_OK:
        ctx->state = NGX_HTTP_OAUTH_TOKEN_SETTLED;

        if (ctx->want.stale) {
            ngx_str_set(&ctx->status, "STALE");
            ngx_http_oauth_token_ask_count(ctx,
                                           NGX_HTTP_OAUTH_TOKEN_STATS_STALE);

        } else {
            ngx_str_set(&ctx->status, "HIT");
            ngx_http_oauth_token_ask_count(ctx,
                                           NGX_HTTP_OAUTH_TOKEN_STATS_HIT);
        }

        return NGX_OK;

    case NGX_AGAIN:
        return ngx_http_oauth_token_ask_wait(r, ctx);

    default:
        ctx->state = NGX_HTTP_OAUTH_TOKEN_SETTLED;
        ngx_str_set(&ctx->status, "ERROR");
        ngx_http_oauth_token_stats_refused(ctx->want.provider->stats,
                                           ctx->want.error.reason);
        return NGX_DECLINED;
    }
}


/* a request counts once, however often it is sent */

static ngx_inline void
ngx_http_oauth_token_ask_count(ngx_http_oauth_token_ctx_t *ctx,
    ngx_http_oauth_token_stats_e what)
{
    if (!ctx->retry.done) {
        ngx_http_oauth_token_stats_add(
                                   ctx->want.provider->stats->requests[what]);
    }
}


static ngx_int_t
ngx_http_oauth_token_ask_wait(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    ctx->state = NGX_HTTP_OAUTH_TOKEN_WAITING;
    ctx->started = ngx_current_msec;

    if (ctx->want.started) {
        ngx_str_set(&ctx->status, "MISS");

    } else {
        ngx_str_set(&ctx->status, "WAIT");
    }

    /* a client that leaves is noticed, one that sends on is not read */

    if (r->connection->read->ready) {
        ngx_post_event(r->connection->read, &ngx_posted_events);

    } else if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        ngx_http_oauth_token_want_leave(&ctx->want);
        ctx->state = NGX_HTTP_OAUTH_TOKEN_DONE;

        return NGX_ERROR;
    }

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_oauth_token_ask_writable;

    return NGX_AGAIN;
}


/*
 * A client of HTTP/3 that leaves after its whole request is noticed here only:
 * it resets the answer's side of the stream.
 */

static void
ngx_http_oauth_token_ask_writable(ngx_http_request_t *r)
{
#if defined(NGX_HTTP_V3)

    ngx_connection_t  *c;

    c = r->connection;

    if (c->quic && c->write->error) {
        c->error = 1;

        ngx_log_error(NGX_LOG_INFO, c->log, 0,
                      "client prematurely closed stream");

        ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
    }

#endif
}


static void
ngx_http_oauth_token_ask_resume(ngx_http_oauth_token_want_t *want)
{
    ngx_connection_t            *c;
    ngx_http_request_t          *r;
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = (ngx_http_oauth_token_ctx_t *) want;
    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ctx->state = NGX_HTTP_OAUTH_TOKEN_SETTLED;
    ctx->waited += ngx_current_msec - ctx->started;

    if (want->token == NULL) {
        ngx_str_set(&ctx->status, "ERROR");
        ngx_http_oauth_token_stats_refused(want->provider->stats,
                                           want->error.reason);

    } else {
        ngx_http_oauth_token_ask_count(ctx, want->started
                                            ? NGX_HTTP_OAUTH_TOKEN_STATS_MISS
                                            : NGX_HTTP_OAUTH_TOKEN_STATS_WAIT);
    }

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ctx->resume;

    ctx->resume(r);

    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_http_oauth_token_ask_settle(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    ngx_http_oauth_token_loc_conf_t  *lcf;

    ctx->state = NGX_HTTP_OAUTH_TOKEN_DONE;

    if (ctx->want.token == NULL) {
        return ngx_http_oauth_token_ask_refuse(r, &ctx->want.error);
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    if (ngx_http_oauth_token_inject(r, &ctx->record, ctx->want.provider,
                                    ctx->want.slots, ctx->want.token,
                                    lcf->log_secrets)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->on = 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_ask_renew(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    u_char                       *key, own[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_http_oauth_token_t       *token;
    ngx_http_oauth_token_want_t  *want;

    want = &ctx->want;

    if (ngx_http_oauth_token_usable(&want->token->stored)) {
        return NGX_OK;
    }

    key = ngx_http_oauth_token_key(want->provider, want->slots, own);
    if (key == NULL) {
        return NGX_ERROR;
    }

    token = ngx_http_oauth_token_lookup(want->provider, key, want->log);

    if (token == NULL) {
        r->connection->log->action = NULL;

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "access token has ended while the request was not sent "
                      "yet, provider: \"%V\"", &want->provider->name);
        return NGX_ERROR;
    }

    ngx_http_oauth_token_release(want->token);
    want->token = token;

    return ngx_http_oauth_token_ask_settle(r, ctx);
}


static ngx_int_t
ngx_http_oauth_token_ask_refuse(ngx_http_request_t *r,
    ngx_http_oauth_token_error_t *error)
{
    u_char     *p;
    ngx_int_t   status;
    ngx_str_t   value;

    status = ngx_http_oauth_token_ask_status(error);

    if (error->challenge.len
        && ngx_http_oauth_token_ask_header(r, "WWW-Authenticate",
                                           &error->challenge)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_str_set(&value, "no-store");

    if (ngx_http_oauth_token_ask_header(r, "Cache-Control", &value) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (error->retry_after == 0) {
        return status;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "%T", error->retry_after) - p;

    return ngx_http_oauth_token_ask_header(r, "Retry-After", &value) == NGX_OK
               ? status : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


ngx_int_t
ngx_http_oauth_token_ask_status(ngx_http_oauth_token_error_t *error)
{
    /* one that could not be kept for those who waited in this worker */

    if (error->outcome == NGX_HTTP_OAUTH_TOKEN_CHALLENGED
        && error->challenge.len == 0)
    {
        return NGX_HTTP_BAD_GATEWAY;
    }

    return ngx_http_oauth_token_ask_statuses[error->outcome];
}


ngx_int_t
ngx_http_oauth_token_ask_header(ngx_http_request_t *r, const char *name,
    const ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    return NGX_OK;
}
