
/*
 * Row 7: clones of a request that has a token.
 *
 * nginx makes them of a request under way (slice, background updates of a
 * cache).  They run no phase, they begin with the content handler, and with
 * the client's own headers.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CLONE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CLONE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * The content handler of requests with a token: puts it on clones, then calls
 * the location's own, which is ctx->content.
 */
ngx_int_t ngx_http_oauth_token_clone_content(ngx_http_request_t *r);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CLONE_H_INCLUDED_ */
