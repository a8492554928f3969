
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_wipe.h"

#include <malloc.h>


/* takes the place of an upstream's output filter */
typedef struct {
    ngx_http_upstream_t              *upstream;
    ngx_output_chain_filter_pt        filter;
    void                             *ctx;
    ngx_buf_t                        *head;       /* what begins the request */
    unsigned                          answer:1;   /* is a secret, too */
    unsigned                          due:1;      /* on its way */
} ngx_http_oauth_token_wipe_t;


static void ngx_http_oauth_token_wipe_pool_end(void *data);
static ngx_pool_large_t *ngx_http_oauth_token_wipe_large(ngx_pool_t *pool,
    void *cleanup);
static void ngx_http_oauth_token_wipe_bytes_end(void *data);
static ngx_int_t ngx_http_oauth_token_wipe_filter(void *data,
    ngx_chain_t *in);
static ngx_int_t ngx_http_oauth_token_wipe_begin(
    ngx_http_oauth_token_wipe_t *w);
static void ngx_http_oauth_token_wipe_end(ngx_http_oauth_token_wipe_t *w);


ngx_int_t
ngx_http_oauth_token_wipe_pool(ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *cln, **last;

    for (last = &pool->cleanup; *last; last = &(*last)->next) {
        if ((*last)->handler == ngx_http_oauth_token_wipe_pool_end) {
            return NGX_OK;
        }
    }

    cln = ngx_palloc(pool, sizeof(ngx_pool_cleanup_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    /* the last one: what others clean up is still there */

    cln->handler = ngx_http_oauth_token_wipe_pool_end;
    cln->data = pool;
    cln->next = NULL;

    *last = cln;

    return NGX_OK;
}


static void
ngx_http_oauth_token_wipe_pool_end(void *data)
{
    ngx_pool_t *pool = data;

    u_char              *start;
    ngx_pool_t          *p;
    ngx_pool_large_t    *own;
    ngx_pool_cleanup_t  *cln;

    for (cln = pool->cleanup; cln->next; cln = cln->next) { /* void */ }

    own = ngx_http_oauth_token_wipe_large(pool, cln);

    for (p = pool; p; p = p->d.next) {
        start = (u_char *) p + (p == pool ? sizeof(ngx_pool_t)
                                          : sizeof(ngx_pool_data_t));

        ngx_explicit_memzero(start, p->d.last - start);
    }

    if (own) {
        own->alloc = cln;
    }

    pool->large = own;

    /* nginx goes on from this cleanup, which is the last, zeroed or not */
}


/*
 * They are given back here, since their list is about to be wiped.  Returns the
 * one that is the cleanup itself, which nginx has in its hands, or NULL.
 */

static ngx_pool_large_t *
ngx_http_oauth_token_wipe_large(ngx_pool_t *pool, void *cleanup)
{
    size_t             size;
    ngx_pool_large_t  *large, *own;

    own = NULL;

    for (large = pool->large; large; large = large->next) {

        if (large->alloc == cleanup) {
            own = large;

        } else if (large->alloc) {
            size = malloc_usable_size(large->alloc);

            /* what was asked for with no bytes has one here, under a checker */

            if (size > 1) {
                ngx_explicit_memzero(large->alloc, size);
            }

            ngx_free(large->alloc);
        }
    }

    return own;
}


ngx_int_t
ngx_http_oauth_token_wipe_bytes(ngx_pool_t *pool, u_char *data, size_t len)
{
    ngx_str_t           *bytes;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, sizeof(ngx_str_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_oauth_token_wipe_bytes_end;

    bytes = cln->data;
    bytes->data = data;
    bytes->len = len;

    return NGX_OK;
}


static void
ngx_http_oauth_token_wipe_bytes_end(void *data)
{
    ngx_str_t *bytes = data;

    ngx_explicit_memzero(bytes->data, bytes->len);
}


ngx_int_t
ngx_http_oauth_token_wipe_sent(ngx_http_request_t *r, ngx_uint_t answer)
{
    ngx_http_upstream_t          *u;
    ngx_http_oauth_token_wipe_t  *w;

    u = r->upstream;

    if (!u->ssl || u->request_bufs == NULL) {
        return NGX_OK;
    }

    w = ngx_palloc(r->pool, sizeof(ngx_http_oauth_token_wipe_t));
    if (w == NULL) {
        return NGX_ERROR;
    }

    w->upstream = u;
    w->filter = u->output.output_filter;
    w->ctx = u->output.filter_ctx;
    w->head = u->request_bufs->buf;
    w->answer = answer;
    w->due = 0;

    if (w->filter == NULL) {

        /* nginx would set this one after the request is made */

        w->filter = ngx_chain_writer;
        w->ctx = &u->writer;
    }

    u->output.output_filter = ngx_http_oauth_token_wipe_filter;
    u->output.filter_ctx = w;

    /* a connection that was kept alive may have taken all of it already */

    if (ngx_http_oauth_token_wipe_begin(w) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_oauth_token_wipe_end(w);

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_wipe_filter(void *data, ngx_chain_t *in)
{
    ngx_http_oauth_token_wipe_t *w = data;

    ngx_int_t  rc;

    if (w->head->pos != w->head->last
        && ngx_http_oauth_token_wipe_begin(w) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = w->filter(w->ctx, in);

    ngx_http_oauth_token_wipe_end(w);

    return rc;
}


static ngx_int_t
ngx_http_oauth_token_wipe_begin(ngx_http_oauth_token_wipe_t *w)
{
    ngx_connection_t  *c;

    c = w->upstream->peer.connection;

    if (c == NULL || c->ssl == NULL) {
        return NGX_OK;
    }

    w->due = 1;

    if (w->answer) {
        (void) SSL_set_options(c->ssl->connection, SSL_OP_CLEANSE_PLAINTEXT);
    }

    /* of a connection that breaks before all is sent */

    return ngx_http_oauth_token_wipe_pool(c->pool);
}


static void
ngx_http_oauth_token_wipe_end(ngx_http_oauth_token_wipe_t *w)
{
    ngx_buf_t         *b;
    ngx_connection_t  *c;

    c = w->upstream->peer.connection;

    if (!w->due || w->head->pos != w->head->last || c == NULL
        || c->ssl == NULL)
    {
        return;
    }

    b = c->ssl->buf;

    if (b && b->start && b->pos == b->last) {
        ngx_explicit_memzero(b->start, b->end - b->start);
        w->due = 0;
    }
}
