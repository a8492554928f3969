
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_leak.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_made.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_value.h"
#include "ngx_http_oauth_token_wipe.h"


/* shorter ones than this, bytes, are in any text */
#define NGX_HTTP_OAUTH_TOKEN_LEAK_MIN  4


static ngx_uint_t ngx_http_oauth_token_leak_fields(const char *text,
    ngx_array_t *fields);
static ngx_uint_t ngx_http_oauth_token_leak_computes(const char *text,
    ngx_array_t *computes);
static ngx_uint_t ngx_http_oauth_token_leak_parts(const char *text,
    ngx_http_oauth_token_value_t *value);
static ngx_uint_t ngx_http_oauth_token_leak_value(const char *text,
    ngx_str_t *value);
static ngx_uint_t ngx_http_oauth_token_leak_client(const char *text,
    ngx_http_oauth_token_provider_t *p, ngx_str_t *slots);
static ngx_uint_t ngx_http_oauth_token_leak_made(const char *text,
    ngx_pool_t *pool, ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_bindings_t *bindings);
static ngx_uint_t ngx_http_oauth_token_leak_basic(const char *text,
    ngx_str_t *id, ngx_str_t *secret, ngx_uint_t urlencode);
static ngx_uint_t ngx_http_oauth_token_leak_has(const char *text,
    u_char *data, size_t len);


ngx_uint_t
ngx_http_oauth_token_leak(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *slots, ngx_str_t *refresh, const char *text)
{
    ngx_uint_t  i;

    if (*text == '\0') {
        return 0;
    }

    if (refresh && ngx_http_oauth_token_leak_value(text, refresh)) {
        return 1;
    }

    for (i = 0; i < provider->slots.nelts; i++) {
        if (ngx_http_oauth_token_leak_value(text, &slots[i])) {
            return 1;
        }
    }

    return ngx_http_oauth_token_leak_client(text, provider, slots)
           || ngx_http_oauth_token_leak_fields(text, &provider->grant_fields)
           || ngx_http_oauth_token_leak_computes(text, &provider->computes)
           || ngx_http_oauth_token_leak_fields(text, &provider->headers)
           || ngx_http_oauth_token_leak_fields(text, &provider->parameters);
}


/* any header or parameter may be a key, but for those that are well known */

static ngx_uint_t
ngx_http_oauth_token_leak_fields(const char *text, ngx_array_t *fields)
{
    ngx_uint_t                     i, n;
    ngx_http_oauth_token_field_t  *field;

    static const char  *known[] = {
        "Accept", "Content-Type", "subject_token_type", "actor_token_type",
        "requested_token_type"
    };

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {

        for (n = 0; n < sizeof(known) / sizeof(known[0]); n++) {
            if (ngx_strcasecmp(field[i].name.data, (u_char *) known[n]) == 0) {
                break;
            }
        }

        if (field[i].value.parts == NULL
            && n == sizeof(known) / sizeof(known[0])
            && ngx_http_oauth_token_leak_value(text, &field[i].value.text))
        {
            return 1;
        }
    }

    return 0;
}


/* keys, and what was written into a text beside its variables */

