
/*
 * Row 6: one fetch for all that want the same token.
 *
 * Those of this worker wait in one flight; over all workers, the claim in the
 * store says who fetches.  A flight either fetches here or watches somebody
 * else's claim, and takes the fetch over when that one is gone.  Its end,
 * whatever it is, reaches all that wait.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_FLIGHT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_FLIGHT_H_INCLUDED_


#include "ngx_http_oauth_token_want.h"


/*
 * Wants a token.  NGX_OK: want->token; NGX_AGAIN: want->handler will be
 * called; NGX_DECLINED: want->error.
 */
ngx_int_t ngx_http_oauth_token_flight_want(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want);

/* the worker ends: wipes and frees the flights that nobody waits for */
void ngx_http_oauth_token_flight_end(ngx_http_oauth_token_wait_t *wait);

/* looks at a flight, for wait */
void ngx_http_oauth_token_flight_look(ngx_http_oauth_token_flight_t *flight);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FLIGHT_H_INCLUDED_ */
