
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_discovery.h"


/* metadata are looked for anew after a day, ms */
#define NGX_HTTP_OAUTH_TOKEN_DISCOVERY_FRESH  86400000LL

/* after a failure they are looked for again in five minutes, ms */
#define NGX_HTTP_OAUTH_TOKEN_DISCOVERY_AGAIN  300000LL

/* and serve on for so long, ms, when they cannot be had: a week */
#define NGX_HTTP_OAUTH_TOKEN_DISCOVERY_LAST   (7 * 86400000LL)

/* a path and query of that many bytes is no endpoint's */
#define NGX_HTTP_OAUTH_TOKEN_DISCOVERY_MAX    2048


static void ngx_http_oauth_token_discovery_save(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *uri, int64_t again,
    int64_t last);
static ngx_int_t ngx_http_oauth_token_discovery_path(
    ngx_http_oauth_token_provider_t *provider, u_char *url, size_t len,
    ngx_str_t *uri);
static size_t ngx_http_oauth_token_discovery_origin(
    ngx_http_oauth_token_provider_t *provider, u_char *url, size_t len);


ngx_int_t
ngx_http_oauth_token_discovery_find(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *uri)
{
    ngx_http_oauth_token_store_t   *store;
    ngx_http_oauth_token_stored_t   stored;

    ngx_str_null(uri);

    store = provider->zone->store;

    if (!ngx_http_oauth_token_store_find(store, provider->metadata->key,
                                         ngx_current_msec, &stored))
    {
        return NGX_DECLINED;
    }

    uri->data = ngx_alloc(stored.len, ngx_cycle->log);

    if (uri->data == NULL
        || !ngx_http_oauth_token_store_copy(store, &stored, uri->data))
    {
        return NGX_DECLINED;
    }

    uri->len = stored.len;

    ngx_http_oauth_token_store_touch(store, &stored, ngx_current_msec);

    return (int64_t) ngx_current_msec < stored.refresh_at ? NGX_OK : NGX_AGAIN;
}


ngx_int_t
ngx_http_oauth_token_discovery_keep(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_result_t *result, ngx_str_t *uri)
{
    if (ngx_http_oauth_token_discovery_path(provider, (u_char *) result->token,
                                            result->token_len, uri)
        != NGX_OK)
    {
        ngx_http_oauth_token_result_free(result);
        ngx_http_oauth_token_result_failed(result,
                                           NGX_HTTP_OAUTH_TOKEN_UNUSABLE,
                                           "other_host");
        return NGX_DECLINED;
    }

    ngx_http_oauth_token_discovery_save(provider, uri,
                                        NGX_HTTP_OAUTH_TOKEN_DISCOVERY_FRESH,
                                        ngx_current_msec
                                        + NGX_HTTP_OAUTH_TOKEN_DISCOVERY_LAST);
    return NGX_OK;
}


void
ngx_http_oauth_token_discovery_defer(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *uri)
{
    ngx_http_oauth_token_stored_t  stored;

    /* another worker may have had an answer meanwhile */

    if (!ngx_http_oauth_token_store_find(provider->zone->store,
                                         provider->metadata->key,
                                         ngx_current_msec, &stored)
        || (int64_t) ngx_current_msec < stored.refresh_at)
    {
        return;
    }

    ngx_http_oauth_token_discovery_save(provider, uri,
                                        NGX_HTTP_OAUTH_TOKEN_DISCOVERY_AGAIN,
                                        stored.usable_until);
}


/* again: ms from now; without room it is looked for each time */

static void
ngx_http_oauth_token_discovery_save(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *uri, int64_t again, int64_t last)
{
    ngx_http_oauth_token_fresh_t   fresh;
    ngx_http_oauth_token_errand_t  errand;

    ngx_memzero(&errand, sizeof(ngx_http_oauth_token_errand_t));

    errand.key = provider->metadata->key;
    errand.group = provider->metadata->group;
    errand.kind = NGX_HTTP_OAUTH_TOKEN_KIND_METADATA;
    errand.now = ngx_current_msec;

    ngx_memzero(&fresh, sizeof(ngx_http_oauth_token_fresh_t));

    fresh.data = uri->data;
    fresh.len = uri->len;
    fresh.refresh_at = ngx_current_msec + again;
    fresh.usable_until = last;
    fresh.expires = last;

    (void) ngx_http_oauth_token_store_save(provider->zone->store, &errand,
                                           &fresh);
}


/* path and query of the URL, if it is at the issuer's origin */

static ngx_int_t
ngx_http_oauth_token_discovery_path(ngx_http_oauth_token_provider_t *provider,
    u_char *url, size_t len, ngx_str_t *uri)
{
    size_t  skip;

    skip = ngx_http_oauth_token_discovery_origin(provider, url, len);

    if (skip == 0 || url[skip] != '/'
        || len - skip > NGX_HTTP_OAUTH_TOKEN_DISCOVERY_MAX
        || ngx_strlchr(url, url + len, '#'))
    {
        return NGX_DECLINED;
    }

    /* it was made by malloc(), this is not */

    if (uri->data) {
        ngx_free(uri->data);
        ngx_str_null(uri);
    }

    uri->data = ngx_alloc(len - skip, ngx_cycle->log);

    if (uri->data == NULL) {
        return NGX_DECLINED;
    }

    uri->len = len - skip;
    ngx_memcpy(uri->data, url + skip, uri->len);

    return NGX_OK;
}


/* the length of the origin, with a port that goes without saying; 0: another */

static size_t
ngx_http_oauth_token_discovery_origin(
    ngx_http_oauth_token_provider_t *provider, u_char *url, size_t len)
{
    size_t      n;
    ngx_str_t   port;
    ngx_str_t  *scheme, *host;

    scheme = &provider->scheme;
    host = &provider->host;
    n = scheme->len + host->len;

    if (len <= n
        || ngx_strncasecmp(url, scheme->data, scheme->len) != 0
        || ngx_strncasecmp(url + scheme->len, host->data, host->len) != 0)
    {
        return 0;
    }

    if (scheme->len == sizeof("https://") - 1) {
        ngx_str_set(&port, ":443");

    } else {
        ngx_str_set(&port, ":80");
    }

    if (len > n + port.len && ngx_strncmp(url + n, port.data, port.len) == 0) {
        n += port.len;
    }

    return n;
}
