
/*
 * Row 4: an attempt that has failed: how long nobody asks again, what the store
 * and the log are told.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_FAILED_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_FAILED_H_INCLUDED_


#include "ngx_http_oauth_token_attempt.h"


/* stores and logs a bad one; fills *failure */
void ngx_http_oauth_token_failed(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge,
    ngx_http_oauth_token_failure_t *failure);

/*
 * The challenge that another worker's attempt has left, in memory of the
 * caller's, who frees detail->data unless it is NULL.
 */
void ngx_http_oauth_token_failed_detail(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *detail);

/* the provider does not take attempt->refresh: it is not used again */
void ngx_http_oauth_token_failed_refresh(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FAILED_H_INCLUDED_ */
