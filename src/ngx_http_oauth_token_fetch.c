
#include "ngx_http_oauth_token_fetch.h"

#include "ngx_http_oauth_token_detached.h"
#include "ngx_http_oauth_token_request.h"


/* first buffer of a body, bytes; most answers fit */
#define NGX_HTTP_OAUTH_TOKEN_FETCH_BUFFER  4096


typedef struct {
    ngx_http_log_ctx_t                log_ctx;     /* first: log->data */
    ngx_http_oauth_token_provider_t  *provider;
    ngx_str_t                        *slots;
    ngx_http_oauth_token_fetch_pt     done;        /* NULL: was called */
    void                             *data;
    ngx_http_request_t               *parent;
    ngx_event_t                       timer;       /* of the whole request */
    ngx_msec_t                        started;
    ngx_http_post_subrequest_t        post;

    /* the answer so far */
    ngx_uint_t                        status;
    u_char                           *body;        /* wiped and freed */
    size_t                            len;
    size_t                            size;
    unsigned                          answered:1;  /* its header was seen */
    unsigned                          last:1;      /* its end was seen */
    unsigned                          too_large:1;
    unsigned                          no_memory:1;
} ngx_http_oauth_token_fetch_t;


typedef struct {
    ngx_str_t                         name;
    size_t                            offset;
} ngx_http_oauth_token_noted_t;


static ngx_int_t ngx_http_oauth_token_fetch_subrequest(
    ngx_http_oauth_token_fetch_t *f);
