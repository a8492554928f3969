
/*
 * Row 4: one token request, from its start to its result.
 *
 * It runs as a subrequest in the provider's hidden location, under a parent
 * of its own that belongs to no client, so that nobody who leaves can stop
 * it.  Our filters take the answer before any other filter sees it.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_FETCH_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_FETCH_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Called once, with what has become of the request.  The result's token is
 * wiped when it returns; challenge is empty unless the outcome is CHALLENGED.
 */
typedef void (*ngx_http_oauth_token_fetch_pt)(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);


/*
 * Starts a token request.  slots must live until done is called, which may be
 * before this returns.  Gives up after timeout, ms.
 *
 * NGX_ERROR: it could not be started (no memory, no connection); NGX_DECLINED:
 * it may not be sent (a value cannot stand in a header).  done is not called.
 */
ngx_int_t ngx_http_oauth_token_fetch(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    ngx_msec_t timeout, ngx_http_oauth_token_fetch_pt done, void *data);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FETCH_H_INCLUDED_ */
