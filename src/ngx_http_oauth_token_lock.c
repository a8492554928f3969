
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "ngx_http_oauth_token_lock.h"


#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE
#define CELL_BYTES  NGX_HTTP_OAUTH_TOKEN_CELL_BYTES

/*
 * How long the lock is tried for, microseconds, before the caller does
 * without: its owner needs a few, or, when it was preempted, a time slice, and
 * a worker must not wait for more.
 */
#define LOCK_TIME   10000


static int64_t ngx_http_oauth_token_zone_clock(void);
static void ngx_http_oauth_token_zone_repair(ngx_http_oauth_token_zone_t *z);
static int ngx_http_oauth_token_zone_mark(ngx_http_oauth_token_zone_t *z,
    ngx_http_oauth_token_entry_t *e);
static void ngx_http_oauth_token_zone_unmark(ngx_http_oauth_token_zone_t *z,
    ngx_http_oauth_token_entry_t *e, size_t len);


int
ngx_http_oauth_token_zone_dead(pid_t pid)
{
    return kill(pid, 0) == -1 && errno == ESRCH;
}


int
ngx_http_oauth_token_zone_lock(ngx_http_oauth_token_zone_t *z)
{
    int64_t   end;
    uint32_t  owner, self;

    self = (uint32_t) getpid();
    end = 0;

    for ( ;; ) {
        owner = 0;

        if (__atomic_compare_exchange_n(&z->lock, &owner, self, 0,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        {
            return 0;
        }

        /*
         * A yield may last a time slice: the dead are not waited for.  This
         * process owns it only if a dead one had its pid.
         */

        if ((owner == self || ngx_http_oauth_token_zone_dead((pid_t) owner))
            && __atomic_compare_exchange_n(&z->lock, &owner, self, 0,
                                           __ATOMIC_ACQUIRE,
                                           __ATOMIC_RELAXED))
        {
            ngx_http_oauth_token_zone_repair(z);
            return 0;
        }

        if (end == 0) {
            end = ngx_http_oauth_token_zone_clock() + LOCK_TIME;

        } else if (ngx_http_oauth_token_zone_clock() > end) {
            return -1;
        }

        sched_yield();
    }
}


static int64_t
ngx_http_oauth_token_zone_clock(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


void
ngx_http_oauth_token_zone_unlock(ngx_http_oauth_token_zone_t *z)
{
    __atomic_store_n(&z->lock, 0, __ATOMIC_RELEASE);
}


/*
 * A writer has died, anywhere.  Entries are believed when they are in use and
 * their generation is even; lists are not believed at all, and a cell that no
 * believed entry leads to is free.
 */

static void
ngx_http_oauth_token_zone_repair(ngx_http_oauth_token_zone_t *z)
{
    uint32_t                       i, *bucket;
    ngx_http_oauth_token_entry_t  *e;

    for (i = 0; i < z->ncells; i++) {
        ngx_http_oauth_token_zone_cell(z, i)->mark = 0;
    }

    bucket = ngx_http_oauth_token_zone_buckets(z);

    for (i = 0; i < z->nbuckets; i++) {
        ZONE_STORE(&bucket[i], ZONE_NONE);
    }

    z->free_entry = ZONE_NONE;
    z->free_entries = 0;
    z->oldest = ZONE_NONE;
    z->newest = ZONE_NONE;

    for (i = 0; i < z->nentries; i++) {
        e = ngx_http_oauth_token_zone_entry(z, i);

        if (!e->used || (e->generation & 1)
            || ngx_http_oauth_token_zone_mark(z, e) != 0)
        {
            ngx_http_oauth_token_zone_free_entry(z, i);
            continue;
        }

        bucket = ngx_http_oauth_token_zone_bucket(z, e->key);
        ZONE_STORE(&e->next, *bucket);
        ZONE_STORE(bucket, i);

        /* out of order, until an eviction sees which were used */

        ngx_http_oauth_token_zone_place(z, i);
        e->placed = INT64_MIN;
    }

    z->free_cell = ZONE_NONE;
    z->free_cells = 0;

    for (i = 0; i < z->ncells; i++) {
        if (!ngx_http_oauth_token_zone_cell(z, i)->mark) {
            ngx_http_oauth_token_zone_free_cell(z, i);
        }
    }
}


static int
ngx_http_oauth_token_zone_mark(ngx_http_oauth_token_zone_t *z,
    ngx_http_oauth_token_entry_t *e)
{
    size_t                        n;
    uint64_t                      i;
    ngx_http_oauth_token_cell_t  *c;

    if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING) {
        return 0;
    }

    for (n = 0, i = e->cell; n < e->len; n += CELL_BYTES) {

        c = i < z->ncells ? ngx_http_oauth_token_zone_cell(z, (uint32_t) i)
                          : NULL;

        if (c == NULL || c->mark) {
            ngx_http_oauth_token_zone_unmark(z, e, n);
            return -1;
        }

        c->mark = 1;
        i = c->next;
    }

    return 0;
}


static void
ngx_http_oauth_token_zone_unmark(ngx_http_oauth_token_zone_t *z,
    ngx_http_oauth_token_entry_t *e, size_t len)
{
    size_t                        n;
    uint64_t                      i;
    ngx_http_oauth_token_cell_t  *c;

    for (n = 0, i = e->cell; n < len; n += CELL_BYTES) {
        c = ngx_http_oauth_token_zone_cell(z, (uint32_t) i);
        c->mark = 0;
        i = c->next;
    }
}
