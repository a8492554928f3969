
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_request.h"

#include "ngx_http_oauth_token_assertion.h"
#include "ngx_http_oauth_token_body.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_grants.h"
#include "ngx_http_oauth_token_made.h"
#include "ngx_http_oauth_token_value.h"


/* a request while it is put together */
typedef struct {
    ngx_http_request_t               *request;
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_bindings_t   bindings;
    ngx_array_t                       body;     /* of pairs */
    ngx_array_t                       query;    /* of pairs */
} ngx_http_oauth_token_draft_t;


static ngx_int_t ngx_http_oauth_token_request_init(
    ngx_http_oauth_token_draft_t *draft, ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider,
    const ngx_http_oauth_token_order_t *order);
static ngx_int_t ngx_http_oauth_token_request_grant(
    ngx_http_oauth_token_draft_t *draft, ngx_str_t *refresh);
static ngx_int_t ngx_http_oauth_token_request_auth(
    ngx_http_oauth_token_draft_t *draft);
static ngx_int_t ngx_http_oauth_token_request_assertion(
    ngx_http_oauth_token_draft_t *draft,
    ngx_http_oauth_token_assertion_e what);
static ngx_int_t ngx_http_oauth_token_request_basic(
    ngx_http_oauth_token_draft_t *draft);
static ngx_int_t ngx_http_oauth_token_request_field(
    ngx_http_oauth_token_draft_t *draft, ngx_http_oauth_token_field_t *field);
static ngx_int_t ngx_http_oauth_token_request_fields(
    ngx_http_oauth_token_draft_t *draft, ngx_array_t *fields,
    ngx_str_t *refresh);
static ngx_int_t ngx_http_oauth_token_request_add(
    ngx_http_oauth_token_draft_t *draft, ngx_http_oauth_token_in_e in,
    ngx_str_t *name, ngx_http_oauth_token_value_t *value);
static ngx_int_t ngx_http_oauth_token_request_push(
    ngx_http_oauth_token_draft_t *draft, ngx_http_oauth_token_in_e in,
    ngx_str_t *name, ngx_str_t *text);


static ngx_str_t  ngx_http_oauth_token_authorization =
    ngx_string("Authorization");

/* the name of the grant, and of its parameter */
static ngx_str_t  ngx_http_oauth_token_refresh = ngx_string("refresh_token");

/* RFC 7523, section 2 */
static ngx_str_t  ngx_http_oauth_token_assertion_names[] = {
    ngx_string("client_assertion"),
    ngx_string("assertion")
};


ngx_int_t
ngx_http_oauth_token_request_build(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider,
    const ngx_http_oauth_token_order_t *order)
{
    ngx_int_t                     rc;
    ngx_http_oauth_token_draft_t  draft;

    rc = ngx_http_oauth_token_request_init(&draft, r, provider, order);

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_request_grant(&draft, order->refresh);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_request_auth(&draft);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_request_fields(&draft,
                                                 &provider->grant_fields,
                                                 order->refresh);
    }

    if (rc == NGX_OK && order->refresh == NULL) {
        rc = ngx_http_oauth_token_request_field(&draft, &provider->scope);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_request_fields(&draft, &provider->parameters,
                                                 order->refresh);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_request_fields(&draft, &provider->headers,
                                                 NULL);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_body_uri(r, &provider->uri, &draft.bindings,
                                           &draft.query);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_body_set(r, provider->format, &draft.body);
    }

    return rc;
}


ngx_uint_t
ngx_http_oauth_token_request_refreshable(
    ngx_http_oauth_token_provider_t *provider)
{
    return provider->grant_type.value.set
           && provider->grant_type.value.text.len
           && provider->format != NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE;
}


