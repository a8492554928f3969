
/*
 * Row 3: whether what a provider says repeats what only it should know.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_LEAK_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_LEAK_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Whether the text, NUL-terminated, holds the client's secret or another value
 * that was sent, as it is, form-urlencoded or in Basic credentials, or ends
 * with the beginning of one.  Values of less than four bytes do not count, any
 * text may hold them.  refresh: the refresh token that was sent, or NULL.
 */
ngx_uint_t ngx_http_oauth_token_leak(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    ngx_str_t *refresh, const char *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_LEAK_H_INCLUDED_ */
