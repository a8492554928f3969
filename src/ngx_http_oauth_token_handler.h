
/*
 * Row 7: what happens to a request that wants a token.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_HANDLER_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_HANDLER_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* PRECONTENT: no client without access costs a token */
ngx_int_t ngx_http_oauth_token_handler(ngx_http_request_t *r);

/*
 * SERVER_REWRITE and REWRITE, where an internal redirect begins anew: takes a
 * token off that belongs to the location before.
 */
ngx_int_t ngx_http_oauth_token_redirected(ngx_http_request_t *r);


#endif /* _NGX_HTTP_OAUTH_TOKEN_HANDLER_H_INCLUDED_ */
