
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_wait.h"

#include <sys/eventfd.h>


static void ngx_http_oauth_token_wait_close_fds(void *data);
static void ngx_http_oauth_token_wait_hint(ngx_event_t *ev);
static void ngx_http_oauth_token_wait_poll(ngx_event_t *ev);
static void ngx_http_oauth_token_wait_look(ngx_http_oauth_token_wait_t *wait);
static void ngx_http_oauth_token_wait_unlink(
    ngx_http_oauth_token_waiter_t *waiter);
static void ngx_http_oauth_token_wait_timeout(ngx_event_t *ev);
static void ngx_http_oauth_token_wait_woken(ngx_event_t *ev);


ngx_int_t
ngx_http_oauth_token_wait_init_module(ngx_cycle_t *cycle,
    ngx_http_oauth_token_wait_t *wait)
{
    ngx_uint_t           i;
    ngx_core_conf_t     *ccf;
    ngx_pool_cleanup_t  *cln;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    wait->fds = ngx_palloc(cycle->pool,
                           ccf->worker_processes * sizeof(ngx_socket_t));
    if (wait->fds == NULL) {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_oauth_token_wait_close_fds;
    cln->data = wait;

    for (i = 0; i < (ngx_uint_t) ccf->worker_processes; i++) {
        wait->fds[i] = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

        if (wait->fds[i] == -1) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                          "eventfd() failed");
            return NGX_ERROR;
        }

        wait->nfds++;
    }

    return NGX_OK;
}


static void
ngx_http_oauth_token_wait_close_fds(void *data)
{
    ngx_http_oauth_token_wait_t *wait = data;

    ngx_uint_t  i;

    for (i = 0; i < wait->nfds; i++) {
        (void) close(wait->fds[i]);
    }

    wait->nfds = 0;
}


ngx_int_t
ngx_http_oauth_token_wait_init_process(ngx_cycle_t *cycle,
    ngx_http_oauth_token_wait_t *wait)
{
    ngx_connection_t  *c;

    ngx_rbtree_init(&wait->flights, &wait->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&wait->queue);
    ngx_queue_init(&wait->woken);

    wait->wake.handler = ngx_http_oauth_token_wait_woken;
    wait->wake.data = wait;
    wait->wake.log = cycle->log;

    wait->poll.handler = ngx_http_oauth_token_wait_poll;
    wait->poll.data = wait;
    wait->poll.log = cycle->log;

    /* a waiter has a timer that keeps a quitting worker, this need not */
    wait->poll.cancelable = 1;

    if (ngx_process != NGX_PROCESS_WORKER || ngx_worker >= wait->nfds) {
        return NGX_OK;
    }

    c = ngx_get_connection(wait->fds[ngx_worker], cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->pool = cycle->pool;
    c->data = wait;

    c->read->log = cycle->log;
    c->write->log = cycle->log;

    /* as nginx marks the pipe to its master: a quitting worker leaves it */
    c->read->channel = 1;
    c->write->channel = 1;

    c->read->handler = ngx_http_oauth_token_wait_hint;

    if (ngx_add_event(c->read, NGX_READ_EVENT, 0) == NGX_ERROR) {
        ngx_free_connection(c);
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_oauth_token_wait_notify(ngx_http_oauth_token_wait_t *wait)
{
    uint64_t    one;
    ngx_uint_t  i;

    one = 1;

    for (i = 0; i < wait->nfds; i++) {

        if (i == ngx_worker) {
            continue;
        }

        /* EAGAIN: 2^64 hints not read yet, one more would tell nothing new */

        if (write(wait->fds[i], &one, sizeof(one)) == -1
            && ngx_errno != NGX_EAGAIN)
        {
            ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                          "write() to eventfd of worker %ui failed", i);
        }
    }
}


static void
ngx_http_oauth_token_wait_hint(ngx_event_t *ev)
{
    ssize_t            n;
    uint64_t           hints;
    ngx_connection_t  *c;

    c = ev->data;

    n = read(c->fd, &hints, sizeof(hints));

    if (n == -1 && ngx_errno != NGX_EAGAIN) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, ngx_errno,
                      "read() from eventfd failed");
    }

    ngx_http_oauth_token_wait_look(c->data);
}


static void
ngx_http_oauth_token_wait_poll(ngx_event_t *ev)
{
    ngx_http_oauth_token_wait_t *wait = ev->data;

    ngx_http_oauth_token_wait_look(wait);

    if (!ngx_queue_empty(&wait->queue)) {
        ngx_add_timer(ev, NGX_HTTP_OAUTH_TOKEN_WAIT_POLL);
    }
}


