
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_capture.h"

#include "ngx_http_oauth_token_framing.h"
#include "ngx_http_oauth_token_secret.h"


/* first buffer of a body, bytes; most answers fit, and its block is of 4 kB */
#define NGX_HTTP_OAUTH_TOKEN_CAPTURE_BUFFER  4080


typedef struct {
    ngx_str_t                         name;
    size_t                            offset;
} ngx_http_oauth_token_noted_t;


static ngx_int_t ngx_http_oauth_token_capture_append(
    ngx_http_oauth_token_capture_t *capture, u_char *p, size_t n);
static const char *ngx_http_oauth_token_capture_broken(
    ngx_http_oauth_token_capture_t *capture, ngx_http_request_t *r,
    ngx_int_t rc, ngx_http_oauth_token_outcome_e *outcome);
static void ngx_http_oauth_token_capture_headers(ngx_http_request_t *r,
    ngx_http_oauth_token_answer_t *answer);
static void ngx_http_oauth_token_capture_note(ngx_table_elt_t *h,
    ngx_http_oauth_token_answer_t *answer);
static ngx_http_oauth_token_bytes_t ngx_http_oauth_token_capture_find(
    void *data, const char *name);


/* headers of any answer that count, and where they go */

static ngx_http_oauth_token_noted_t  ngx_http_oauth_token_noted[] = {
    { ngx_string("Content-Type"),
      offsetof(ngx_http_oauth_token_answer_t, content_type) },

    { ngx_string("Retry-After"),
      offsetof(ngx_http_oauth_token_answer_t, retry_after) },

    { ngx_string("WWW-Authenticate"),
      offsetof(ngx_http_oauth_token_answer_t, www_authenticate) },

    { ngx_null_string, 0 }
};


ngx_int_t
ngx_http_oauth_token_capture_header(ngx_http_request_t *r)
{
    ngx_http_oauth_token_capture_t  *capture;

    capture = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (capture == NULL) {
        return NGX_ERROR;
    }

    capture->answered = 1;
    capture->status = r->headers_out.status;

#if (NGX_HTTP_SSL)

    /* who has shown a certificate leaves its connection to nobody else */

    if (r->upstream && r->upstream->conf->ssl_certificate) {
        r->upstream->headers_in.connection_close = 1;
    }

#endif

    r->header_sent = 1;

    /* an error ends the request, and its connection is not kept */

    if (r->upstream && !ngx_http_oauth_token_framing_sound(r->upstream)) {
        capture->fault = "framing";
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_capture_body(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t                       *b;
    ngx_chain_t                     *cl;
    ngx_http_oauth_token_capture_t  *capture;

    capture = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (capture == NULL) {
        return NGX_ERROR;
    }

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            if (ngx_http_oauth_token_capture_append(capture, b->pos,
                                                    b->last - b->pos)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            /* nginx gives a buffer back as it is, before the pool's end */

            if (b->temporary) {
                ngx_explicit_memzero(b->pos, b->last - b->pos);
            }

            b->pos = b->last;
        }

        if (b->last_in_chain || b->last_buf) {
            capture->last = 1;
        }
    }

    return NGX_OK;
}


/*
 * An error from here ends the request at once, so that an endless answer does
 * not run on.
 */

static ngx_int_t
ngx_http_oauth_token_capture_append(ngx_http_oauth_token_capture_t *capture,
    u_char *p, size_t n)
{
    size_t   size;
    u_char  *body;

    if (n > NGX_HTTP_OAUTH_TOKEN_BODY_MAX - capture->len) {
        capture->fault = "too_large";
        return NGX_ERROR;
    }

    if (capture->len + n > capture->size) {

        for (size = NGX_HTTP_OAUTH_TOKEN_CAPTURE_BUFFER;
             size < capture->len + n;
             size *= 2)
        {
            /* void */
        }

        body = ngx_http_oauth_token_secret_alloc(size);
        if (body == NULL) {
            capture->no_memory = 1;
            return NGX_ERROR;
        }

        if (capture->body) {
            ngx_memcpy(body, capture->body, capture->len);
            ngx_http_oauth_token_secret_free(capture->body);
        }

        capture->body = body;
        capture->size = size;
    }

    ngx_memcpy(capture->body + capture->len, p, n);
    capture->len += n;

    return NGX_OK;
}


void
ngx_http_oauth_token_capture_judge(ngx_http_oauth_token_capture_t *capture,
    ngx_http_request_t *r, ngx_int_t rc,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_time_t                       *tp;
    const char                       *reason;
    ngx_http_oauth_token_answer_t     answer;
    ngx_http_oauth_token_outcome_e    outcome;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    ngx_str_null(challenge);

    reason = ngx_http_oauth_token_capture_broken(capture, r, rc, &outcome);

    if (reason) {
        ngx_http_oauth_token_result_failed(result, outcome, reason);
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_oauth_token_answer_t));

    tp = ngx_timeofday();

    answer.now_wall = (int64_t) tp->sec * 1000 + tp->msec;
    answer.status = (int) capture->status;
    answer.body.data = capture->body;
    answer.body.len = capture->len;
    answer.header = ngx_http_oauth_token_capture_find;
    answer.data = r;

    ngx_http_oauth_token_capture_headers(r, &answer);

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    ngx_http_oauth_token_response(&answer, &lcf->endpoint->rules, result);

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_CHALLENGED) {
        challenge->data = (u_char *) answer.www_authenticate.data;
        challenge->len = answer.www_authenticate.len;
    }
}


