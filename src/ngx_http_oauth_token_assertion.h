
/*
 * Row 3: the JWTs of RFC 7523: the client's, and the one that is a grant or
 * goes where $oauth_token_assertion stands.
 *
 * Each is made and signed for one token request, with a "jti" of its own:
 * providers refuse one that they have seen before.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ASSERTION_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ASSERTION_H_INCLUDED_


#include "ngx_http_oauth_token_value.h"


/* what it is for */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_ASSERTION_CLIENT = 0,   /* client_assertion */
    NGX_HTTP_OAUTH_TOKEN_ASSERTION_GRANT         /* assertion, or named */
} ngx_http_oauth_token_assertion_e;


/* name and value of the parameter beside the client's, section 2.2 */
extern ngx_str_t  ngx_http_oauth_token_assertion_types[2];


/*
 * The provider's JWT, in pool.  The claims that the block gives belong to the
 * other one when there is such, else to the client's.  NGX_DECLINED: a value is
 * not UTF-8, or there is no secret to sign with; NGX_ERROR: no memory, no
 * randomness, no signature.
 */
ngx_int_t ngx_http_oauth_token_assertion(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_bindings_t *bindings,
    ngx_http_oauth_token_assertion_e what, ngx_str_t *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ASSERTION_H_INCLUDED_ */
