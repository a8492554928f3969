
/*
 * Row 4: put the headers on a request that goes upstream, take them off
 * again.
 *
 * The request gets a header list of its own; the client's is never changed,
 * since subrequests share it.  The record of it lives in the request's pool
 * and outlives r->ctx, which internal redirects clear.  While a token is on,
 * nginx's debug lines, which print headers, are silent.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_INJECT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_INJECT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Puts on the provider's inject_header and upstream headers.  The request
 * holds a reference to the token from here to its end.  slots may be NULL
 * when the provider has none.
 */
ngx_int_t ngx_http_oauth_token_inject(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    ngx_http_oauth_token_t *token, ngx_uint_t log_secrets);

/* gives the client's own headers back; nothing when there is nothing on */
void ngx_http_oauth_token_inject_undo(ngx_http_request_t *r);


#endif /* _NGX_HTTP_OAUTH_TOKEN_INJECT_H_INCLUDED_ */
