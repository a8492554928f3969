
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_renewal.h"

#include "ngx_http_oauth_token_request.h"
#include "ngx_http_oauth_token_secret.h"


/* one whose end the provider has not stated serves until it is refused */
#define NGX_HTTP_OAUTH_TOKEN_RENEWAL_UNTIL  (INT64_MAX / 2)


static void ngx_http_oauth_token_renewal_key(u_char *key, u_char *dst);


/* that of the token, and no other's: hashes have no neighbours */

static void
ngx_http_oauth_token_renewal_key(u_char *key, u_char *dst)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_KEY_LEN; i++) {
        dst[i] = (u_char) ~key[i];
    }
}


void
ngx_http_oauth_token_renewal_find(ngx_http_oauth_token_provider_t *provider,
    u_char *key, ngx_str_t *refresh)
{
    u_char                          own[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_http_oauth_token_store_t   *store;
    ngx_http_oauth_token_stored_t   stored;

    ngx_str_null(refresh);

    store = provider->zone->store;

    ngx_http_oauth_token_renewal_key(key, own);

    if (!ngx_http_oauth_token_request_refreshable(provider)
        || !ngx_http_oauth_token_store_find(store, own, ngx_current_msec,
                                            &stored))
    {
        return;
    }

    refresh->data = ngx_http_oauth_token_secret_alloc(stored.len);
    if (refresh->data == NULL) {
        return;
    }

    refresh->len = stored.len;

    if (!ngx_http_oauth_token_store_copy(store, &stored, refresh->data)) {
        ngx_http_oauth_token_renewal_wipe(refresh);
        return;
    }

    ngx_http_oauth_token_store_touch(store, &stored, ngx_current_msec);
}


void
ngx_http_oauth_token_renewal_wipe(ngx_str_t *refresh)
{
    ngx_http_oauth_token_secret_free(refresh->data);
    ngx_str_null(refresh);
}


void
ngx_http_oauth_token_renewal_save(ngx_http_oauth_token_provider_t *provider,
    u_char *key, ngx_http_oauth_token_result_t *result)
{
    u_char                         own[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    int64_t                        lifetime;
    ngx_http_oauth_token_fresh_t   fresh;
    ngx_http_oauth_token_errand_t  errand;

    if (result->refresh == NULL
        || !ngx_http_oauth_token_request_refreshable(provider))
    {
        return;
    }

    ngx_http_oauth_token_renewal_key(key, own);

    ngx_memzero(&errand, sizeof(ngx_http_oauth_token_errand_t));

    errand.key = own;
    errand.group = provider->group;
    errand.kind = NGX_HTTP_OAUTH_TOKEN_KIND_REFRESH;
    errand.now = ngx_current_msec;

    ngx_memzero(&fresh, sizeof(ngx_http_oauth_token_fresh_t));

    fresh.data = (u_char *) result->refresh;
    fresh.len = result->refresh_len;
    fresh.usable_until = NGX_HTTP_OAUTH_TOKEN_RENEWAL_UNTIL;

    lifetime = result->refresh_lifetime;

    if (lifetime >= 0) {
        fresh.usable_until = ngx_current_msec + lifetime
                             - ngx_http_oauth_token_leeway(lifetime, -1);
    }

    fresh.refresh_at = fresh.usable_until;
    fresh.expires = fresh.usable_until;

    /* without room the configured grant will do */

    (void) ngx_http_oauth_token_store_save(provider->zone->store, &errand,
                                           &fresh);
}


void
ngx_http_oauth_token_renewal_drop(ngx_http_oauth_token_provider_t *provider,
    u_char *key)
{
    u_char  own[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];

    ngx_http_oauth_token_renewal_key(key, own);

    (void) ngx_http_oauth_token_store_drop(provider->zone->store, own, NULL,
                                           ngx_current_msec, 0);
}
