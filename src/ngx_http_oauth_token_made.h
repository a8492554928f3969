
/*
 * Row 3: values with names, made for each token request, or for each request
 * that gets a token: the moment, what compute computes, what was captured, a
 * JWT.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_MADE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_MADE_H_INCLUDED_


#include "ngx_http_oauth_token_value.h"


/*
 * Makes those that are used, in memory of the pool, for bindings->named; with
 * the token for a request upstream.  bindings has all the rest already.
 * NGX_DECLINED: see assertion.
 */
ngx_int_t ngx_http_oauth_token_made_request(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_bindings_t *bindings);
ngx_int_t ngx_http_oauth_token_made_upstream(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_t *token,
    ngx_http_oauth_token_bindings_t *bindings);


#endif /* _NGX_HTTP_OAUTH_TOKEN_MADE_H_INCLUDED_ */
