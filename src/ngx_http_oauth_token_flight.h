
/*
 * Row 5: one fetch for all that want the same token.
 *
 * Those of this worker wait in one flight; over all workers, the claim in the
 * store says who fetches.  A flight either fetches here or watches somebody
 * else's claim, and takes the fetch over when that one is gone.  Its end,
 * whatever it is, reaches all that wait.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_FLIGHT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_FLIGHT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * So long nobody asks again after a failure, ms; Retry-After may make it
 * longer.
 */
#define NGX_HTTP_OAUTH_TOKEN_PAUSE  1000


typedef struct ngx_http_oauth_token_want_s  ngx_http_oauth_token_want_t;

/* a request that wants a token; the caller's, part of a larger structure */
struct ngx_http_oauth_token_want_s {
    ngx_http_oauth_token_waiter_t     waiter;
    ngx_http_oauth_token_provider_t  *provider;
    ngx_str_t                        *slots;
    ngx_pool_t                       *pool;      /* for error.challenge */
    ngx_log_t                        *log;

    /* from the event loop, after NGX_AGAIN */
    void                            (*handler)(
                                          ngx_http_oauth_token_want_t *want);

    /* one of the two: a reference, which is the caller's; or why there is
     * none, with an outcome that is not OK */
    ngx_http_oauth_token_t           *token;
    ngx_http_oauth_token_error_t      error;

    unsigned                          started:1; /* it caused the fetch */
};


/*
 * Wants a token.  NGX_OK: want->token; NGX_AGAIN: want->handler will be
 * called; NGX_DECLINED: want->error.
 */
ngx_int_t ngx_http_oauth_token_flight_want(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_want_t *want);

/* does not want it any more; the flight goes on */
void ngx_http_oauth_token_flight_leave(ngx_http_oauth_token_want_t *want);

/* looks at a flight, for wait */
void ngx_http_oauth_token_flight_look(ngx_http_oauth_token_flight_t *flight);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FLIGHT_H_INCLUDED_ */
