
/*
 * Row 4: what a token request means for all workers: a claim in the store, then
 * a token or a failure there, and a line in the log.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ATTEMPT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ATTEMPT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* a token request, seen from the store */
typedef struct {
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_claim_t      claim;
    ngx_str_t                        *slots;
    u_char                           *key;
    ngx_uint_t                        patient;   /* no request waits for it */
    ngx_msec_t                        tried;     /* the request was sent */

    /* takes the place of the configured grant; empty: there is none */
    ngx_str_t                         refresh;   /* see renewal */
} ngx_http_oauth_token_attempt_t;


/*
 * Claims the key.  NGX_OK: it is to be fetched here; NGX_AGAIN: somebody else
 * does, attempt->claim is the one to watch, or the store was busy, its id is 0
 * and the next look will tell; NGX_DONE: there is a token; NGX_DECLINED:
 * *failure.
 */
ngx_int_t ngx_http_oauth_token_attempt_claim(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure);

/* whether the attempts before this one have failed */
ngx_uint_t ngx_http_oauth_token_attempt_failing(
    ngx_http_oauth_token_attempt_t *attempt);

/*
 * Stores the token of a good result.  Returns a reference to it, which is
 * there even if the store has no room; NULL: *result is a failure now, no
 * memory or a token that had ended before it came.
 */
ngx_http_oauth_token_t *ngx_http_oauth_token_attempt_succeed(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result);

/* for the parts above: what the store is told, and where to log */
void ngx_http_oauth_token_attempt_errand(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_errand_t *errand);
ngx_log_t *ngx_http_oauth_token_attempt_log(
    ngx_http_oauth_token_provider_t *p);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ATTEMPT_H_INCLUDED_ */
