
/*
 * Row 4: one token request, from its start to its result.
 *
 * It runs as a subrequest in the provider's hidden location, under a parent
 * of its own that belongs to no client, so that nobody who leaves can stop
 * it.  Our filters take the answer before any other filter sees it.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_FETCH_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_FETCH_H_INCLUDED_


#include "ngx_http_oauth_token_request.h"


/* a running fetch */
typedef struct ngx_http_oauth_token_fetch_s  ngx_http_oauth_token_fetch_t;


/*
 * Called once, with what has become of the request.  The result's tokens are
 * wiped when it returns; challenge is empty unless the outcome is CHALLENGED.
 */
typedef void (*ngx_http_oauth_token_fetch_pt)(void *data,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);


/*
 * Starts a token request.  order is only used during the call.  Gives up after
 * timeout, ms; done may be called before this returns.
 *
 * fetch: NULL, or where to put the running fetch.  It is set before done can be
 * called, and nothing any more once done was.
 *
 * NGX_ERROR: it could not be started (no memory, no connection); NGX_DECLINED:
 * it may not be sent (a value cannot stand in a header).  done is not called,
 * *fetch is not set.
 */
ngx_int_t ngx_http_oauth_token_fetch(
    ngx_http_oauth_token_provider_t *provider,
    const ngx_http_oauth_token_order_t *order, ngx_msec_t timeout,
    ngx_http_oauth_token_fetch_pt done, void *data,
    ngx_http_oauth_token_fetch_t **fetch);

/*
 * Gives a running fetch up: done will not be called, and all
 * of it is wiped and closed before the event loop waits again.  May be called
 * anywhere, from the done of another fetch too; what that one is called from
 * (nginx's resolver, say) may still have this one in its hands.
 */
void ngx_http_oauth_token_fetch_cancel(ngx_http_oauth_token_fetch_t *fetch);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FETCH_H_INCLUDED_ */
