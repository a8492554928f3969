
#include "ngx_http_oauth_token_token.h"


static ngx_inline ngx_uint_t ngx_http_oauth_token_copy_good(
    ngx_http_oauth_token_provider_t *provider);
static ngx_http_oauth_token_t *ngx_http_oauth_token_read(
    ngx_http_oauth_token_provider_t *provider, const u_char *key,
    ngx_log_t *log);


ngx_http_oauth_token_t *
ngx_http_oauth_token_create(ngx_http_oauth_token_provider_t *provider,
    size_t len, ngx_log_t *log)
{
    u_char                  *p;
    ngx_http_oauth_token_t  *token;

    token = ngx_alloc(sizeof(ngx_http_oauth_token_t)
                      + provider->inject_prefix.len + len
                      + provider->inject_suffix.len,
                      log);
    if (token == NULL) {
        return NULL;
    }

    token->refs = 1;
    token->born = ngx_current_msec;
    token->refused = 0;

    p = (u_char *) (token + 1);

    token->header.data = p;
    token->header.len = provider->inject_prefix.len + len
                        + provider->inject_suffix.len;

    p = ngx_cpymem(p, provider->inject_prefix.data,
                   provider->inject_prefix.len);

    token->value.data = p;
    token->value.len = len;

    ngx_memcpy(p + len, provider->inject_suffix.data,
               provider->inject_suffix.len);

    return token;
}


void
ngx_http_oauth_token_release(ngx_http_oauth_token_t *token)
{
    if (token == NULL || --token->refs) {
        return;
    }

    ngx_explicit_memzero(token->header.data, token->header.len);
    ngx_free(token);
}


ngx_http_oauth_token_t *
ngx_http_oauth_token_lookup(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, ngx_log_t *log)
{
    if (key == provider->key && ngx_http_oauth_token_copy_good(provider)) {

        if (provider->copy_stored.generation
            != NGX_HTTP_OAUTH_TOKEN_NOT_STORED)
        {
            ngx_http_oauth_token_store_touch(provider->zone->store,
                                             &provider->copy_stored,
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
    uint64_t                       generation;
    ngx_http_oauth_token_store_t  *store;

    if (provider->copy == NULL
        || (int64_t) ngx_current_msec >= provider->copy->usable_until)
    {
        return 0;
    }

    store = provider->zone->store;
    generation = provider->copy_stored.generation;

    if (generation == NGX_HTTP_OAUTH_TOKEN_NOT_STORED) {
        return 1;
    }

    if (generation == ngx_http_oauth_token_store_generation(store,
                                                provider->copy_stored.entry))
    {
        return 1;
    }

    if (ngx_http_oauth_token_store_known(store, provider->key)) {
        return 0;
    }

    /* evicted, the zone is too small: this worker keeps what it has */

    provider->copy_stored.generation = NGX_HTTP_OAUTH_TOKEN_NOT_STORED;

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

    token = ngx_http_oauth_token_create(provider, stored.len, log);
    if (token == NULL) {
        return NULL;
    }

    if (!ngx_http_oauth_token_store_copy(provider->zone->store, &stored,
                                         token->value.data))
    {
        ngx_http_oauth_token_release(token);
        return NULL;
    }

    token->usable_until = stored.usable_until;
    token->expires = stored.expires;

    ngx_http_oauth_token_store_touch(provider->zone->store, &stored,
                                     ngx_current_msec);

    ngx_http_oauth_token_keep(provider, key, token, &stored);

    return token;
}


ngx_int_t
ngx_http_oauth_token_drop(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_t *token, ngx_log_t *log)
{
    if (provider->copy != token) {
        return NGX_OK;
    }

    if ((int64_t) ngx_current_msec - token->born
        < NGX_HTTP_OAUTH_TOKEN_DROP_AGE)
    {
        return NGX_DECLINED;
    }

    if (provider->copy_stored.generation != NGX_HTTP_OAUTH_TOKEN_NOT_STORED) {
        ngx_http_oauth_token_store_end(provider->zone->store,
                                       &provider->copy_stored);
    }

    ngx_http_oauth_token_release(provider->copy);
    provider->copy = NULL;

    return NGX_OK;
}


void
ngx_http_oauth_token_keep(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, ngx_http_oauth_token_t *token,
    ngx_http_oauth_token_stored_t *stored)
{
    if (key != provider->key
        && ngx_memcmp(key, provider->key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN) != 0)
    {
        return;
    }

    ngx_http_oauth_token_release(provider->copy);

    token->refs++;

    provider->copy = token;
    provider->copy_stored = *stored;
}
