
/*
 * Row 6: a flight and what it is about: the attempt that it makes here, or
 * the other's that it watches.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TRIP_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TRIP_H_INCLUDED_


#include "ngx_http_oauth_token_effort.h"
#include "ngx_http_oauth_token_want.h"


typedef struct {
    ngx_http_oauth_token_flight_t     flight;    /* first */
    ngx_http_oauth_token_wait_t      *wait;
    ngx_http_oauth_token_attempt_t    attempt;   /* ours, or one to watch */
    ngx_http_oauth_token_effort_t     effort;
    unsigned                          fetching:1;  /* here */
    unsigned                          background:1;  /* begun for nobody */
    ngx_str_t                         slots[1];
} ngx_http_oauth_token_trip_t;


/* one that nobody waits for yet; slots are copied; NULL: no memory */
ngx_http_oauth_token_trip_t *ngx_http_oauth_token_trip_open(
    ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    const u_char *key);

/* wipes and frees it; all that waited have left */
void ngx_http_oauth_token_trip_close(ngx_http_oauth_token_trip_t *trip);

/* its claim was had: fetches; the trip may be over when this returns */
void ngx_http_oauth_token_trip_fetch(ngx_http_oauth_token_trip_t *trip);

/*
 * A request waits.  While requests fail, one fetch that hangs must not be all
 * that is tried.
 */
void ngx_http_oauth_token_trip_hurry(ngx_http_oauth_token_trip_t *trip);

/* looks how the claim stands that it watches, for wait */
void ngx_http_oauth_token_trip_look(ngx_http_oauth_token_flight_t *flight);

/* the worker ends: wipes and frees those that nobody waits for */
void ngx_http_oauth_token_trip_end(ngx_http_oauth_token_wait_t *wait);


#endif /* _NGX_HTTP_OAUTH_TOKEN_TRIP_H_INCLUDED_ */