static ngx_uint_t
ngx_http_oauth_token_leak_computes(const char *text, ngx_array_t *computes)
{
    ngx_uint_t                       i;
    ngx_http_oauth_token_compute_t  *compute;

    compute = computes->elts;

    for (i = 0; i < computes->nelts; i++) {
        if (ngx_http_oauth_token_leak_parts(text, &compute[i].key)
            || ngx_http_oauth_token_leak_parts(text, &compute[i].text))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_oauth_token_leak_parts(const char *text,
    ngx_http_oauth_token_value_t *value)
{
    ngx_uint_t                    i;
    ngx_http_oauth_token_part_t  *part;

    if (value->parts == NULL) {
        return ngx_http_oauth_token_leak_value(text, &value->text);
    }

    part = value->parts->elts;

    for (i = 0; i < value->parts->nelts; i++) {
        if (part[i].kind == NGX_HTTP_OAUTH_TOKEN_PART_TEXT
            && ngx_http_oauth_token_leak_value(text, &part[i].text))
        {
            return 1;
        }
    }

    return 0;
}


/* without the memory to tell, it is one */

static ngx_uint_t
ngx_http_oauth_token_leak_value(const char *text, ngx_str_t *value)
{
    size_t       len;
    u_char      *p;
    ngx_uint_t   leak;

    if (ngx_http_oauth_token_leak_has(text, value->data, value->len)) {
        return 1;
    }

    len = ngx_http_oauth_token_form_escape(NULL, value->data, value->len);

    if (len == value->len) {
        return 0;
    }

    p = ngx_http_oauth_token_secret_alloc(len);
    if (p == NULL) {
        return 1;
    }

    (void) ngx_http_oauth_token_form_escape(p, value->data, value->len);

    leak = ngx_http_oauth_token_leak_has(text, p, len);

    ngx_http_oauth_token_secret_free(p);

    return leak;
}


/* what was computed may be as good as the secret in it, or be it in base64 */

static ngx_uint_t
ngx_http_oauth_token_leak_made(const char *text, ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_bindings_t *bindings)
{
    ngx_uint_t  i;

    if (ngx_http_oauth_token_made_request(pool, p, bindings) != NGX_OK) {
        return 1;
    }

    for (i = NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE;
         bindings->named && i < NGX_HTTP_OAUTH_TOKEN_NAMED_MAX;
         i++)
    {
        if (ngx_http_oauth_token_leak_value(text, &bindings->named[i])) {
            return 1;
        }
    }

    return 0;
}


/* secret, and id and secret together, of which each may be made of slots */

static ngx_uint_t
ngx_http_oauth_token_leak_client(const char *text,
    ngx_http_oauth_token_provider_t *p, ngx_str_t *slots)
{
    ngx_str_t                         id, secret;
    ngx_pool_t                       *pool;
    ngx_uint_t                        leak;
    ngx_http_oauth_token_bindings_t   bindings;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ngx_cycle->log);
    if (pool == NULL) {
        return 1;
    }

    ngx_memzero(&bindings, sizeof(ngx_http_oauth_token_bindings_t));
    bindings.slots = slots;

    leak = 1;

    if (ngx_http_oauth_token_wipe_pool(pool) != NGX_OK
        || ngx_http_oauth_token_leak_made(text, pool, p, &bindings))
    {
        ngx_destroy_pool(pool);
        return 1;
    }

    if (ngx_http_oauth_token_value_render(pool, &p->client_id, &bindings, &id)
        == NGX_OK
        && ngx_http_oauth_token_value_render(pool, &p->client_secret,
                                             &bindings, &secret)
           == NGX_OK)
    {
        leak = ngx_http_oauth_token_leak_value(text, &secret)
               || ngx_http_oauth_token_leak_basic(text, &id, &secret,
                                                  p->auth_encode);
    }

    ngx_destroy_pool(pool);

    return leak;
}


static ngx_uint_t
ngx_http_oauth_token_leak_basic(const char *text, ngx_str_t *id,
    ngx_str_t *secret, ngx_uint_t urlencode)
{
    size_t       len;
    u_char      *credentials;
    ngx_uint_t   leak;

    if (secret->len == 0) {
        return 0;
    }

    len = ngx_http_oauth_token_basic(NULL, id->data, id->len, secret->data,
                                     secret->len, (int) urlencode);

    credentials = ngx_http_oauth_token_secret_alloc(len);
    if (credentials == NULL) {
        return 1;
    }

    (void) ngx_http_oauth_token_basic(credentials, id->data, id->len,
                                      secret->data, secret->len,
                                      (int) urlencode);

    /* the scheme in front is no secret */

    leak = ngx_http_oauth_token_leak_has(text,
                                         credentials + sizeof("Basic ") - 1,
                                         len - (sizeof("Basic ") - 1));

    ngx_http_oauth_token_secret_free(credentials);

    return leak;
}


/* the text may have been cut within it */

static ngx_uint_t
ngx_http_oauth_token_leak_has(const char *text, u_char *data, size_t len)
{
    size_t  n, text_len;

    if (len < NGX_HTTP_OAUTH_TOKEN_LEAK_MIN) {
        return 0;
    }

    text_len = ngx_strlen(text);

    if (ngx_strlcasestrn((u_char *) text, (u_char *) text + text_len, data,
                         len - 1))
    {
        return 1;
    }

    for (n = ngx_min(len, text_len); n >= NGX_HTTP_OAUTH_TOKEN_LEAK_MIN; n--) {
        if (ngx_strncasecmp((u_char *) text + text_len - n, data, n) == 0) {
            return 1;
        }
    }

    return 0;
}
