
#include "ngx_http_oauth_token_token.h"

#include "ngx_http_oauth_token_secret.h"


static ngx_inline ngx_uint_t ngx_http_oauth_token_live(
    ngx_http_oauth_token_stored_t *stored);
static ngx_inline ngx_uint_t ngx_http_oauth_token_copy_good(
    ngx_http_oauth_token_provider_t *provider);
static ngx_uint_t ngx_http_oauth_token_copy_stays(
    ngx_http_oauth_token_provider_t *provider);
static void ngx_http_oauth_token_touch(
    ngx_http_oauth_token_provider_t *provider, ngx_http_oauth_token_t *token);
static ngx_http_oauth_token_outline ngx_http_oauth_token_t *
    ngx_http_oauth_token_read(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, ngx_log_t *log);
static void ngx_http_oauth_token_end(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, ngx_http_oauth_token_stored_t *stored, ngx_log_t *log);


int64_t
ngx_http_oauth_token_wall(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + tp->msec;
}


ngx_uint_t
ngx_http_oauth_token_usable(ngx_http_oauth_token_stored_t *stored)
{
    return ngx_http_oauth_token_live(stored);
}


static ngx_inline ngx_uint_t
ngx_http_oauth_token_live(ngx_http_oauth_token_stored_t *stored)
{
    return (int64_t) ngx_current_msec < stored->usable_until
           && ngx_http_oauth_token_wall() - NGX_HTTP_OAUTH_TOKEN_CLOCKS_APART
              < stored->wall_until;
}


ngx_http_oauth_token_t *
ngx_http_oauth_token_create(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, size_t len, ngx_log_t *log)
{
    u_char                  *p;
    size_t                   size;
    ngx_http_oauth_token_t  *token;

    size = provider->inject_prefix.len + len + provider->inject_suffix.len;

    token = ngx_http_oauth_token_secret_alloc(sizeof(ngx_http_oauth_token_t)
                                              + size);
    if (token == NULL) {
        return NULL;
    }

    token->refs = 1;
    token->refused = 0;
    token->touched = 0;
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

    if (suffix->len == 0 && provider->rules.captures[0].name == NULL) {
        token->header.len = provider->inject_prefix.len + token->value.len;
        return;
    }

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

    ngx_http_oauth_token_secret_free(token);
}


ngx_http_oauth_token_t *
ngx_http_oauth_token_lookup(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, ngx_log_t *log)
{
    ngx_http_oauth_token_t  *copy;

    if (key != provider->key || !ngx_http_oauth_token_copy_good(provider)) {
        return ngx_http_oauth_token_read(provider, key, log);
    }

    copy = provider->copy;

    if ((int64_t) ngx_current_msec - copy->touched
        >= NGX_HTTP_OAUTH_TOKEN_STORE_TOUCH)
    {
        ngx_http_oauth_token_touch(provider, copy);
    }

    copy->refs++;

    return copy;
}


static void
ngx_http_oauth_token_touch(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_t *token)
{
    token->touched = ngx_current_msec;

    if (token->stored.generation != NGX_HTTP_OAUTH_TOKEN_NOT_STORED) {
        ngx_http_oauth_token_store_touch(provider->zone->store, &token->stored,
                                         ngx_current_msec);
    }
}


static ngx_inline ngx_uint_t
ngx_http_oauth_token_copy_good(ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_t  *copy;

    copy = provider->copy;

    if (copy == NULL || !ngx_http_oauth_token_live(&copy->stored)) {
        return 0;
    }

    return __atomic_load_n(copy->watched, __ATOMIC_ACQUIRE)
           == copy->stored.generation
           || ngx_http_oauth_token_copy_stays(provider);
}


/* though the store has something else under its key, or nothing */

static ngx_uint_t
ngx_http_oauth_token_copy_stays(ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_t        *copy;
    ngx_http_oauth_token_store_t  *store;

    copy = provider->copy;
    store = provider->zone->store;

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

    if (!ngx_http_oauth_token_usable(&stored)) {
        ngx_http_oauth_token_end(provider, key, &stored, log);
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
    ngx_http_oauth_token_touch(provider, token);

    ngx_http_oauth_token_keep(provider, token);

    return token;
}


/* by the wall clock: what the store does not know, it is told */

static void
ngx_http_oauth_token_end(ngx_http_oauth_token_provider_t *provider,
    const u_char *key, ngx_http_oauth_token_stored_t *stored, ngx_log_t *log)
{
    static ngx_msec_t  told;

    if (ngx_http_oauth_token_store_drop(provider->zone->store, key, stored,
                                        ngx_current_msec, 0)
        != NGX_HTTP_OAUTH_TOKEN_STORE_OK
        || (told && ngx_current_msec - told < NGX_HTTP_OAUTH_TOKEN_CLOCKS_TOLD))
    {
        return;
    }

    told = ngx_current_msec;

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "access tokens have ended early while the wall clock is "
                  "ahead of the monotonic one, provider: \"%V\"",
                  &provider->name);
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
    token->watched = ngx_http_oauth_token_store_watch(provider->zone->store,
                                                      token->stored.entry);

    ngx_http_oauth_token_forget(provider);

    provider->copy = token;
}


void
ngx_http_oauth_token_forget(ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_release(provider->copy);

    provider->copy = NULL;
}


void
ngx_http_oauth_token_tidy(ngx_http_oauth_token_provider_t *provider)
{
    if (!ngx_http_oauth_token_copy_good(provider)) {
        ngx_http_oauth_token_forget(provider);
    }
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
