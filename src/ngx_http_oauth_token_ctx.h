
/*
 * Row 6: what the module knows of a request.
 *
 * It lives in the request's pool and is found again after an internal
 * redirect has cleared r->ctx, since variables are asked for until the end.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CTX_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CTX_H_INCLUDED_


#include "ngx_http_oauth_token_before.h"
#include "ngx_http_oauth_token_flight.h"
#include "ngx_http_oauth_token_inject.h"


/*
 *        +----------------------+
 *        |                      v
 *      START --> WAITING --> SETTLED --> DONE
 *                   ^           ^         |
 *                   +-----------+---------+  once more, see retry
 *
 * SETTLED: want.token or want.error is known.  DONE: the token is on, or the
 * error was given.
 */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_START = 0,
    NGX_HTTP_OAUTH_TOKEN_WAITING,
    NGX_HTTP_OAUTH_TOKEN_SETTLED,
    NGX_HTTP_OAUTH_TOKEN_DONE
} ngx_http_oauth_token_state_e;


/* see retry: the handlers of the request's upstream; NULL: not watched yet */
typedef struct {
    ngx_int_t                       (*create_request)(ngx_http_request_t *r);
    ngx_int_t                       (*process_header)(ngx_http_request_t *r);
    ngx_int_t                       (*reinit_request)(ngx_http_request_t *r);
    ngx_http_oauth_token_early_t      early;
    ngx_http_oauth_token_before_t    *before;      /* set while it is wanted */
    unsigned                          done:1;
} ngx_http_oauth_token_retry_t;


/* one allocation: all that a request with a token needs in memory */
typedef struct {
    ngx_http_oauth_token_want_t       want;        /* first */
    ngx_pool_cleanup_t                pool_cleanup;
    ngx_http_cleanup_t                cleanup;
    ngx_http_request_t               *request;
    ngx_http_oauth_token_state_e      state;
    ngx_http_event_handler_pt         resume;      /* after a wait */
    ngx_http_oauth_token_record_t     record;
    ngx_http_oauth_token_retry_t      retry;
    ngx_str_t                         status;      /* $..._cache_status */
    ngx_buf_t                        *sent;        /* to be wiped; or NULL */
    ngx_msec_t                        started;
    ngx_msec_t                        waited;      /* ms, of earlier waits */
    unsigned                          on:1;        /* the token is sent */
    unsigned                          clone:1;     /* see clone */
} ngx_http_oauth_token_ctx_t;


/* makes one and sets it for the request */
ngx_http_oauth_token_ctx_t *ngx_http_oauth_token_ctx_create(
    ngx_http_request_t *r, ngx_http_oauth_token_provider_t *provider);

/*
 * What goes upstream now: the buffer that has the token is wiped at the end of
 * the request, or when there is a new one.
 */
ngx_int_t ngx_http_oauth_token_ctx_sent(ngx_http_request_t *r,
    ngx_http_oauth_token_ctx_t *ctx);

/* gives the client's headers back, whichever context has put others on */
void ngx_http_oauth_token_ctx_undo(ngx_http_request_t *r);

/* the request's latest, or NULL */
ngx_http_oauth_token_ctx_t *ngx_http_oauth_token_ctx_find(
    ngx_http_request_t *r);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CTX_H_INCLUDED_ */
