
#include "ngx_http_oauth_token_token.h"


static ngx_inline ngx_uint_t ngx_http_oauth_token_copy_good(
    ngx_http_oauth_token_provider_t *provider);
static ngx_http_oauth_token_t *ngx_http_oauth_token_read(
    ngx_http_oauth_token_provider_t *provider, const u_char *key,
    ngx_log_t *log);


ngx_http_oauth_token_t *
ngx_http_oauth_token_create(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, size_t len, ngx_log_t *log)
{
    u_char                  *p;
    size_t                   size;
    ngx_http_oauth_token_t  *token;

    size = provider->inject_prefix.len + len + provider->inject_suffix.len;

    token = ngx_alloc(sizeof(ngx_http_oauth_token_t) + size, log);
    if (token == NULL) {
        return NULL;
    }

    token->size = size;

    token->refs = 1;
    token->refused = 0;
    token->losses = ngx_http_oauth_token_store_losses(provider->zone->store);

    ngx_memcpy(token->key, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    p = (u_char *) (token + 1);

    token->header.data = p;

    p = ngx_cpymem(p, provider->inject_prefix.data,
                   provider->inject_prefix.len);

    token->value.data = p;
    token->value.len = len;

    return token;
}


void
ngx_http_oauth_token_complete(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_t *token)
{
    u_char     *end;
    size_t      len, n;
    ngx_str_t  *suffix;

    suffix = &provider->inject_suffix;
    n = ngx_http_oauth_token_captured_count(provider->rules.captures);

    len = ngx_http_oauth_token_captured_split(token->value.data,
                                              token->value.len,
                                              token->captured, n);

    /* the suffix belongs to the token, what was captured makes room */

    end = token->value.data + len;

    ngx_memmove(end + suffix->len, end, token->value.len - len);
    ngx_memcpy(end, suffix->data, suffix->len);

    while (n) {
        token->captured[--n].data += suffix->len;
    }

    token->value.len = len;
    token->header.len = provider->inject_prefix.len + len + suffix->len;
}


void
ngx_http_oauth_token_release(ngx_http_oauth_token_t *token)
{
    if (token == NULL || --token->refs) {
        return;
    }

    ngx_explicit_memzero(token->header.data, token->size);
    ngx_free(token);
}


ngx_http_oauth_token_t *
ngx_http_oauth_token_lookup(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, ngx_log_t *log)
{
    if (key == provider->key && ngx_http_oauth_token_copy_good(provider)) {

        if (provider->copy->stored.generation
            != NGX_HTTP_OAUTH_TOKEN_NOT_STORED)
        {
            ngx_http_oauth_token_store_touch(provider->zone->store,
                                             &provider->copy->stored,
                                             ngx_current_msec);
        }

        provider->copy->refs++;

        return provider->copy;
    }

    return ngx_http_oauth_token_read(provider, key, log);
}


static ngx_inline ngx_uint_t
ngx_http_oauth_token_copy_good(ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_t        *copy;
    ngx_http_oauth_token_store_t  *store;

    copy = provider->copy;

    if (copy == NULL || (int64_t) ngx_current_msec >= copy->stored.usable_until)
    {
        return 0;
    }

    store = provider->zone->store;

    if (copy->stored.generation
        == ngx_http_oauth_token_store_generation(store, copy->stored.entry))
    {
        return 1;
    }

    if (copy->losses != ngx_http_oauth_token_store_losses(store)) {
        return 0;
    }

    if (copy->stored.generation == NGX_HTTP_OAUTH_TOKEN_NOT_STORED) {
        return 1;
    }

    if (ngx_http_oauth_token_store_known(store, provider->key)) {
        return 0;
    }

    /* evicted, the zone is too small: this worker keeps what it has */

    copy->stored.generation = NGX_HTTP_OAUTH_TOKEN_NOT_STORED;

    return 1;
}


static ngx_http_oauth_token_t *
ngx_http_oauth_token_read(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, ngx_log_t *log)
{
    ngx_http_oauth_token_t         *token;
    ngx_http_oauth_token_stored_t   stored;

    if (!ngx_http_oauth_token_store_find(provider->zone->store, key,
                                         ngx_current_msec, &stored))
    {
        return NULL;
    }

    token = ngx_http_oauth_token_create(provider, key, stored.len, log);
    if (token == NULL) {
        return NULL;
    }

    if (!ngx_http_oauth_token_store_copy(provider->zone->store, &stored,
                                         token->value.data))
    {
        ngx_http_oauth_token_release(token);
        return NULL;
    }

    token->stored = stored;

    ngx_http_oauth_token_complete(provider, token);

    ngx_http_oauth_token_store_touch(provider->zone->store, &stored,
                                     ngx_current_msec);

    ngx_http_oauth_token_keep(provider, token);

    return token;
}


void
ngx_http_oauth_token_keep(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_t *token)
{
    if (ngx_memcmp(token->key, provider->key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN)
        != 0)
    {
        return;
    }

    token->refs++;

    ngx_http_oauth_token_forget(provider);

    provider->copy = token;
}


void
ngx_http_oauth_token_forget(ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_release(provider->copy);

    provider->copy = NULL;
}


ngx_int_t
ngx_http_oauth_token_drop(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_t *token)
{
    int64_t                       age;
    ngx_http_oauth_token_store_e  rc;

    age = (int64_t) ngx_current_msec - token->stored.born;

    if (token->stored.generation == NGX_HTTP_OAUTH_TOKEN_NOT_STORED) {
        rc = NGX_HTTP_OAUTH_TOKEN_STORE_STALE;

        if (provider->copy == token && age < NGX_HTTP_OAUTH_TOKEN_DROP_AGE) {
            rc = NGX_HTTP_OAUTH_TOKEN_STORE_FRESH;
        }

    } else {
        rc = ngx_http_oauth_token_store_drop(provider->zone->store, token->key,
                                             &token->stored, ngx_current_msec,
                                             NGX_HTTP_OAUTH_TOKEN_DROP_AGE);
    }

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_FRESH
        || rc == NGX_HTTP_OAUTH_TOKEN_STORE_BUSY)
    {
        return NGX_DECLINED;
    }

    /* one that was evicted would be good for this worker still */

    if (provider->copy == token) {
        ngx_http_oauth_token_forget(provider);
    }

    return NGX_OK;
}
