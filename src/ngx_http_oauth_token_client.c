
#include "ngx_http_oauth_token_client.h"


/* longer ones share the bits of shorter ones */
#define ngx_http_oauth_token_client_bit(len)  ((uint64_t) 1 << ((len) % 64))


static ngx_http_oauth_token_outline ngx_uint_t
    ngx_http_oauth_token_client_goes(ngx_http_oauth_token_provider_t *provider,
    ngx_table_elt_t *h);
static ngx_uint_t ngx_http_oauth_token_client_replaced(
    ngx_http_oauth_token_provider_t *provider, u_char *name, size_t len);
static ngx_inline ngx_uint_t ngx_http_oauth_token_client_same(
    ngx_str_t *lowcase, u_char *name, size_t len);
static ngx_uint_t ngx_http_oauth_token_client_equal(u_char *lowcase,
    u_char *name, size_t len);
static ngx_uint_t ngx_http_oauth_token_client_word(ngx_str_t *list,
    ngx_str_t *word);
static ngx_uint_t ngx_http_oauth_token_client_named(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *value);
static ngx_int_t ngx_http_oauth_token_client_connection(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *value);


static ngx_str_t   ngx_http_oauth_token_connection = ngx_string("connection");
static ngx_uint_t  ngx_http_oauth_token_connection_hash;


void
ngx_http_oauth_token_client_init(ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    ngx_http_oauth_token_connection_hash =
        ngx_hash_key(ngx_http_oauth_token_connection.data,
                     ngx_http_oauth_token_connection.len);

    provider->lengths =
        ngx_http_oauth_token_client_bit(provider->inject.lowcase.len);

    field = provider->upstream_headers.elts;

    for (i = 0; i < provider->upstream_headers.nelts; i++) {
        provider->lengths |=
            ngx_http_oauth_token_client_bit(field[i].lowcase.len);
    }
}


ngx_uint_t
ngx_http_oauth_token_client_stays(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *end;

    part = &r->headers_in.headers.part;

    if (part->next) {
        return 0;
    }

    h = part->elts;

    for (end = h + part->nelts; h < end; h++) {

        if (h->hash == 0
            || ((h->hash == ngx_http_oauth_token_connection_hash
                 || (provider->lengths
                     & ngx_http_oauth_token_client_bit(h->key.len)))
                && ngx_http_oauth_token_client_goes(provider, h)))
        {
            return 0;
        }
    }

    return 1;
}


/* whether a header, or a part of it, stays behind */

static ngx_uint_t
ngx_http_oauth_token_client_goes(ngx_http_oauth_token_provider_t *provider,
    ngx_table_elt_t *h)
{
    return ngx_http_oauth_token_client_replaced(provider, h->key.data,
                                                h->key.len)
           || (ngx_http_oauth_token_client_same(
                           &ngx_http_oauth_token_connection, h->key.data,
                                                h->key.len)
               && ngx_http_oauth_token_client_named(provider, &h->value));
}


ngx_uint_t
ngx_http_oauth_token_client_count(ngx_http_request_t *r)
{
    ngx_uint_t        n;
    ngx_list_part_t  *part;

    n = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        n += part->nelts;
    }

    return n;
}


ngx_int_t
ngx_http_oauth_token_client_headers(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_list_part_t *to)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *dst;

    dst = to->elts;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash == 0
                || ngx_http_oauth_token_client_replaced(provider,
                                                        h[i].key.data,
                                                        h[i].key.len))
            {
                continue;
            }

            *dst = h[i];

            if (ngx_http_oauth_token_client_same(
                           &ngx_http_oauth_token_connection, h[i].key.data,
                                                 h[i].key.len))
            {
                if (ngx_http_oauth_token_client_connection(r, provider,
                                                           &dst->value)
                    != NGX_OK)
                {
                    return NGX_ERROR;
                }

                if (dst->value.len == 0) {
                    continue;
                }
            }

            dst++;
            to->nelts++;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_oauth_token_client_replaced(
    ngx_http_oauth_token_provider_t *provider, u_char *name, size_t len)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    if (ngx_http_oauth_token_client_same(&provider->inject.lowcase, name, len))
    {
        return 1;
    }

    field = provider->upstream_headers.elts;

    for (i = 0; i < provider->upstream_headers.nelts; i++) {
        if (ngx_http_oauth_token_client_same(&field[i].lowcase, name, len)) {
            return 1;
        }
    }

    return 0;
}


static ngx_inline ngx_uint_t
ngx_http_oauth_token_client_same(ngx_str_t *lowcase, u_char *name, size_t len)
{
    return len == lowcase->len
           && ngx_http_oauth_token_client_equal(lowcase->data, name, len);
}


static ngx_uint_t
ngx_http_oauth_token_client_equal(u_char *lowcase, u_char *name, size_t len)
{
    u_char  a, b;
    size_t  i;

    for (i = 0; i < len; i++) {
        a = lowcase[i];
        b = ngx_tolower(name[i]);

        if ((a == '_' ? '-' : a) != (b == '_' ? '-' : b)) {
            return 0;
        }
    }

    return 1;
}


/* takes the next word off a list; it is empty between two commas */

static ngx_uint_t
ngx_http_oauth_token_client_word(ngx_str_t *list, ngx_str_t *word)
{
    u_char  *p, *end, *last;

    if (list->data == NULL) {
        return 0;
    }

    end = list->data + list->len;

    for (p = list->data; p < end && *p != ','; p++) { /* void */ }

    word->data = list->data;
    last = p;

    /* without a comma this was the last one */

    list->data = p < end ? p + 1 : NULL;
    list->len = p < end ? end - (p + 1) : 0;

    while (word->data < last && (*word->data == ' ' || *word->data == '\t')) {
        word->data++;
    }

    while (word->data < last && (last[-1] == ' ' || last[-1] == '\t')) {
        last--;
    }

    word->len = last - word->data;

    return 1;
}


/* whether a Connection names one of ours */

static ngx_uint_t
ngx_http_oauth_token_client_named(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *value)
{
    ngx_str_t   list, word;
    ngx_uint_t  found;

    list = *value;
    found = 0;

    while (!found && ngx_http_oauth_token_client_word(&list, &word)) {
        found = ngx_http_oauth_token_client_replaced(provider, word.data,
                                                     word.len);
    }

    return found;
}


static ngx_int_t
ngx_http_oauth_token_client_connection(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *value)
{
    u_char     *p, *kept;
    ngx_str_t   list, word;

    if (!ngx_http_oauth_token_client_named(provider, value)) {
        return NGX_OK;
    }

    /* a comma may stand without a blank: two bytes for one */

    kept = ngx_pnalloc(r->pool, 2 * value->len);
    if (kept == NULL) {
        return NGX_ERROR;
    }

    p = kept;
    list = *value;

    while (ngx_http_oauth_token_client_word(&list, &word)) {

        if (word.len == 0
            || ngx_http_oauth_token_client_replaced(provider, word.data,
                                                    word.len))
        {
            continue;
        }

        if (p != kept) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = ngx_cpymem(p, word.data, word.len);
    }

    value->data = kept;
    value->len = p - kept;

    return NGX_OK;
}
