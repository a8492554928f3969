
/*
 * Row 2: whether the header of an answer to a token request says in one way
 * only where its body ends (RFC 9112, section 6.3).
 *
 * Older nginx takes the last length of several, chunks before any length, and
 * what is no number as none; two that read such an answer may disagree about
 * where it ends.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_FRAMING_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_FRAMING_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* at most one header of the two, with a value that is understood */
ngx_uint_t ngx_http_oauth_token_framing_sound(ngx_http_upstream_t *u);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FRAMING_H_INCLUDED_ */
