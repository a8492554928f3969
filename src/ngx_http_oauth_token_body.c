
#include "ngx_http_oauth_token_body.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_tree.h"


static ngx_int_t ngx_http_oauth_token_body_form(ngx_pool_t *pool,
    ngx_array_t *pairs, ngx_str_t *body);
static ngx_int_t ngx_http_oauth_token_body_json(ngx_pool_t *pool,
    ngx_array_t *pairs, ngx_str_t *body);
static ngx_int_t ngx_http_oauth_token_body_buf(ngx_http_request_t *r,
    ngx_str_t *body);


ngx_int_t
ngx_http_oauth_token_body_uri(ngx_http_request_t *r, ngx_str_t *uri,
    ngx_array_t *pairs)
{
    u_char  *p;
    size_t   len;

    /* so that proxy sends just this */

    r->valid_unparsed_uri = 1;
    r->unparsed_uri = *uri;

    if (pairs->nelts == 0) {
        return NGX_OK;
    }

    len = ngx_http_oauth_token_query(NULL, pairs->elts,
                                     pairs->nelts);

    p = ngx_pnalloc(r->pool, uri->len + 1 + len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    r->unparsed_uri.data = p;
    r->unparsed_uri.len = uri->len + 1 + len;

    p = ngx_cpymem(p, uri->data, uri->len);

    *p++ = ngx_strlchr(uri->data, uri->data + uri->len, '?') ? '&' : '?';

    (void) ngx_http_oauth_token_query(p, pairs->elts,
                                      pairs->nelts);

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_body_set(ngx_http_request_t *r, ngx_uint_t format,
    ngx_array_t *pairs)
{
    ngx_int_t   rc;
    ngx_str_t   body;

    ngx_str_null(&body);

    switch (format) {

    case NGX_HTTP_OAUTH_TOKEN_FORMAT_FORM:
        rc = ngx_http_oauth_token_body_form(r->pool, pairs, &body);
        break;

    case NGX_HTTP_OAUTH_TOKEN_FORMAT_JSON:
        rc = ngx_http_oauth_token_body_json(r->pool, pairs, &body);
        break;

    default:
        rc = NGX_OK;
    }

    return rc == NGX_OK ? ngx_http_oauth_token_body_buf(r, &body) : rc;
}


static ngx_int_t
ngx_http_oauth_token_body_form(ngx_pool_t *pool, ngx_array_t *pairs,
    ngx_str_t *body)
{
    body->len = ngx_http_oauth_token_form_body(NULL, pairs->elts,
                                               pairs->nelts);

    body->data = ngx_pnalloc(pool, body->len);
    if (body->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_http_oauth_token_form_body(body->data, pairs->elts,
                                          pairs->nelts);
    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_body_json(ngx_pool_t *pool, ngx_array_t *pairs,
    ngx_str_t *body)
{
    char    *json;
    size_t   len;

    json = ngx_http_oauth_token_tree_body(pairs->elts, pairs->nelts, &len);

    if (json == NULL) {

        /* constants are known to be UTF-8, and names to be good */

        return NGX_DECLINED;
    }

    body->len = len;
    body->data = ngx_pnalloc(pool, len);

    if (body->data) {
        ngx_memcpy(body->data, json, len);
    }

    ngx_explicit_memzero(json, len);
    free(json);

    return body->data ? NGX_OK : NGX_ERROR;
}


/* where $oauth_token_request_body finds it, which proxy_set_body asks for */

static ngx_int_t
ngx_http_oauth_token_body_buf(ngx_http_request_t *r, ngx_str_t *body)
{
    ngx_buf_t  *b;

    r->request_body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    b = ngx_calloc_buf(r->pool);

    if (r->request_body == NULL || b == NULL) {
        return NGX_ERROR;
    }

    b->temporary = 1;
    b->start = body->data;
    b->pos = body->data;
    b->last = body->data + body->len;
    b->end = b->last;

    r->request_body->buf = b;

    return NGX_OK;
}
