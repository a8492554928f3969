
/*
 * Row 3: query, headers and body of a token request.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_BODY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_BODY_H_INCLUDED_


#include "ngx_http_oauth_token_value.h"


/*
 * The URL of the token endpoint as it is asked, without its query: with its
 * variables, or where an issuer says it is.
 */
ngx_int_t ngx_http_oauth_token_body_endpoint(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *url);

/*
 * Sets the URI that r is proxied with: bindings->uri or the value, and pairs
 * added to its query.
 */
ngx_int_t ngx_http_oauth_token_body_uri(ngx_http_request_t *r,
    ngx_http_oauth_token_value_t *value,
    ngx_http_oauth_token_bindings_t *bindings, ngx_array_t *pairs);

/*
 * Adds a header.  NGX_DECLINED: the value cannot stand in one.  Name and value
 * are not copied.
 */
ngx_int_t ngx_http_oauth_token_body_header(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);

/*
 * Sets r->request_body; its one buffer is what $oauth_token_request_body
 * shows, which proxy_set_body asks for.  NGX_DECLINED: a value cannot be
 * written in this format.
 */
ngx_int_t ngx_http_oauth_token_body_set(ngx_http_request_t *r,
    ngx_uint_t format, ngx_array_t *pairs);


#endif /* _NGX_HTTP_OAUTH_TOKEN_BODY_H_INCLUDED_ */
