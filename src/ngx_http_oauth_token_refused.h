
/*
 * Row 7: what the answer of an upstream says about the token that it got, and
 * whether its request may be sent a second time.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_REFUSED_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_REFUSED_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Whether the header that was just parsed has a status of oauth_token_retry
 * and is about the token: not when it challenges for another scheme, or for
 * more rights than the token has.
 */
ngx_uint_t ngx_http_oauth_token_refused(ngx_http_request_t *r);

/* whether all of the request can be sent again, and does no harm then */
ngx_uint_t ngx_http_oauth_token_refused_repeats(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_REFUSED_H_INCLUDED_ */