/*
 * Why there is no whole answer, or NULL.  After an error in the middle of an
 * answer nginx still reports rc 0 and status 200, but it never sends the last
 * buffer then.
 */

static const char *
ngx_http_oauth_token_capture_broken(ngx_http_oauth_token_capture_t *capture,
    ngx_http_request_t *r, ngx_int_t rc,
    ngx_http_oauth_token_outcome_e *outcome)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    if (capture->no_memory || u == NULL
        || rc == NGX_HTTP_INTERNAL_SERVER_ERROR)
    {
        *outcome = NGX_HTTP_OAUTH_TOKEN_INTERNAL;
        return "internal";
    }

    if (capture->fault) {
        *outcome = NGX_HTTP_OAUTH_TOKEN_UNUSABLE;
        return capture->fault;
    }

    if (capture->answered && rc == NGX_OK && capture->last
        && (u->headers_in.content_length_n == -1
            || u->headers_in.content_length_n == (off_t) capture->len))
    {
        return NULL;
    }

    if (rc == NGX_HTTP_GATEWAY_TIME_OUT) {
        *outcome = NGX_HTTP_OAUTH_TOKEN_TIMEOUT;
        return "timeout";
    }

    if (capture->answered) {
        *outcome = NGX_HTTP_OAUTH_TOKEN_UNUSABLE;
        return "incomplete";
    }

    *outcome = NGX_HTTP_OAUTH_TOKEN_TRANSPORT;

    return (u->state && u->state->connect_time != (ngx_msec_t) -1) ? "closed"
                                                                  : "connect";
}


static void
ngx_http_oauth_token_capture_headers(ngx_http_request_t *r,
    ngx_http_oauth_token_answer_t *answer)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->upstream->headers_in.headers.part; part; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            ngx_http_oauth_token_capture_note(&h[i], answer);
        }
    }
}


static void
ngx_http_oauth_token_capture_note(ngx_table_elt_t *h,
    ngx_http_oauth_token_answer_t *answer)
{
    ngx_http_oauth_token_bytes_t   *bytes;
    ngx_http_oauth_token_noted_t   *noted;

    for (noted = ngx_http_oauth_token_noted; noted->name.len; noted++) {

        if (h->key.len != noted->name.len
            || ngx_strncasecmp(h->key.data, noted->name.data, h->key.len) != 0)
        {
            continue;
        }

        bytes = (ngx_http_oauth_token_bytes_t *)
                    ((u_char *) answer + noted->offset);

        /* of several challenges the one that is passed on counts */

        if (bytes->data == NULL
            || (h->value.len > 3
                && ngx_strncasecmp(h->value.data, (u_char *) "SCA", 3) == 0))
        {
            bytes->data = h->value.data;
            bytes->len = h->value.len;
        }

        return;
    }
}


/* a header that the provider's block names */

static ngx_http_oauth_token_bytes_t
ngx_http_oauth_token_capture_find(void *data, const char *name)
{
    ngx_http_request_t *r = data;

    size_t                         len;
    ngx_uint_t                     i;
    ngx_list_part_t               *part;
    ngx_table_elt_t               *h;
    ngx_http_oauth_token_bytes_t   bytes;

    len = ngx_strlen(name);

    bytes.data = NULL;
    bytes.len = 0;

    for (part = &r->upstream->headers_in.headers.part; part; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                bytes.data = h[i].value.data;
                bytes.len = h[i].value.len;

                return bytes;
            }
        }
    }

    return bytes;
}


void
ngx_http_oauth_token_capture_wipe(ngx_http_oauth_token_capture_t *capture)
{
    ngx_http_oauth_token_secret_free(capture->body);
    capture->body = NULL;
}
