
#include "ngx_http_oauth_token_handler.h"

#include "ngx_http_oauth_token_ctx.h"
#include "ngx_http_oauth_token_inject.h"
#include "ngx_http_oauth_token_location.h"
#include "ngx_http_oauth_token_value.h"


static ngx_int_t ngx_http_oauth_token_find_provider(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t **provider);
static ngx_int_t ngx_http_oauth_token_begin(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_wait_for(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);
static void ngx_http_oauth_token_resume(ngx_http_oauth_token_want_t *want);
static ngx_int_t ngx_http_oauth_token_settled(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);
static ngx_int_t ngx_http_oauth_token_give_error(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);
static ngx_int_t ngx_http_oauth_token_status(
    ngx_http_oauth_token_error_t *error);
static ngx_int_t ngx_http_oauth_token_add_header(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);


/* of the outcomes, in their order: never 401 or 403 for a failure of ours */
static ngx_int_t  ngx_http_oauth_token_statuses[] = {
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
ngx_http_oauth_token_handler(ngx_http_request_t *r)
{
    ngx_int_t                         rc;
    ngx_http_oauth_token_ctx_t       *ctx;
    ngx_http_oauth_token_loc_conf_t  *lcf;
    ngx_http_oauth_token_provider_t  *provider;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    provider = lcf->provider;

    if (provider == NULL && lcf->name == NULL) {
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
                       ? ngx_http_oauth_token_status(&ctx->want.error)
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
    ngx_http_oauth_token_ctx_t        *ctx;
    ngx_http_oauth_token_main_conf_t  *mcf;

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

    mcf = ngx_http_get_module_main_conf(r, ngx_http_oauth_token_module);

    ctx->want.handler = ngx_http_oauth_token_resume;

    switch (ngx_http_oauth_token_flight_want(&mcf->wait, &ctx->want)) {

    case NGX_OK:
        if (ctx->want.stale) {
            ngx_str_set(&ctx->status, "STALE");

        } else {
            ngx_str_set(&ctx->status, "HIT");
        }

        break;

    case NGX_AGAIN:
        return ngx_http_oauth_token_wait_for(r, ctx);

    default:
        ngx_str_set(&ctx->status, "ERROR");
    }

    return ngx_http_oauth_token_settled(r, ctx);
}


static ngx_int_t
ngx_http_oauth_token_wait_for(ngx_http_request_t *r,
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

        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    return NGX_AGAIN;
}


static void
ngx_http_oauth_token_resume(ngx_http_oauth_token_want_t *want)
{
    ngx_connection_t            *c;
    ngx_http_request_t          *r;
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = (ngx_http_oauth_token_ctx_t *) want;
    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ctx->state = NGX_HTTP_OAUTH_TOKEN_SETTLED;
    ctx->waited = ngx_current_msec - ctx->started;

    if (want->token == NULL) {
        ngx_str_set(&ctx->status, "ERROR");
    }

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);

    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_http_oauth_token_settled(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    ngx_http_oauth_token_loc_conf_t  *lcf;

    ctx->state = NGX_HTTP_OAUTH_TOKEN_DONE;

    if (ctx->want.token == NULL) {
        return ngx_http_oauth_token_give_error(r, ctx);
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    if (ngx_http_oauth_token_inject(r, ctx->want.provider, ctx->want.slots,
                                    ctx->want.token, lcf->log_secrets)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->on = 1;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_oauth_token_give_error(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx)
{
    u_char                        *p;
    ngx_int_t                      status;
    ngx_str_t                      value;
    ngx_http_oauth_token_error_t  *error;

    error = &ctx->want.error;
    status = ngx_http_oauth_token_status(error);

    if (error->challenge.len
        && ngx_http_oauth_token_add_header(r, "WWW-Authenticate",
                                           &error->challenge)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_str_set(&value, "no-store");

    if (ngx_http_oauth_token_add_header(r, "Cache-Control", &value) != NGX_OK)
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

    return ngx_http_oauth_token_add_header(r, "Retry-After", &value) == NGX_OK
               ? status : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_status(ngx_http_oauth_token_error_t *error)
{
    /* one that could not be kept for those who waited in this worker */

    if (error->outcome == NGX_HTTP_OAUTH_TOKEN_CHALLENGED
        && error->challenge.len == 0)
    {
        return NGX_HTTP_BAD_GATEWAY;
    }

    return ngx_http_oauth_token_statuses[error->outcome];
}


static ngx_int_t
ngx_http_oauth_token_add_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
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
