
#include "ngx_http_oauth_token_request.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_value.h"


/* a request while it is put together */
typedef struct {
    ngx_http_request_t               *request;
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_bindings_t   bindings;
    ngx_array_t                       body;     /* of pairs */
    ngx_array_t                       query;    /* of pairs */
} ngx_http_oauth_token_draft_t;


static ngx_int_t ngx_http_oauth_token_request_auth(
    ngx_http_oauth_token_draft_t *draft);
static ngx_int_t ngx_http_oauth_token_request_basic(
    ngx_http_oauth_token_draft_t *draft);
static ngx_int_t ngx_http_oauth_token_request_field(
    ngx_http_oauth_token_draft_t *draft, ngx_http_oauth_token_field_t *field);
static ngx_int_t ngx_http_oauth_token_request_add(
    ngx_http_oauth_token_draft_t *draft, ngx_http_oauth_token_in_e in,
    ngx_str_t *name, ngx_http_oauth_token_value_t *value);
static ngx_int_t ngx_http_oauth_token_request_header(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_oauth_token_request_uri(
    ngx_http_oauth_token_draft_t *draft);
static ngx_int_t ngx_http_oauth_token_request_body(
    ngx_http_oauth_token_draft_t *draft);
static ngx_int_t ngx_http_oauth_token_request_json(ngx_pool_t *pool,
    ngx_array_t *pairs, ngx_str_t *body);
static ngx_int_t ngx_http_oauth_token_request_bufs(ngx_http_request_t *r,
    ngx_str_t *body);


static ngx_str_t  ngx_http_oauth_token_get = ngx_string("GET");
static ngx_str_t  ngx_http_oauth_token_post = ngx_string("POST");

static ngx_str_t  ngx_http_oauth_token_authorization =
    ngx_string("Authorization");


ngx_int_t
ngx_http_oauth_token_request_build(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    ngx_http_oauth_token_draft_t   draft;
    ngx_http_oauth_token_field_t  *field;

    ngx_memzero(&draft, sizeof(ngx_http_oauth_token_draft_t));

    draft.request = r;
    draft.provider = provider;
    draft.bindings.slots = slots;

    r->method = provider->method;
    r->method_name = (provider->method == NGX_HTTP_GET)
                         ? ngx_http_oauth_token_get
                         : ngx_http_oauth_token_post;

    /* nothing of any other request's headers */

    ngx_memzero(&r->headers_in, sizeof(ngx_http_headers_in_t));

    if (ngx_list_init(&r->headers_in.headers, r->pool, 8,
                      sizeof(ngx_table_elt_t)) != NGX_OK
        || ngx_array_init(&draft.body, r->pool, 8,
                          sizeof(ngx_http_oauth_token_pair_t)) != NGX_OK
        || ngx_array_init(&draft.query, r->pool, 4,
                          sizeof(ngx_http_oauth_token_pair_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_oauth_token_request_field(&draft, &provider->grant_type);

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_request_auth(&draft);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_request_field(&draft, &provider->scope);
    }

    field = provider->parameters.elts;

    for (i = 0; rc == NGX_OK && i < provider->parameters.nelts; i++) {
        rc = ngx_http_oauth_token_request_field(&draft, &field[i]);
    }

    field = provider->headers.elts;

    for (i = 0; rc == NGX_OK && i < provider->headers.nelts; i++) {
        rc = ngx_http_oauth_token_request_field(&draft, &field[i]);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_request_uri(&draft);
    }

    return rc == NGX_OK ? ngx_http_oauth_token_request_body(&draft) : rc;
}


static ngx_int_t
ngx_http_oauth_token_request_auth(ngx_http_oauth_token_draft_t *draft)
{
    ngx_int_t                             rc;
    ngx_http_oauth_token_in_e             in;
    const ngx_http_oauth_token_method_t  *auth;

    auth = draft->provider->auth;

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC) {
        return ngx_http_oauth_token_request_basic(draft);
    }

    in = auth->in;

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_ID
        && draft->provider->format == NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE)
    {
        /* the id alone is no secret, a request without a body may show it */
        in = NGX_HTTP_OAUTH_TOKEN_IN_QUERY;
    }

    rc = ngx_http_oauth_token_request_add(draft, in,
                                          &draft->provider->auth_id,
                                          &draft->provider->client_id);

    if (rc != NGX_OK || auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_ID) {
        return rc;
    }

    return ngx_http_oauth_token_request_add(draft, auth->in,
                                            &draft->provider->auth_secret,
                                            &draft->provider->client_secret);
}


static ngx_int_t
ngx_http_oauth_token_request_basic(ngx_http_oauth_token_draft_t *draft)
{
    ngx_str_t                         id, secret, value;
    ngx_pool_t                       *pool;
    ngx_http_oauth_token_provider_t  *p;

    p = draft->provider;
    pool = draft->request->pool;

    if (ngx_http_oauth_token_value_render(pool, &p->client_id,
                                          &draft->bindings, &id) != NGX_OK
        || ngx_http_oauth_token_value_render(pool, &p->client_secret,
                                             &draft->bindings, &secret)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    value.len = ngx_http_oauth_token_basic(NULL, id.data, id.len,
                                           secret.data, secret.len,
                                           p->auth_encode);

    value.data = ngx_pnalloc(pool, value.len);

    if (value.data == NULL
        || ngx_http_oauth_token_basic(value.data, id.data, id.len,
                                      secret.data, secret.len,
                                      p->auth_encode) == 0)
    {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_request_header(draft->request,
                                          &ngx_http_oauth_token_authorization,
                                          &value);
}


static ngx_int_t
ngx_http_oauth_token_request_field(ngx_http_oauth_token_draft_t *draft,
    ngx_http_oauth_token_field_t *field)
{
    return ngx_http_oauth_token_request_add(draft, field->in, &field->name,
                                            &field->value);
}


/* what is not set or empty is left out */

static ngx_int_t
ngx_http_oauth_token_request_add(ngx_http_oauth_token_draft_t *draft,
    ngx_http_oauth_token_in_e in, ngx_str_t *name,
    ngx_http_oauth_token_value_t *value)
{
    ngx_str_t                     text;
    ngx_http_oauth_token_pair_t  *pair;

    if (!value->set) {
        return NGX_OK;
    }

    if (ngx_http_oauth_token_value_render(draft->request->pool, value,
                                          &draft->bindings, &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (text.len == 0) {
        return NGX_OK;
    }

    if (in == NGX_HTTP_OAUTH_TOKEN_IN_HEADER) {
        return ngx_http_oauth_token_request_header(draft->request, name,
                                                   &text);
    }

    pair = ngx_array_push(in == NGX_HTTP_OAUTH_TOKEN_IN_QUERY
                              ? &draft->query : &draft->body);
    if (pair == NULL) {
        return NGX_ERROR;
    }

    pair->name = name->data;
    pair->name_len = name->len;
    pair->value = text.data;
    pair->value_len = text.len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_request_header(ngx_http_request_t *r, ngx_str_t *name,
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


static ngx_int_t
ngx_http_oauth_token_request_uri(ngx_http_oauth_token_draft_t *draft)
{
    u_char              *p;
    size_t               len;
    ngx_str_t           *uri;
    ngx_http_request_t  *r;

    r = draft->request;
    uri = &draft->provider->uri;

    /* so that proxy sends just this */

    r->valid_unparsed_uri = 1;
    r->unparsed_uri = *uri;

    if (draft->query.nelts == 0) {
        return NGX_OK;
    }

    len = ngx_http_oauth_token_query(NULL, draft->query.elts,
                                     draft->query.nelts);

    p = ngx_pnalloc(r->pool, uri->len + 1 + len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    r->unparsed_uri.data = p;
    r->unparsed_uri.len = uri->len + 1 + len;

    p = ngx_cpymem(p, uri->data, uri->len);

    *p++ = ngx_strlchr(uri->data, uri->data + uri->len, '?') ? '&' : '?';

    (void) ngx_http_oauth_token_query(p, draft->query.elts,
                                      draft->query.nelts);

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_request_body(ngx_http_oauth_token_draft_t *draft)
{
    ngx_int_t            rc;
    ngx_str_t            body;
    ngx_pool_t          *pool;
    ngx_array_t         *pairs;
    ngx_http_request_t  *r;

    r = draft->request;
    pool = r->pool;
    pairs = &draft->body;

    ngx_str_null(&body);

    switch (draft->provider->format) {

    case NGX_HTTP_OAUTH_TOKEN_FORMAT_FORM:

        body.len = ngx_http_oauth_token_form_body(NULL, pairs->elts,
                                                  pairs->nelts);
        body.data = ngx_pnalloc(pool, body.len + 1);
        if (body.data == NULL) {
            return NGX_ERROR;
        }

        (void) ngx_http_oauth_token_form_body(body.data, pairs->elts,
                                              pairs->nelts);
        break;

    case NGX_HTTP_OAUTH_TOKEN_FORMAT_JSON:

        rc = ngx_http_oauth_token_request_json(pool, pairs, &body);

        if (rc != NGX_OK) {
            return rc;
        }

        break;
    }

    return ngx_http_oauth_token_request_bufs(r, &body);
}


static ngx_int_t
ngx_http_oauth_token_request_json(ngx_pool_t *pool, ngx_array_t *pairs,
    ngx_str_t *body)
{
    char    *json;
    size_t   len;

    json = ngx_http_oauth_token_json_body(pairs->elts, pairs->nelts, &len);

    if (json == NULL) {

        /* constants are known to be UTF-8 */

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
ngx_http_oauth_token_request_bufs(ngx_http_request_t *r, ngx_str_t *body)
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
