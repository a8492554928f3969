
/*
 * Row 4: what the result of a token request means for all workers: a token or
 * a failure in the store, a line in the log.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PUBLISH_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PUBLISH_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * So long nobody asks again after a failure, ms; Retry-After may make it
 * longer.
 */
#define NGX_HTTP_OAUTH_TOKEN_PAUSE  1000


/* a token request, for those who judge its result */
typedef struct {
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_claim_t      claim;
    ngx_str_t                        *slots;
    u_char                           *key;
} ngx_http_oauth_token_attempt_t;


/*
 * Stores the token of a good result.  Returns a reference to it, which is
 * there even if the store has no room; NULL: no memory.
 */
ngx_http_oauth_token_t *ngx_http_oauth_token_publish(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result);

/* stores and logs a bad one; fills *failure */
void ngx_http_oauth_token_publish_failure(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge,
    ngx_http_oauth_token_failure_t *failure);

/*
 * The challenge that another worker's attempt has left, in memory of the
 * caller's, who frees detail->data unless it is NULL.
 */
void ngx_http_oauth_token_publish_detail(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *detail);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PUBLISH_H_INCLUDED_ */
