
/*
 * Row 3: what a token request looks like: client authentication, parameters,
 * body, headers.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_REQUEST_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_REQUEST_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * What is not in the configuration.  slots: what the values that depend on the
 * client's request are, see slots.
 *
 * refresh NULL: the grant that is configured.  Otherwise a refresh token, for
 * the same request with "refresh_token" as its grant (RFC 6749, section 6).
 * The grant stays where it goes, body or query; the refresh token itself is
 * always in the body, never in a URL.  Client, headers and format are as they
 * are; scope and what else belongs to the configured grant are left out.
 *
 * uri NULL: path and query that are configured.  Otherwise others.
 */
typedef struct {
    ngx_str_t                        *slots;
    ngx_str_t                        *refresh;
    ngx_str_t                        *uri;
} ngx_http_oauth_token_order_t;


/*
 * Puts method, URI, headers and body of the provider's token request into r,
 * which is about to be proxied.  Everything is in r->pool.
 *
 * NGX_DECLINED: a value holds what cannot stand in a header, so that nothing
 * may be sent; NGX_ERROR: no memory or no randomness.
 */
ngx_int_t ngx_http_oauth_token_request_build(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider,
    const ngx_http_oauth_token_order_t *order);

/*
 * Whether a refresh token can be used at all: only where a request names its
 * grant ("grant_type none" has no grants to choose from) and has a body.
 */
ngx_uint_t ngx_http_oauth_token_request_refreshable(
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_REQUEST_H_INCLUDED_ */
