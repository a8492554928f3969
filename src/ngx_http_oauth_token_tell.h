
/*
 * Row 4: what the log says of a fetch: one line for each.
 *
 *     <what happened> while <doing>, name: value, ...
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TELL_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TELL_H_INCLUDED_


#include "ngx_http_oauth_token_attempt.h"


/* at level info; begun: when the fetch was */
void ngx_http_oauth_token_tell_fetched(
    ngx_http_oauth_token_attempt_t *attempt, ngx_http_oauth_token_t *token,
    ngx_msec_t begun);

/*
 * At level warn when a token still serves, else error; pause: ms until the
 * next try.  What result says was masked by the caller.  At most one line in a
 * second for a key; the next one has the number of those left out.
 */
void ngx_http_oauth_token_tell_failed(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, int64_t pause);

/* at level notice: the provider has refused the refresh token */
void ngx_http_oauth_token_tell_refresh(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result);


#endif /* _NGX_HTTP_OAUTH_TOKEN_TELL_H_INCLUDED_ */