static void
ngx_http_oauth_token_wait_look(ngx_http_oauth_token_wait_t *wait)
{
    ngx_queue_t  *q, *next;

    for (q = ngx_queue_head(&wait->queue);
         q != ngx_queue_sentinel(&wait->queue);
         q = next)
    {
        /* a look may close this flight, but no other */

        next = ngx_queue_next(q);

        wait->look(ngx_queue_data(q, ngx_http_oauth_token_flight_t, queue));
    }
}


ngx_http_oauth_token_flight_t *
ngx_http_oauth_token_wait_find(ngx_http_oauth_token_wait_t *wait,
    const u_char *key)
{
    ngx_str_t        name;
    ngx_str_node_t  *node;

    name.data = (u_char *) key;
    name.len = NGX_HTTP_OAUTH_TOKEN_KEY_LEN;

    node = ngx_str_rbtree_lookup(&wait->flights, &name, *(uint32_t *) key);

    if (node == NULL) {
        return NULL;
    }

    return (ngx_http_oauth_token_flight_t *)
               ((u_char *) node
                - offsetof(ngx_http_oauth_token_flight_t, node));
}


void
ngx_http_oauth_token_wait_open(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_flight_t *flight)
{
    flight->node.str.data = flight->key;
    flight->node.str.len = NGX_HTTP_OAUTH_TOKEN_KEY_LEN;
    flight->node.node.key = *(uint32_t *) flight->key;
    flight->nwaiters = 0;

    ngx_queue_init(&flight->waiters);
    ngx_queue_insert_tail(&wait->queue, &flight->queue);
    ngx_rbtree_insert(&wait->flights, &flight->node.node);

    if (!wait->poll.timer_set) {
        ngx_add_timer(&wait->poll, NGX_HTTP_OAUTH_TOKEN_WAIT_POLL);
    }
}


void
ngx_http_oauth_token_wait_close(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_flight_t *flight)
{
    ngx_queue_remove(&flight->queue);
    ngx_rbtree_delete(&wait->flights, &flight->node.node);
}


void
ngx_http_oauth_token_wait_join(ngx_http_oauth_token_flight_t *flight,
    ngx_http_oauth_token_waiter_t *waiter, ngx_msec_t timeout, ngx_log_t *log)
{
    waiter->flight = flight;
    waiter->timedout = 0;
    waiter->woken = 0;

    ngx_queue_insert_tail(&flight->waiters, &waiter->queue);
    flight->nwaiters++;

    ngx_memzero(&waiter->timer, sizeof(ngx_event_t));

    waiter->timer.handler = ngx_http_oauth_token_wait_timeout;
    waiter->timer.data = waiter;
    waiter->timer.log = log;

    ngx_add_timer(&waiter->timer, timeout);
}


/* out of its flight, or of those that were woken */

static void
ngx_http_oauth_token_wait_unlink(ngx_http_oauth_token_waiter_t *waiter)
{
    if (waiter->flight) {
        waiter->flight->nwaiters--;

    } else if (!waiter->woken) {
        return;
    }

    ngx_queue_remove(&waiter->queue);

    waiter->flight = NULL;
    waiter->woken = 0;
}


void
ngx_http_oauth_token_wait_wake(ngx_http_oauth_token_wait_t *wait,
    ngx_http_oauth_token_waiter_t *waiter)
{
    ngx_http_oauth_token_wait_unlink(waiter);

    waiter->woken = 1;
    ngx_queue_insert_tail(&wait->woken, &waiter->queue);

    /* its timer keeps a quitting worker until it has gone on */

    ngx_post_event(&wait->wake, &ngx_posted_events);
}


void
ngx_http_oauth_token_wait_leave(ngx_http_oauth_token_waiter_t *waiter)
{
    ngx_http_oauth_token_wait_unlink(waiter);

    if (waiter->timer.timer_set) {
        ngx_del_timer(&waiter->timer);
    }
}


static void
ngx_http_oauth_token_wait_timeout(ngx_event_t *ev)
{
    ngx_http_oauth_token_waiter_t *waiter = ev->data;

    waiter->timedout = !waiter->woken;

    ngx_http_oauth_token_wait_unlink(waiter);

    waiter->handler(waiter);
}


static void
ngx_http_oauth_token_wait_woken(ngx_event_t *ev)
{
    ngx_http_oauth_token_wait_t *wait = ev->data;

    ngx_uint_t                      i;
    ngx_queue_t                    *q;
    ngx_http_oauth_token_waiter_t  *waiter;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_WAIT_STEP; i++) {

        /* anew each time, as a request may end others */

        if (ngx_queue_empty(&wait->woken)) {
            return;
        }

        q = ngx_queue_head(&wait->woken);
        waiter = ngx_queue_data(q, ngx_http_oauth_token_waiter_t, queue);

        ngx_http_oauth_token_wait_leave(waiter);

        waiter->handler(waiter);
    }

    if (!ngx_queue_empty(&wait->woken)) {
        ngx_post_event(ev, &ngx_posted_next_events);
    }
}
