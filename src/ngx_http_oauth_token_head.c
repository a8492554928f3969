
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_head.h"


/* real servers send one or two before an answer; more are an attack */
#define NGX_HTTP_OAUTH_TOKEN_INTERIM_MAX   16

/* how one begins; "#" is a digit */
#define NGX_HTTP_OAUTH_TOKEN_INTERIM_LINE  "HTTP/1.# 1##"


static ngx_int_t ngx_http_oauth_token_head_process(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_head_pass(ngx_http_request_t *r,
    ngx_http_oauth_token_capture_t *capture);
static ngx_int_t ngx_http_oauth_token_head_reinit(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_head_skip(ngx_buf_t *b);
static ngx_int_t ngx_http_oauth_token_head_line(u_char *p, u_char *last);


void
ngx_http_oauth_token_head_watch(ngx_http_request_t *r)
{
    ngx_http_upstream_t             *u;
    ngx_http_oauth_token_capture_t  *capture;

    u = r->upstream;
    capture = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (u == NULL || capture == NULL) {
        return;
    }

    capture->process_header = u->process_header;
    capture->reinit_request = u->reinit_request;

    u->process_header = ngx_http_oauth_token_head_process;
    u->reinit_request = ngx_http_oauth_token_head_reinit;
}


static ngx_int_t
ngx_http_oauth_token_head_process(ngx_http_request_t *r)
{
    ngx_int_t                        rc;
    ngx_http_oauth_token_capture_t  *capture;

    capture = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (capture == NULL) {
        return NGX_ERROR;
    }

    while (!capture->final) {
        rc = ngx_http_oauth_token_head_skip(&r->upstream->buffer);

        if (rc == NGX_AGAIN) {
            return NGX_AGAIN;
        }

        if (rc == NGX_DECLINED) {
            capture->final = 1;
            break;
        }

        if (++capture->interim > NGX_HTTP_OAUTH_TOKEN_INTERIM_MAX) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "upstream sent too many interim responses");

            return NGX_HTTP_UPSTREAM_INVALID_HEADER;
        }
    }

    return ngx_http_oauth_token_head_pass(r, capture);
}


/* the proxy's own handler, which puts another in its place */

static ngx_int_t
ngx_http_oauth_token_head_pass(ngx_http_request_t *r,
    ngx_http_oauth_token_capture_t *capture)
{
    ngx_int_t             rc;
    ngx_log_t            *log;
    ngx_uint_t            level;
    ngx_http_upstream_t  *u;

    u = r->upstream;
    log = r->connection->log;
    level = log->log_level;

    u->process_header = capture->process_header;
    log->log_level = ngx_min(level, NGX_LOG_CRIT);

    rc = u->process_header(r);

    log->log_level = level;
    capture->process_header = u->process_header;
    u->process_header = ngx_http_oauth_token_head_process;

    if (rc == NGX_HTTP_UPSTREAM_INVALID_HEADER) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "upstream sent invalid header");
    }

    return rc;
}


/* the next server of an upstream{} */

static ngx_int_t
ngx_http_oauth_token_head_reinit(ngx_http_request_t *r)
{
    ngx_int_t                        rc;
    ngx_http_oauth_token_capture_t  *capture;

    capture = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (capture == NULL) {
        return NGX_ERROR;
    }

    rc = capture->reinit_request(r);

    capture->process_header = r->upstream->process_header;
    capture->interim = 0;
    capture->final = 0;

    r->upstream->process_header = ngx_http_oauth_token_head_process;

    return rc;
}


/* NGX_DECLINED: it is none; NGX_AGAIN: it is not all there */

static ngx_int_t
ngx_http_oauth_token_head_skip(ngx_buf_t *b)
{
    u_char     *p;
    ngx_int_t   rc;

    rc = ngx_http_oauth_token_head_line(b->pos, b->last);

    if (rc != NGX_OK) {
        return rc;
    }

    p = b->pos;

    while ((p = memchr(p, LF, b->last - p))) {
        p++;

        if (p < b->last && *p == CR) {
            p++;
        }

        if (p < b->last && *p == LF) {
            b->pos = p + 1;
            return NGX_OK;
        }
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_oauth_token_head_line(u_char *p, u_char *last)
{
    char  *c;

    for (c = NGX_HTTP_OAUTH_TOKEN_INTERIM_LINE; *c; c++, p++) {

        if (p == last) {
            return NGX_AGAIN;
        }

        if (*c == '#' ? (*p < '0' || *p > '9') : *p != (u_char) *c) {
            return NGX_DECLINED;
        }
    }

    if (p == last) {
        return NGX_AGAIN;
    }

    /* nothing follows 101 but another protocol */

    if ((*p != ' ' && *p != CR && *p != LF) || (p[-2] == '0' && p[-1] == '1')) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}
