
/*
 * Row 3: the hidden server and the provider locations in it, where nginx's
 * own proxy module does the HTTP and TLS of token requests.
 *
 * The server has no listen directive, so that no client can reach it, and
 * each of its locations is exact and internal.  ngx_http_merge_servers() then
 * merges it for every module with http{} as its parent, wherever in http{}
 * the provider's block stands.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ENDPOINT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ENDPOINT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Makes the provider's location, provider->ctx, and the server when it is the
 * first.  All but the name of the provider may still be unknown.
 */
ngx_int_t ngx_http_oauth_token_endpoint_create(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ENDPOINT_H_INCLUDED_ */