static ngx_int_t
ngx_http_oauth_token_request_init(ngx_http_oauth_token_draft_t *draft,
    ngx_http_request_t *r, ngx_http_oauth_token_provider_t *provider,
    const ngx_http_oauth_token_order_t *order)
{
    ngx_memzero(draft, sizeof(ngx_http_oauth_token_draft_t));

    draft->request = r;
    draft->provider = provider;
    draft->bindings.slots = order->slots;
    draft->bindings.uri = order->uri;

    /* its name comes from proxy_method */

    r->method = provider->method;

    /* nothing of any other request's headers */

    ngx_memzero(&r->headers_in, sizeof(ngx_http_headers_in_t));

    if (ngx_list_init(&r->headers_in.headers, r->pool, 8,
                      sizeof(ngx_table_elt_t)) != NGX_OK
        || ngx_array_init(&draft->body, r->pool, 8,
                          sizeof(ngx_http_oauth_token_pair_t)) != NGX_OK
        || ngx_array_init(&draft->query, r->pool, 4,
                          sizeof(ngx_http_oauth_token_pair_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_made_request(r->pool, provider,
                                             &draft->bindings);
}


static ngx_int_t
ngx_http_oauth_token_request_grant(ngx_http_oauth_token_draft_t *draft,
    ngx_str_t *refresh)
{
    ngx_int_t                      rc;
    ngx_http_oauth_token_field_t  *grant;

    grant = &draft->provider->grant_type;

    if (refresh == NULL) {
        rc = ngx_http_oauth_token_request_field(draft, grant);

        if (rc != NGX_OK || draft->provider->grant == NULL
            || !draft->provider->grant->assertion)
        {
            return rc;
        }

        return ngx_http_oauth_token_request_assertion(draft,
                                     NGX_HTTP_OAUTH_TOKEN_ASSERTION_GRANT);
    }

    rc = ngx_http_oauth_token_request_push(draft, grant->in, &grant->name,
                                           &ngx_http_oauth_token_refresh);

    return rc != NGX_OK ? rc
           : ngx_http_oauth_token_request_push(draft,
                                               NGX_HTTP_OAUTH_TOKEN_IN_BODY,
                                               &ngx_http_oauth_token_refresh,
                                               refresh);
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

    if (auth->kind != NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS) {
        return ngx_http_oauth_token_request_assertion(draft,
                                     NGX_HTTP_OAUTH_TOKEN_ASSERTION_CLIENT);
    }

    return ngx_http_oauth_token_request_add(draft, auth->in,
                                            &draft->provider->auth_secret,
                                            &draft->provider->client_secret);
}


static ngx_int_t
ngx_http_oauth_token_request_assertion(ngx_http_oauth_token_draft_t *draft,
    ngx_http_oauth_token_assertion_e what)
{
    ngx_int_t  rc;
    ngx_str_t  text;

    rc = ngx_http_oauth_token_assertion(draft->request->pool, draft->provider,
                                        &draft->bindings, what, &text);

    if (rc == NGX_OK && what == NGX_HTTP_OAUTH_TOKEN_ASSERTION_CLIENT) {
        rc = ngx_http_oauth_token_request_push(draft,
                                     NGX_HTTP_OAUTH_TOKEN_IN_BODY,
                                     &ngx_http_oauth_token_assertion_types[0],
                                     &ngx_http_oauth_token_assertion_types[1]);
    }

    return rc != NGX_OK ? rc
           : ngx_http_oauth_token_request_push(draft,
                                  NGX_HTTP_OAUTH_TOKEN_IN_BODY,
                                  &ngx_http_oauth_token_assertion_names[what],
                                  &text);
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
                                           (int) p->auth_encode);

    value.data = ngx_pnalloc(pool, value.len);

    if (value.data == NULL
        || ngx_http_oauth_token_basic(value.data, id.data, id.len,
                                      secret.data, secret.len,
                                      (int) p->auth_encode) == 0)
    {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_body_header(draft->request,
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


/* refresh: those of the configured grant are left out */

static ngx_int_t
ngx_http_oauth_token_request_fields(ngx_http_oauth_token_draft_t *draft,
    ngx_array_t *fields, ngx_str_t *refresh)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {

        if (refresh && ngx_http_oauth_token_grants_own(&field[i].name)) {
            continue;
        }

        rc = ngx_http_oauth_token_request_field(draft, &field[i]);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* what is not set or empty is left out */

static ngx_int_t
ngx_http_oauth_token_request_add(ngx_http_oauth_token_draft_t *draft,
    ngx_http_oauth_token_in_e in, ngx_str_t *name,
    ngx_http_oauth_token_value_t *value)
{
    ngx_str_t  text;

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
        return ngx_http_oauth_token_body_header(draft->request, name, &text);
    }

    return ngx_http_oauth_token_request_push(draft, in, name, &text);
}


static ngx_int_t
ngx_http_oauth_token_request_push(ngx_http_oauth_token_draft_t *draft,
    ngx_http_oauth_token_in_e in, ngx_str_t *name, ngx_str_t *text)
{
    ngx_http_oauth_token_pair_t  *pair;

    pair = ngx_array_push(in == NGX_HTTP_OAUTH_TOKEN_IN_QUERY
                              ? &draft->query : &draft->body);
    if (pair == NULL) {
        return NGX_ERROR;
    }

    pair->name = name->data;
    pair->name_len = name->len;
    pair->value = text->data;
    pair->value_len = text->len;

    return NGX_OK;
}
