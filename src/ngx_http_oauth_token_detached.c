
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_detached.h"

#include "ngx_http_oauth_token_wipe.h"


static ngx_connection_t *ngx_http_oauth_token_detached_connection(void);
static ngx_int_t ngx_http_oauth_token_detached_fill(ngx_connection_t *c,
    ngx_http_conf_ctx_t *ctx, ngx_http_log_ctx_t *log_ctx,
    ngx_log_handler_pt handler);
static ngx_http_request_t *ngx_http_oauth_token_detached_request(
    ngx_connection_t *c);
static void ngx_http_oauth_token_detached_close(ngx_connection_t *c);
static void ngx_http_oauth_token_detached_event(ngx_event_t *ev);
static void ngx_http_oauth_token_detached_woken(ngx_http_request_t *r);


static ngx_str_t  ngx_http_oauth_token_detached_addr = ngx_string("unix:");
static ngx_str_t  ngx_http_oauth_token_detached_uri = ngx_string("/");


ngx_http_request_t *
ngx_http_oauth_token_detached_create(ngx_http_conf_ctx_t *ctx,
    ngx_http_log_ctx_t *log_ctx, ngx_log_handler_pt handler,
    ngx_uint_t log_secrets)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    c = ngx_http_oauth_token_detached_connection();
    if (c == NULL) {
        return NULL;
    }

    if (ngx_http_oauth_token_detached_fill(c, ctx, log_ctx, handler) != NGX_OK)
    {
        ngx_http_oauth_token_detached_close(c);
        return NULL;
    }

    r = ngx_http_oauth_token_detached_request(c);
    if (r == NULL) {
        ngx_http_oauth_token_detached_close(c);
        return NULL;
    }

    if (ngx_http_oauth_token_wipe_pool(r->pool) != NGX_OK
        || ngx_list_init(&r->headers_in.headers, r->pool, 1,
                         sizeof(ngx_table_elt_t))
           != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_ERROR);
        ngx_http_run_posted_requests(c);
        return NULL;
    }

    /* debug lines of nginx show the request's headers, and so our secrets */

    if (!log_secrets && c->log->log_level > NGX_LOG_INFO) {
        c->log->log_level = NGX_LOG_INFO;
    }

    return r;
}


static ngx_connection_t *
ngx_http_oauth_token_detached_connection(void)
{
    ngx_socket_t       fd;
    ngx_connection_t  *c;

    fd = socket(AF_UNIX, SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_socket_errno,
                      ngx_socket_n " failed");
        return NULL;
    }

    c = ngx_get_connection(fd, ngx_cycle->log);

    if (c == NULL) {
        if (ngx_close_socket(fd) == -1) {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_socket_errno,
                          ngx_close_socket_n " failed");
        }

        return NULL;
    }

    c->pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE / 8, ngx_cycle->log);

    if (c->pool == NULL) {
        ngx_close_connection(c);
        return NULL;
    }

    return c;
}


static ngx_int_t
ngx_http_oauth_token_detached_fill(ngx_connection_t *c,
    ngx_http_conf_ctx_t *ctx, ngx_http_log_ctx_t *log_ctx,
    ngx_log_handler_pt handler)
{
    ngx_log_t              *log;
    struct sockaddr_un     *sun;
    ngx_http_connection_t  *hc;

    log = ngx_palloc(c->pool, sizeof(ngx_log_t));
    sun = ngx_pcalloc(c->pool, sizeof(struct sockaddr_un));
    hc = ngx_pcalloc(c->pool, sizeof(ngx_http_connection_t));
    c->buffer = ngx_create_temp_buf(c->pool, 1);

    if (log == NULL || sun == NULL || hc == NULL || c->buffer == NULL) {
        return NGX_ERROR;
    }

    log_ctx->connection = c;
    log_ctx->request = NULL;
    log_ctx->current_request = NULL;

    *log = *ngx_cycle->log;
    log->connection = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    log->handler = handler;
    log->data = log_ctx;
    log->action = NULL;

    c->number = log->connection;
    c->log = log;
    c->read->log = log;
    c->write->log = log;
    c->pool->log = log;
    c->log_error = NGX_ERROR_INFO;
    c->start_time = ngx_current_msec;

    sun->sun_family = AF_UNIX;

    c->sockaddr = (struct sockaddr *) sun;
    c->socklen = offsetof(struct sockaddr_un, sun_path);
    c->local_sockaddr = c->sockaddr;
    c->local_socklen = c->socklen;
    c->addr_text = ngx_http_oauth_token_detached_addr;

    c->read->handler = ngx_http_oauth_token_detached_event;
    c->write->handler = ngx_http_oauth_token_detached_event;
    c->write->ready = 1;

    hc->conf_ctx = ctx;
    c->data = hc;

    return NGX_OK;
}


static ngx_http_request_t *
ngx_http_oauth_token_detached_request(ngx_connection_t *c)
{
    ngx_http_request_t  *r;

    r = ngx_http_create_request(c);
    if (r == NULL) {
        return NULL;
    }

#if (NGX_STAT_STUB)
    /* ngx_http_close_connection() takes it off again */
    (void) ngx_atomic_fetch_add(ngx_stat_active, 1);
#endif

    c->data = r;

    r->logged = 1;
    r->internal = 1;
    r->uri_changes = 1;
    r->uri = ngx_http_oauth_token_detached_uri;
    r->unparsed_uri = r->uri;
    r->method = NGX_HTTP_GET;
    r->method_name = ngx_http_core_get_method;

    /* with HTTP/1.1 nginx would pass on "103 Early Hints" */
    r->http_version = NGX_HTTP_VERSION_10;

    r->write_event_handler = ngx_http_oauth_token_detached_woken;

    return r;
}


static void
ngx_http_oauth_token_detached_close(ngx_connection_t *c)
{
    ngx_pool_t  *pool;

    pool = c->pool;

    /* ngx_http_close_connection() is for connections that were counted */

    c->destroyed = 1;
    ngx_close_connection(c);
    ngx_destroy_pool(pool);
}


/*
 * The socket is always writable and never readable, which means nothing; but
 * nginx tells each connection so when worker_shutdown_timeout is over.
 */

static void
ngx_http_oauth_token_detached_event(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    c = ev->data;

    if (!c->close) {
        return;
    }

    r = c->data;

    ngx_http_finalize_request(r->main, NGX_ERROR);
    ngx_http_run_posted_requests(c);
}


/* the subrequest is done, and that is all there was to do */

static void
ngx_http_oauth_token_detached_woken(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, NGX_DONE);
}
