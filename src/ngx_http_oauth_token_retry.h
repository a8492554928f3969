
/*
 * Row 8: once more with a fresh token, when the upstream refuses the one that
 * it got.
 *
 * What an answer means is known when its header has been parsed, before nginx
 * looks for error_page, a next upstream or a stale answer: the upstream's
 * process_header is wrapped.  The answer is then taken out of its way by the
 * header filter, and the request runs its content handler again; no phase
 * before that (mirror, try_files) runs twice.
 *
 *      process_header ----> header filter ----> posted request
 *      drops the token,     ends the upstream   asks for a token, waits,
 *      decides              without an answer   puts it on, or gives an error
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_RETRY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_RETRY_H_INCLUDED_


#include "ngx_http_oauth_token_ctx.h"


/* runs the location's own content handler, and watches its upstream */
ngx_int_t ngx_http_oauth_token_retry_content(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);

/*
 * For the header filter, when ctx->retry.before is set.  NGX_OK: this answer
 * goes on to the client; otherwise the filter returns what is returned here.
 */
ngx_int_t ngx_http_oauth_token_retry_filter(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);


#endif /* _NGX_HTTP_OAUTH_TOKEN_RETRY_H_INCLUDED_ */
