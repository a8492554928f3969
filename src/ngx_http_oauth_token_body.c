
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_body.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_tree.h"


static ngx_int_t ngx_http_oauth_token_body_form(ngx_pool_t *pool,
    ngx_array_t *pairs, ngx_str_t *body);
static ngx_int_t ngx_http_oauth_token_body_json(ngx_pool_t *pool,
    ngx_array_t *pairs, ngx_str_t *body);
static ngx_int_t ngx_http_oauth_token_body_buf(ngx_http_request_t *r,
    ngx_str_t *body);


ngx_int_t
ngx_http_oauth_token_body_endpoint(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *url)
{
    u_char     *p, *query;
    ngx_str_t   uri;

    if (bindings->uri) {
        uri = *bindings->uri;

    } else if (ngx_http_oauth_token_value_render(pool, &provider->uri,
                                                 bindings, &uri)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* there is none yet while a configuration is tried out */

    query = uri.len ? ngx_strlchr(uri.data, uri.data + uri.len, '?') : NULL;

    if (query) {
        uri.len = query - uri.data;
    }

    url->len = provider->scheme.len + provider->host.len + uri.len;
    url->data = ngx_pnalloc(pool, url->len);

    if (url->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(url->data, provider->scheme.data, provider->scheme.len);
    p = ngx_cpymem(p, provider->host.data, provider->host.len);
    ngx_memcpy(p, uri.data, uri.len);

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_body_uri(ngx_http_request_t *r,
    ngx_http_oauth_token_value_t *value,
    ngx_http_oauth_token_bindings_t *bindings, ngx_array_t *pairs)
{
    u_char     *p;
    size_t      len;
    ngx_str_t   uri;

    if (bindings->uri) {
        uri.len = bindings->uri->len;
        uri.data = ngx_pstrdup(r->pool, bindings->uri);

        if (uri.data == NULL) {
            return NGX_ERROR;
        }

    } else if (ngx_http_oauth_token_value_render(r->pool, value, bindings,
                                                 &uri)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* so that proxy sends just this */

    r->valid_unparsed_uri = 1;
    r->unparsed_uri = uri;

    if (pairs->nelts == 0) {
        return NGX_OK;
    }

    len = ngx_http_oauth_token_query(NULL, pairs->elts,
                                     pairs->nelts);

    p = ngx_pnalloc(r->pool, uri.len + 1 + len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    r->unparsed_uri.data = p;
    r->unparsed_uri.len = uri.len + 1 + len;

    p = ngx_cpymem(p, uri.data, uri.len);

    *p++ = ngx_strlchr(uri.data, uri.data + uri.len, '?') ? '&' : '?';

    (void) ngx_http_oauth_token_query(p, pairs->elts,
                                      pairs->nelts);

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_body_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    /* constants were checked when they were read, the rest may be anything */

    if (!ngx_http_oauth_token_header_value(value->data, value->len)) {
        return NGX_DECLINED;
    }

    h = ngx_list_push(&r->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->lowcase_key = ngx_pnalloc(r->pool, name->len);
    if (h->lowcase_key == NULL) {
        return NGX_ERROR;
    }

    h->key = *name;
    h->value = *value;
    h->hash = ngx_hash_strlow(h->lowcase_key, name->data, name->len);

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

    ngx_http_oauth_token_secret_free(json);

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
