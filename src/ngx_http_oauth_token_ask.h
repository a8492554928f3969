
/*
 * Row 6: asks for the token of a request, waits for it, puts it on, or tells
 * the client that there is none.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ASK_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ASK_H_INCLUDED_


#include "ngx_http_oauth_token_ctx.h"


/*
 * ctx->resume is set.  NGX_OK and NGX_DECLINED: settled; NGX_AGAIN: the
 * request waits, ctx->resume is called from the event loop when it is
 * settled; NGX_ERROR: it cannot wait.  The client is watched meanwhile.
 */
ngx_int_t ngx_http_oauth_token_ask(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);

/*
 * Of a settled one.  NGX_OK: the token is on; otherwise the status for the
 * client, whose headers are set.
 */
ngx_int_t ngx_http_oauth_token_ask_settle(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);

/*
 * Of one whose token is on, before it is sent: takes the latest token when
 * that one has ended.  NGX_ERROR: there is none at hand, it must not be sent.
 */
ngx_int_t ngx_http_oauth_token_ask_renew(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);

/* one more header of the answer; neither name nor value is copied */
ngx_int_t ngx_http_oauth_token_ask_header(ngx_http_request_t *r,
    const char *name, const ngx_str_t *value);

/* the status that an error means */
ngx_int_t ngx_http_oauth_token_ask_status(ngx_http_oauth_token_error_t *error);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ASK_H_INCLUDED_ */
