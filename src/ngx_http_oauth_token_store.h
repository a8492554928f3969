
/*
 * Row 1: the tokens that all workers share, in memory they all map.
 *
 * Plain C, no nginx types.  The memory is divided once, into entries (one a
 * key) and cells (the bytes of the tokens, chained); nothing is allocated
 * afterwards, so nothing fragments, and every process may be killed at any
 * instruction:
 *
 *   - reading takes no lock: an entry has a generation, which is odd while it
 *     is written and never repeats; what was read counts only if it is the
 *     same, and even, before and after;
 *   - writing takes a lock that holds its owner's pid; it is tried a bounded
 *     number of times (BUSY), and when the owner is dead it is taken and
 *     everything that an interrupted writer may have left is rebuilt.
 *
 *                    claim                publish
 *        EMPTY ----------------> CLAIMED ----------> FRESH
 *          ^                     |  ^   ^             | usable_until
 *          |  evicted            |  |   |  claim      v
 *          +------------+   fail |  |   +----------- ENDED
 *                       |        v  | claim, after paused_until
 *                       +------- FAILED
 *
 * A claim has an owner and a deadline; when either has gone, the next claim
 * takes it over.  The state is not stored, it follows from the times.
 *
 * Times are milliseconds of CLOCK_MONOTONIC, the same for all processes of a
 * host.  A key is 32 bytes, a SHA-256 of everything the token depends on.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_STORE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_STORE_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>


#define NGX_HTTP_OAUTH_TOKEN_KEY_LEN       32

/* same as a reason of a response, with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_STORE_REASON  32


typedef struct ngx_http_oauth_token_store_s  ngx_http_oauth_token_store_t;


/* where a token stands, and until when it counts */
typedef struct {
    uint32_t    entry;
    uint64_t    generation;
    size_t      len;
    int64_t     usable_until;      /* not used from here on */
    int64_t     expires;           /* its end, for the eyes of people */
} ngx_http_oauth_token_stored_t;


/* why there is no token; outcome and reason as in a response */
typedef struct {
    uint64_t    claim;             /* the attempt that failed */
    int64_t     paused_until;      /* no new attempt before */
    int         outcome;
    char        reason[NGX_HTTP_OAUTH_TOKEN_STORE_REASON];
} ngx_http_oauth_token_failure_t;


/* an attempt to fetch; id 0 is an attempt that the store knows nothing of */
typedef struct {
    uint64_t    id;
    uint32_t    entry;
} ngx_http_oauth_token_claim_t;


typedef enum {
    NGX_HTTP_OAUTH_TOKEN_STORE_OK = 0,    /* done; of a claim: it is yours */
    NGX_HTTP_OAUTH_TOKEN_STORE_FRESH,     /* there is a token, look it up */
    NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED,   /* somebody else is fetching */
    NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED,    /* an attempt has failed */
    NGX_HTTP_OAUTH_TOKEN_STORE_STALE,     /* the claim was lost meanwhile */
    NGX_HTTP_OAUTH_TOKEN_STORE_FULL,      /* no room, nothing to evict */
    NGX_HTTP_OAUTH_TOKEN_STORE_BUSY       /* the lock was not to be had */
} ngx_http_oauth_token_store_e;


/* the least memory that makes a store, bytes */
#define NGX_HTTP_OAUTH_TOKEN_STORE_MIN  16384


/*
 * Makes a store of size bytes at addr, which is aligned to 8; all of it is
 * written.  NULL when the size is below the minimum.
 */
ngx_http_oauth_token_store_t *ngx_http_oauth_token_store_create(void *addr,
    size_t size);

/*
 * Whether the memory holds a store of this version and size, so that it can
 * be used on after a reload.
 */
int ngx_http_oauth_token_store_valid(const ngx_http_oauth_token_store_t *st,
    size_t size);

/*
 * Finds a token that is usable now.  Returns 1 and fills *stored, or 0.  No
 * lock; a writer at work in the very entry counts as "no token", the claim
 * that follows tells the truth.
 */
int ngx_http_oauth_token_store_find(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now,
    ngx_http_oauth_token_stored_t *stored);

/*
 * Whether there is an entry of the key, with a token or without.  No lock.
 * One that is not there any more was evicted, which says nothing of a token.
 */
int ngx_http_oauth_token_store_known(ngx_http_oauth_token_store_t *st,
    const unsigned char *key);

/*
 * Copies the token's stored->len bytes to dst.  Returns 1, or 0 when it has
 * changed since it was found; dst then holds rubbish that may be a part of
 * a token.
 */
int ngx_http_oauth_token_store_copy(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_stored_t *stored, unsigned char *dst);

/*
 * The generation of an entry: one load, for those who keep a copy.  A copy is
 * good as long as this is its own stored.generation.
 */
uint64_t ngx_http_oauth_token_store_generation(
    ngx_http_oauth_token_store_t *st, uint32_t entry);

/* tells that the token is in use, so that it is not the one to be evicted */
void ngx_http_oauth_token_store_touch(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_stored_t *stored, int64_t now);

/* the token is not usable any more */
void ngx_http_oauth_token_store_end(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_stored_t *stored);

/*
 * Asks to fetch for the key, until deadline.  OK: *claim is to be ended by
 * publish or fail.  CLAIMED: *claim is the other's.  PAUSED: *failure says
 * why and until when.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_claim(
    ngx_http_oauth_token_store_t *st, const unsigned char *key, int64_t now,
    pid_t owner, int64_t deadline, ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure);

/*
 * Whether somebody else's claim is still being worked on: no lock, one system
 * call.
 */
int ngx_http_oauth_token_store_claimed(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim, int64_t now);

/*
 * Ends a claim with a token; *stored says where it is.  STALE: the claim was
 * taken over and a newer token is there, or the entry serves another key.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_publish(
    ngx_http_oauth_token_store_t *st, const unsigned char *key,
    const ngx_http_oauth_token_claim_t *claim, const unsigned char *token,
    size_t len, int64_t now, int64_t usable_until, int64_t expires,
    ngx_http_oauth_token_stored_t *stored);

/*
 * Ends a claim with a failure, failure->claim is set.  detail: bytes that
 * those who wait get to see (a challenge), stored while no token is; may be
 * empty.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_fail(
    ngx_http_oauth_token_store_t *st, const unsigned char *key,
    const ngx_http_oauth_token_claim_t *claim, int64_t now,
    ngx_http_oauth_token_failure_t *failure, const unsigned char *detail,
    size_t len);

/*
 * Finds the detail of the failure that this attempt has left; copy it as a
 * token.  Returns 1 or 0.
 */
int ngx_http_oauth_token_store_detail(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, uint64_t claim,
    ngx_http_oauth_token_stored_t *stored);


/* room, for the status and for tests */
typedef struct {
    uint32_t    entries;
    uint32_t    entries_free;
    uint32_t    cells;
    uint32_t    cells_free;
} ngx_http_oauth_token_store_room_t;

void ngx_http_oauth_token_store_room(ngx_http_oauth_token_store_t *st,
    ngx_http_oauth_token_store_room_t *room);


#endif /* _NGX_HTTP_OAUTH_TOKEN_STORE_H_INCLUDED_ */
