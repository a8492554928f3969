
/*
 * Row 3: the head of an answer to a token request, before and while nginx's
 * proxy reads it.
 *
 * Interim answers (RFC 9110, section 15.2), "100 Continue" or "103 Early
 * Hints", are passed over: the proxy takes one for the answer.  What nginx says
 * of a header that is none is not logged: it quotes it, and may quote a token.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_HEAD_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_HEAD_H_INCLUDED_


#include "ngx_http_oauth_token_capture.h"


/*
 * For the request of a fetch, when its content handler has run.  The context of
 * the request points to what captures its answer.
 */
void ngx_http_oauth_token_head_watch(ngx_http_request_t *r);


#endif /* _NGX_HTTP_OAUTH_TOKEN_HEAD_H_INCLUDED_ */
