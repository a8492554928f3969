
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_seek.h"

#include "ngx_http_oauth_token_discovery.h"


static void ngx_http_oauth_token_seek_place(ngx_http_oauth_token_seek_t *seek);
static void ngx_http_oauth_token_seek_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static ngx_msec_int_t ngx_http_oauth_token_seek_left(
    ngx_http_oauth_token_seek_t *seek);


void
ngx_http_oauth_token_seek_start(ngx_http_oauth_token_seek_t *seek)
{
    if (ngx_http_oauth_token_discovery_find(seek->provider, &seek->uri)
        == NGX_OK)
    {
        seek->done(seek->data, NULL, NULL);
        return;
    }

    ngx_http_oauth_token_seek_place(seek);
}


static void
ngx_http_oauth_token_seek_place(ngx_http_oauth_token_seek_t *seek)
{
    ngx_str_t                      none;
    ngx_msec_int_t                 left;
    ngx_http_oauth_token_order_t   order;
    ngx_http_oauth_token_result_t  result;

    left = ngx_http_oauth_token_seek_left(seek);

    if (seek->uri.len) {

        /* there must be time for the token still */

        left /= 4;
    }

    ngx_memzero(&order, sizeof(ngx_http_oauth_token_order_t));

    if (seek->second) {
        order.uri = &seek->provider->metadata_uri;
    }

    if (ngx_http_oauth_token_fetch(seek->provider->metadata, &order, left,
                                   ngx_http_oauth_token_seek_fetched, seek,
                                   &seek->fetch)
        == NGX_OK)
    {
        return;
    }

    ngx_str_null(&none);

    ngx_http_oauth_token_result_failed(&result, NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                                       "internal");
    ngx_http_oauth_token_seek_fetched(seek, &result, &none);
}


static void
ngx_http_oauth_token_seek_fetched(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_http_oauth_token_seek_t *seek = data;

    int  status;

    seek->fetch = NULL;
    status = result->status;

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_OK
        && ngx_http_oauth_token_discovery_keep(seek->provider, result,
                                               &seek->uri)
           == NGX_OK)
    {
        seek->done(seek->data, NULL, NULL);
        return;
    }

    /* who is out of order has not said that they are not there */

    if (!seek->second && status >= 200 && status < 500 && status != 429
        && ngx_http_oauth_token_seek_left(seek) > 0)
    {
        seek->second = 1;
        ngx_http_oauth_token_seek_place(seek);
        return;
    }

    if (seek->uri.len) {

        /* what was known serves, when there is nothing new */

        ngx_http_oauth_token_discovery_defer(seek->provider, &seek->uri);
        seek->done(seek->data, NULL, NULL);
        return;
    }

    seek->done(seek->data, result, challenge);
}


static ngx_msec_int_t
ngx_http_oauth_token_seek_left(ngx_http_oauth_token_seek_t *seek)
{
    return (ngx_msec_int_t) (seek->until - ngx_current_msec);
}


void
ngx_http_oauth_token_seek_end(ngx_http_oauth_token_seek_t *seek)
{
    ngx_http_oauth_token_fetch_t  *fetch;

    if (seek->uri.data) {
        ngx_free(seek->uri.data);
        ngx_str_null(&seek->uri);
    }

    if (seek->fetch) {
        fetch = seek->fetch;
        seek->fetch = NULL;

        ngx_http_oauth_token_fetch_cancel(fetch);
    }
}
