
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_refused.h"

#include "ngx_http_oauth_token_field.h"


static ngx_uint_t ngx_http_oauth_token_refused_about(ngx_str_t *challenge);
static ngx_int_t ngx_http_oauth_token_refused_challenge(
    ngx_http_request_t *r, ngx_str_t *challenge);
static ngx_uint_t ngx_http_oauth_token_refused_keyed(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider);
static ngx_table_elt_t *ngx_http_oauth_token_refused_find(
    ngx_list_part_t **part, ngx_uint_t *i, ngx_str_t *name);


/* RFC 9110, section 9.2.2: those that do the same when sent twice */
#define NGX_HTTP_OAUTH_TOKEN_IDEMPOTENT                                       \
    (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_PUT|NGX_HTTP_DELETE                  \
     |NGX_HTTP_OPTIONS|NGX_HTTP_TRACE)


static ngx_str_t  ngx_http_oauth_token_www_authenticate =
    ngx_string("www-authenticate");

static ngx_str_t  ngx_http_oauth_token_idempotency_key =
    ngx_string("idempotency-key");


ngx_uint_t
ngx_http_oauth_token_refused(ngx_http_request_t *r)
{
    ngx_str_t                         challenge;
    ngx_uint_t                        i;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    for (i = 0; i < lcf->retry->nstatuses; i++) {

        if (lcf->retry->statuses[i] == r->upstream->headers_in.status_n) {
            return ngx_http_oauth_token_refused_challenge(r, &challenge)
                   == NGX_OK
                   && ngx_http_oauth_token_refused_about(&challenge);
        }
    }

    return 0;
}


/* an answer without a challenge counts as about the token */

static ngx_uint_t
ngx_http_oauth_token_refused_about(ngx_str_t *challenge)
{
    size_t  i;

    for (i = 0; i < challenge->len; i++) {

        if (ngx_strchr(" \t,", challenge->data[i]) == NULL) {
            return ngx_http_oauth_token_field_challenge(challenge->data,
                                                        challenge->len,
                                                        "Bearer")
                   && !ngx_http_oauth_token_field_says(challenge->data,
                                                       challenge->len,
                                                       "Bearer", "error",
                                                       "insufficient_scope");
        }
    }

    return 1;
}


/* all lines as one, RFC 9110, section 5.2; the upstream's, hidden or not */

static ngx_int_t
ngx_http_oauth_token_refused_challenge(ngx_http_request_t *r,
    ngx_str_t *challenge)
{
    u_char           *p;
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = 0;
    i = 0;
    part = &r->upstream->headers_in.headers.part;

    while ((h = ngx_http_oauth_token_refused_find(&part, &i,
                                  &ngx_http_oauth_token_www_authenticate)))
    {
        len += h->value.len + sizeof(",") - 1;
    }

    ngx_str_null(challenge);

    if (len == 0) {
        return NGX_OK;
    }

    challenge->len = len;
    challenge->data = ngx_pnalloc(r->pool, len);

    if (challenge->data == NULL) {
        return NGX_ERROR;
    }

    p = challenge->data;
    i = 0;
    part = &r->upstream->headers_in.headers.part;

    while ((h = ngx_http_oauth_token_refused_find(&part, &i,
                                  &ngx_http_oauth_token_www_authenticate)))
    {
        p = ngx_cpymem(p, h->value.data, h->value.len);
        *p++ = ',';
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_oauth_token_refused_repeats(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_loc_conf_t  *lcf;

    if (r->request_body_no_buffering
        || r->subrequest_in_memory
        || r->background
        || r->post_action)
    {
        return 0;
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    return (r->method & NGX_HTTP_OAUTH_TOKEN_IDEMPOTENT)
           || lcf->retry->non_idempotent
           || ngx_http_oauth_token_refused_keyed(r, provider);
}


/*
 * A key of the client stays the same; one that the provider's block sets may
 * be a new one each time.
 */

static ngx_uint_t
ngx_http_oauth_token_refused_keyed(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_str_t                     *name;
    ngx_uint_t                     i;
    ngx_list_part_t               *part;
    ngx_table_elt_t               *h;
    ngx_http_oauth_token_field_t  *field;

    name = &ngx_http_oauth_token_idempotency_key;
    field = provider->upstream_headers.elts;

    for (i = 0; i < provider->upstream_headers.nelts; i++) {

        if (field[i].lowcase.len == name->len
            && ngx_strncmp(field[i].lowcase.data, name->data, name->len) == 0)
        {
            return 0;
        }
    }

    i = 0;
    part = &r->headers_in.headers.part;

    h = ngx_http_oauth_token_refused_find(&part, &i, name);

    return h && h->value.len;
}


/* the next header of this name, from *i of *part on */

static ngx_table_elt_t *
ngx_http_oauth_token_refused_find(ngx_list_part_t **part, ngx_uint_t *i,
    ngx_str_t *name)
{
    ngx_table_elt_t  *h;

    for ( ;; ) {

        if (*i >= (*part)->nelts) {
            if ((*part)->next == NULL) {
                return NULL;
            }

            *part = (*part)->next;
            *i = 0;
            continue;
        }

        h = (*part)->elts;
        h += (*i)++;

        if (h->key.len == name->len
            && ngx_strncasecmp(h->key.data, name->data, name->len) == 0)
        {
            return h;
        }
    }
}
