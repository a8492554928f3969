
/*
 * Row 6: one fetch for all that want the same token.
 *
 * Those of this worker wait in one flight; over all workers, the claim in the
 * store says who fetches.  A flight either fetches here or watches somebody
 * else's claim, and takes the fetch over when that one is gone.  Its end,
 * whatever it is, reaches all that wait.  In a flight that refreshes a token
 * which still serves nobody may wait.
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

/*
 * Fetches a token for nobody in particular, if it is time.  NGX_OK: it has
 * begun, and may be over; NGX_AGAIN: somebody is at it; NGX_DONE: there is no
 * need; NGX_DECLINED: *failure says until when not; NGX_ERROR: no memory.
 * slots: as those of a want.
 */
ngx_int_t ngx_http_oauth_token_flight_refresh(
    ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    const u_char *key, ngx_http_oauth_token_failure_t *failure);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FLIGHT_H_INCLUDED_ */
