
/*
 * Row 5: a request that wants a token: how it waits, and what it is told when
 * there is none.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_WANT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_WANT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


typedef struct ngx_http_oauth_token_want_s  ngx_http_oauth_token_want_t;

/* of one that has to wait; few do, and its timers are large */
typedef struct {
    ngx_http_oauth_token_waiter_t     waiter;        /* first */
    ngx_http_oauth_token_want_t      *want;
} ngx_http_oauth_token_waiting_t;


/* a request that wants a token; the caller's, part of a larger structure */
struct ngx_http_oauth_token_want_s {
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_waiting_t   *waiting;   /* NULL: it never had to */
    ngx_str_t                        *slots;
    ngx_pool_t                       *pool;      /* the request's */
    ngx_log_t                        *log;

    /* from the event loop, after NGX_AGAIN */
    void                            (*handler)(
                                          ngx_http_oauth_token_want_t *want);

    /* one of the two: a reference, which is the caller's; or why there is
     * none, with an outcome that is not OK */
    ngx_http_oauth_token_t           *token;
    ngx_http_oauth_token_error_t      error;

    unsigned                          started:1; /* it caused the fetch */
    unsigned                          stale:1;   /* the refresh is due */
};


/* whose waiter it is */
#define ngx_http_oauth_token_want_of(w)                                       \
    (((ngx_http_oauth_token_waiting_t *) (w))->want)

/*
 * Waits for the end of a flight.  NGX_AGAIN; or NGX_DECLINED, want->error:
 * too many wait already, or there is no memory.
 */
ngx_int_t ngx_http_oauth_token_want_join(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_flight_t *flight);

/* does not want it any more; the flight goes on */
void ngx_http_oauth_token_want_leave(ngx_http_oauth_token_want_t *want);

/* the attempt it waited for has failed; challenge may be empty */
void ngx_http_oauth_token_want_failed(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *challenge);

/* an earlier attempt has failed, it is too soon for another */
void ngx_http_oauth_token_want_paused(ngx_http_oauth_token_want_t *want,
    ngx_http_oauth_token_failure_t *failure);

/*
 * No token for a reason of our own, the client may come again; retry in
 * seconds, 0: unknown.  Returns NGX_DECLINED.
 */
ngx_int_t ngx_http_oauth_token_want_refuse(ngx_http_oauth_token_want_t *want,
    const char *reason, time_t retry);


#endif /* _NGX_HTTP_OAUTH_TOKEN_WANT_H_INCLUDED_ */
