
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
 * The context of the directives inside oauth_provider{}: a bit that nginx
 * does not use, so that it says itself "not allowed here" anywhere else.
 */
#define NGX_HTTP_OAUTH_TOKEN_PROVIDER_CONF  0x00100000


/*
 * Makes the provider's location, provider->ctx, and the server when it is the
 * first.  All but the name of the provider may still be unknown.
 */
ngx_int_t ngx_http_oauth_token_endpoint_create(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_provider_t *provider);

/*
 * Runs the directive in cf->args as nginx would: ours with the provider as
 * its configuration, proxy_* and resolver* with the provider's location.  Logs
 * what is wrong; notes the name in provider->written.
 */
char *ngx_http_oauth_token_endpoint_directive(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);

/* whether the directive stands in the block */
ngx_uint_t ngx_http_oauth_token_endpoint_written(
    ngx_http_oauth_token_provider_t *provider, const char *name);

/*
 * Splits the URL into the provider's scheme, host and uri.  Logs what is
 * wrong, without the URL where it may hold a secret.
 */
ngx_int_t ngx_http_oauth_token_endpoint_url(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *url,
    ngx_uint_t insecure_http);

/*
 * Runs one of nginx's own directives, cf->args, in the provider's location,
 * as if it stood there; the same for all that a location may hold.
 */
char *ngx_http_oauth_token_endpoint_apply(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ENDPOINT_H_INCLUDED_ */
