
/*
 * Row 3: what a token request looks like: client authentication, parameters,
 * body, headers.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_REQUEST_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_REQUEST_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Puts method, URI, headers and body of the provider's token request into r,
 * which is about to be proxied.  slots: what the values that depend on the
 * client's request are, see value.  Everything is in r->pool.
 *
 * NGX_DECLINED: a value holds what cannot stand in a header, so that nothing
 * may be sent; NGX_ERROR: no memory or no randomness.
 */
ngx_int_t ngx_http_oauth_token_request_build(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots);


#endif /* _NGX_HTTP_OAUTH_TOKEN_REQUEST_H_INCLUDED_ */