static void ngx_http_oauth_token_fetch_run(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_fetch_append(
    ngx_http_oauth_token_fetch_t *f, u_char *p, size_t n);
static ngx_int_t ngx_http_oauth_token_fetch_done(ngx_http_request_t *r,
    void *data, ngx_int_t rc);
static void ngx_http_oauth_token_fetch_judge(ngx_http_oauth_token_fetch_t *f,
    ngx_http_request_t *r, ngx_int_t rc,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static const char *ngx_http_oauth_token_fetch_broken(
    ngx_http_oauth_token_fetch_t *f, ngx_http_request_t *r, ngx_int_t rc,
    ngx_http_oauth_token_outcome_e *outcome);
static void ngx_http_oauth_token_fetch_headers(ngx_http_request_t *r,
    ngx_http_oauth_token_answer_t *answer);
static void ngx_http_oauth_token_fetch_note(ngx_table_elt_t *h,
    ngx_http_oauth_token_answer_t *answer);
static void ngx_http_oauth_token_fetch_finish(ngx_http_oauth_token_fetch_t *f,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static void ngx_http_oauth_token_fetch_timeout(ngx_event_t *ev);
static void ngx_http_oauth_token_fetch_cleanup(void *data);
static u_char *ngx_http_oauth_token_fetch_log(ngx_log_t *log, u_char *buf,
    size_t len);


/* headers of the answer that count, and where they go */

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
ngx_http_oauth_token_fetch(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *slots, ngx_http_oauth_token_fetch_pt done, void *data)
{
    ngx_int_t                         rc;
    ngx_connection_t                 *c;
    ngx_pool_cleanup_t               *cln;
    ngx_http_oauth_token_fetch_t     *f;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = provider->ctx->loc_conf[ngx_http_oauth_token_module.ctx_index];

    f = ngx_calloc(sizeof(ngx_http_oauth_token_fetch_t), ngx_cycle->log);
    if (f == NULL) {
        return NGX_ERROR;
    }

    /* no f->done yet: until all is set up the return code tells the end */

    f->provider = provider;
    f->slots = slots;
    f->data = data;
    f->started = ngx_current_msec;

    f->parent = ngx_http_oauth_token_detached_create(provider->ctx,
                                              &f->log_ctx,
                                              ngx_http_oauth_token_fetch_log,
                                              lcf->log_secrets);
    if (f->parent == NULL) {
        ngx_free(f);
        return NGX_ERROR;
    }

    c = f->parent->connection;

    cln = ngx_pool_cleanup_add(c->pool, 0);

    if (cln) {
        cln->handler = ngx_http_oauth_token_fetch_cleanup;
        cln->data = f;

        rc = ngx_http_oauth_token_fetch_subrequest(f);

    } else {
        rc = NGX_ERROR;
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(f->parent, NGX_ERROR);
        ngx_http_run_posted_requests(c);

        if (cln == NULL) {
            ngx_free(f);
        }

        return rc;
    }

    f->done = done;

    f->timer.handler = ngx_http_oauth_token_fetch_timeout;
    f->timer.data = f;
    f->timer.log = c->log;

    ngx_add_timer(&f->timer, provider->fetch_timeout);

    ngx_http_run_posted_requests(c);

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_fetch_subrequest(ngx_http_oauth_token_fetch_t *f)
{
    ngx_http_request_t        *sr;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = f->provider->ctx->loc_conf[ngx_http_core_module.ctx_index];

    f->post.handler = ngx_http_oauth_token_fetch_done;
    f->post.data = f;

    if (ngx_http_subrequest(f->parent, &clcf->name, NULL, &sr, &f->post,
                            NGX_HTTP_SUBREQUEST_WAITED)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* straight into the location: no phase of any server runs */

    sr->main_conf = f->provider->ctx->main_conf;
    sr->srv_conf = f->provider->ctx->srv_conf;
    sr->loc_conf = f->provider->ctx->loc_conf;

    ngx_http_update_location_config(sr);

    ngx_http_set_ctx(sr, f, ngx_http_oauth_token_module);

    sr->filter_need_in_memory = 1;
    sr->error_page = 1;
    sr->uri_changes = 0;
    sr->write_event_handler = ngx_http_oauth_token_fetch_run;

    return ngx_http_oauth_token_request_build(sr, f->provider, f->slots);
}


static void
ngx_http_oauth_token_fetch_run(ngx_http_request_t *r)
{
    r->write_event_handler = ngx_http_request_empty_handler;

    ngx_http_finalize_request(r, r->content_handler(r));
}


ngx_int_t
ngx_http_oauth_token_fetch_header(ngx_http_request_t *r)
{
    ngx_http_oauth_token_fetch_t  *f;

    f = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (f == NULL) {
        return NGX_ERROR;
    }

    f->answered = 1;
    f->status = r->headers_out.status;

    r->header_sent = 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_fetch_body(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t                     *b;
    ngx_chain_t                   *cl;
    ngx_http_oauth_token_fetch_t  *f;

    f = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (f == NULL) {
        return NGX_ERROR;
    }

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            if (ngx_http_oauth_token_fetch_append(f, b->pos, b->last - b->pos)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            b->pos = b->last;
        }

        if (b->last_in_chain || b->last_buf) {
            f->last = 1;
        }
    }

    return NGX_OK;
}


/*
 * An error from here ends the request at once, so that an endless answer does
 * not run on.
 */

static ngx_int_t
ngx_http_oauth_token_fetch_append(ngx_http_oauth_token_fetch_t *f, u_char *p,
    size_t n)
{
    size_t   size;
    u_char  *body;

    if (n > NGX_HTTP_OAUTH_TOKEN_BODY_MAX - f->len) {
        f->too_large = 1;
        return NGX_ERROR;
    }

    if (f->len + n > f->size) {

        for (size = NGX_HTTP_OAUTH_TOKEN_FETCH_BUFFER;
             size < f->len + n;
             size *= 2)
        {
            /* void */
        }

        body = ngx_alloc(size, f->parent->connection->log);
        if (body == NULL) {
            f->no_memory = 1;
            return NGX_ERROR;
        }

        if (f->body) {
            ngx_memcpy(body, f->body, f->len);
            ngx_explicit_memzero(f->body, f->len);
            ngx_free(f->body);
        }

        f->body = body;
        f->size = size;
    }

    ngx_memcpy(f->body + f->len, p, n);
    f->len += n;

    return NGX_OK;
}


/* the end of the subrequest; only NGX_OK lets its parent go on */

static ngx_int_t
ngx_http_oauth_token_fetch_done(ngx_http_request_t *r, void *data,
    ngx_int_t rc)
{
    ngx_http_oauth_token_fetch_t *f = data;

    ngx_str_t                      challenge;
    ngx_http_oauth_token_result_t  result;

    if (f->done == NULL) {
        return NGX_OK;
    }

    ngx_str_null(&challenge);

    ngx_http_oauth_token_fetch_judge(f, r, rc, &result, &challenge);
    ngx_http_oauth_token_fetch_finish(f, &result, &challenge);

    return NGX_OK;
}


static void
ngx_http_oauth_token_fetch_judge(ngx_http_oauth_token_fetch_t *f,
    ngx_http_request_t *r, ngx_int_t rc,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_time_t                      *tp;
    const char                      *reason;
    ngx_http_oauth_token_answer_t    answer;
    ngx_http_oauth_token_outcome_e   outcome;

    reason = ngx_http_oauth_token_fetch_broken(f, r, rc, &outcome);

    if (reason) {
        ngx_http_oauth_token_result_failed(result, outcome, reason);
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_oauth_token_answer_t));

    tp = ngx_timeofday();

    answer.now_wall = (int64_t) tp->sec * 1000 + tp->msec;
    answer.status = f->status;
    answer.body.data = f->body;
    answer.body.len = f->len;

    ngx_http_oauth_token_fetch_headers(r, &answer);

    ngx_http_oauth_token_response(&answer, &f->provider->rules, result);

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
ngx_http_oauth_token_fetch_broken(ngx_http_oauth_token_fetch_t *f,
    ngx_http_request_t *r, ngx_int_t rc,
    ngx_http_oauth_token_outcome_e *outcome)
{
    ngx_http_upstream_t  *u;

    u = r->upstream;

    if (f->no_memory || u == NULL || rc == NGX_HTTP_INTERNAL_SERVER_ERROR) {
        *outcome = NGX_HTTP_OAUTH_TOKEN_INTERNAL;
        return "internal";
    }

    if (f->too_large) {
        *outcome = NGX_HTTP_OAUTH_TOKEN_UNUSABLE;
        return "too_large";
    }

    if (f->answered && rc == NGX_OK && f->last
        && (u->headers_in.content_length_n == -1
            || u->headers_in.content_length_n == (off_t) f->len))
    {
        return NULL;
    }

    if (rc == NGX_HTTP_GATEWAY_TIME_OUT
        || ngx_current_msec - f->started >= f->provider->fetch_timeout)
    {
        *outcome = NGX_HTTP_OAUTH_TOKEN_TIMEOUT;
        return "timeout";
    }

    *outcome = NGX_HTTP_OAUTH_TOKEN_TRANSPORT;

    if (f->answered) {
        return "incomplete";
    }

    return (u->state && u->state->connect_time != (ngx_msec_t) -1) ? "closed"
                                                                  : "connect";
}


static void
ngx_http_oauth_token_fetch_headers(ngx_http_request_t *r,
    ngx_http_oauth_token_answer_t *answer)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->upstream->headers_in.headers.part; part; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            ngx_http_oauth_token_fetch_note(&h[i], answer);
        }
    }
}


static void
ngx_http_oauth_token_fetch_note(ngx_table_elt_t *h,
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


static void
ngx_http_oauth_token_fetch_finish(ngx_http_oauth_token_fetch_t *f,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_http_oauth_token_fetch_pt  done;

    if (f->timer.timer_set) {
        ngx_del_timer(&f->timer);
    }

    done = f->done;
    f->done = NULL;

    done(f->data, result, challenge);

    ngx_http_oauth_token_result_free(result);
}


static void
ngx_http_oauth_token_fetch_timeout(ngx_event_t *ev)
{
    ngx_http_oauth_token_fetch_t *f = ev->data;

    ngx_str_t                      none;
    ngx_connection_t              *c;
    ngx_http_oauth_token_result_t  result;

    c = f->parent->connection;

    ngx_str_null(&none);

    ngx_http_oauth_token_result_failed(&result,
                                       NGX_HTTP_OAUTH_TOKEN_TIMEOUT,
                                       "timeout");
    ngx_http_oauth_token_fetch_finish(f, &result, &none);

    ngx_http_finalize_request(f->parent, NGX_ERROR);
    ngx_http_run_posted_requests(c);
}


/* the connection's end, which is also that of requests that were cut off */

static void
ngx_http_oauth_token_fetch_cleanup(void *data)
{
    ngx_http_oauth_token_fetch_t *f = data;

    ngx_str_t                      none;
    ngx_http_oauth_token_result_t  result;

    if (f->done) {
        ngx_str_null(&none);

        ngx_http_oauth_token_result_failed(&result,
                              f->too_large ? NGX_HTTP_OAUTH_TOKEN_UNUSABLE
                                           : NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                              f->too_large ? "too_large" : "internal");

        ngx_http_oauth_token_fetch_finish(f, &result, &none);
    }

    if (f->body) {
        ngx_explicit_memzero(f->body, f->len);
        ngx_free(f->body);
    }

    ngx_free(f);
}


static u_char *
ngx_http_oauth_token_fetch_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                        *p;
    ngx_http_oauth_token_fetch_t  *f;

    p = buf;
    f = log->data;

    if (log->action) {
        p = ngx_snprintf(buf, len, " while %s", log->action);
        len -= p - buf;
        buf = p;
    }

    return ngx_snprintf(buf, len,
                        " to fetch an access token, provider: \"%V\", "
                        "endpoint: \"%V%V\"",
                        &f->provider->name, &f->provider->scheme,
                        &f->provider->host);
}
