
/*
 * Row 1: who waits in this worker, for which key, and who wakes them.
 *
 * All that wait for one key sit in one flight.  The truth about a flight is
 * in the store; an eventfd a worker is only a hint to look there.  A hint may
 * be lost (the workers of an old and a new configuration do not share theirs,
 * and a dead worker gives none), so while there are flights they are looked
 * at every 250 ms as well, and every waiter has a timer of its own.
 *
 * No lock, no allocation: flights and waiters are parts of larger structures
 * of the caller, who frees them after they were closed and left.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_WAIT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_WAIT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_http_oauth_token_store.h"


/*
 * How long a dead worker's claim may go unnoticed, ms.  A look costs a few
 * loads and one kill(pid, 0) for each flight.
 */
#define NGX_HTTP_OAUTH_TOKEN_WAIT_POLL  250

/*
 * So many that were woken go on in one turn of the event loop: each opens a
 * connection, some 50 us, and thousands may have waited.  What comes back of
 * the first ones is seen to before the next ones go.
 */
#define NGX_HTTP_OAUTH_TOKEN_WAIT_STEP  16


typedef struct ngx_http_oauth_token_flight_s  ngx_http_oauth_token_flight_t;
typedef struct ngx_http_oauth_token_waiter_s  ngx_http_oauth_token_waiter_t;


struct ngx_http_oauth_token_flight_s {
    ngx_str_node_t                  node;      /* str is the key below */
    ngx_queue_t                     queue;     /* all flights */
    ngx_queue_t                     waiters;
    ngx_uint_t                      nwaiters;
    u_char                          key[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
};


struct ngx_http_oauth_token_waiter_s {
    ngx_queue_t                     queue;     /* of the flight, or woken */
    ngx_event_t                     timer;
    ngx_http_oauth_token_flight_t  *flight;    /* NULL: left, or woken */

    /* called once, from the event loop, after a wake or when time is over */
    void                          (*handler)(
                                        ngx_http_oauth_token_waiter_t *waiter);
    unsigned                        timedout:1;
    unsigned                        woken:1;
};


typedef struct {
    ngx_rbtree_t                    flights;
    ngx_rbtree_node_t               sentinel;
    ngx_queue_t                     queue;
    ngx_event_t                     poll;
    ngx_queue_t                     woken;     /* waiters, to be called */
    ngx_event_t                     wake;
    ngx_socket_t                   *fds;       /* one a worker */
    ngx_uint_t                      nfds;

    /* looks at a flight, and may close it */
    void                          (*look)(
                                        ngx_http_oauth_token_flight_t *flight);
} ngx_http_oauth_token_wait_t;


/* once a configuration, in the master: makes the eventfds */
ngx_int_t ngx_http_oauth_token_wait_init_module(ngx_cycle_t *cycle,
    ngx_http_oauth_token_wait_t *wait);

/* once a worker */
ngx_int_t ngx_http_oauth_token_wait_init_process(ngx_cycle_t *cycle,
    ngx_http_oauth_token_wait_t *wait);

/* tells all other workers that the store has news */
void ngx_http_oauth_token_wait_notify(ngx_http_oauth_token_wait_t *wait);

/* NULL: there is none */
ngx_http_oauth_token_flight_t *ngx_http_oauth_token_wait_find(
    ngx_http_oauth_token_wait_t *wait, const u_char *key);

/* flight->key is set */
void ngx_http_oauth_token_wait_open(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_flight_t *flight);

/* the waiters have left before */
void ngx_http_oauth_token_wait_close(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_flight_t *flight);

/* handler is set; timeout in ms */
void ngx_http_oauth_token_wait_join(ngx_http_oauth_token_flight_t *flight,
    ngx_http_oauth_token_waiter_t *waiter, ngx_msec_t timeout,
    ngx_log_t *log);

/*
 * Takes the waiter out of its flight and has its handler called soon, from
 * the event loop and never from here; those of a flight in their order.
 */
void ngx_http_oauth_token_wait_wake(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_waiter_t *waiter);

/* the waiter goes for good, its handler is not called; may be repeated */
void ngx_http_oauth_token_wait_leave(ngx_http_oauth_token_waiter_t *waiter);


#endif /* _NGX_HTTP_OAUTH_TOKEN_WAIT_H_INCLUDED_ */
