
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
 *                   claim               publish
 *       EMPTY ----------------> CLAIMED ---------> FRESH
 *         ^                     |  ^  ^             | refresh_at
 *         |  evicted       fail |  |  |             v
 *         +-----------+         |  |  |            DUE: serves on, while one
 *                     |         |  |  |             |   claims, publishes or
 *                     |         |  |  |  claim      |   fails
 *                     |         v  |  +---------- ENDED, or dropped
 *                     +------ FAILED
 *                                 claim, when the pause is over
 *
 * A claim has an owner and a deadline; when either has gone, the next claim
 * takes it over.  The state is not stored, it follows from the times.
 *
 * A pause after a failure has two ends: retry_at for those who can wait,
 * since a token still serves or no request asks; probe_at, which is not
 * later, while requests fail.  The failure of an endpoint has a record of its
 * own, under a key that all keys of the endpoint share: one of them at a time
 * tries whether it is back.
 *
 * Times are milliseconds of CLOCK_MONOTONIC, the same for all processes of a
 * host.  A key is 32 bytes, a SHA-256 of everything the token depends on.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_STORE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_STORE_H_INCLUDED_


#include "ngx_http_oauth_token_terms.h"


typedef struct ngx_http_oauth_token_store_s  ngx_http_oauth_token_store_t;


/* the least memory that makes a store, bytes */
#define NGX_HTTP_OAUTH_TOKEN_STORE_MIN  16384


/*
 * Makes a store of size bytes at addr, which is aligned to 8; all of it is
 * written.  NULL when the size is below the minimum.  It has records of what is
 * counted for so many providers, if that leaves three quarters for the tokens.
 */
ngx_http_oauth_token_store_t *ngx_http_oauth_token_store_create(void *addr,
    size_t size, size_t providers);

/*
 * Whether the memory holds a store of this version and size, so that it can
 * be used on after a reload.
 */
int ngx_http_oauth_token_store_valid(const ngx_http_oauth_token_store_t *st,
    size_t size);

/*
 * SALT_LEN bytes, zero at first: whoever makes the store fills them at random,
 * before others see it.
 */
unsigned char *ngx_http_oauth_token_store_salt(
    ngx_http_oauth_token_store_t *st);

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
 * Where the generation of an entry stands, as long as the store does: one load,
 * with acquire, for those who keep a copy.  A copy is good as long as this is
 * its own stored.generation.
 */
const uint64_t *ngx_http_oauth_token_store_watch(
    ngx_http_oauth_token_store_t *st, uint32_t entry);

/* so often a hot token tells that it is in use, ms; more often is in vain */
#define NGX_HTTP_OAUTH_TOKEN_STORE_TOUCH  1000

/* tells that the token is in use, so that it is not the one to be evicted */
void ngx_http_oauth_token_store_touch(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_stored_t *stored, int64_t now);

/*
 * Asks to fetch.  OK: *claim is to be ended by publish or fail.  CLAIMED:
 * *claim is the other's.  PAUSED: *failure says why and until when.  FRESH: of
 * no use before the token's refresh_at.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_claim(
    ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_errand_t *errand,
    ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure);

/*
 * When those who can wait should claim next, as far as the key's own record
 * tells; now, or earlier, when they may at once.  No lock.
 */
int64_t ngx_http_oauth_token_store_due(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now);

/*
 * Whether there is a claim whose time is not over, be its owner dead or alive.
 * No lock, no system call.
 */
int ngx_http_oauth_token_store_tried(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now);

/*
 * Whether somebody else's claim is still being worked on: no lock, one system
 * call.
 */
int ngx_http_oauth_token_store_claimed(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim, int64_t now);

/*
 * Tells whoever works on a claim that a request waits for it, and asks whether
 * that was told.  No lock.
 */
void ngx_http_oauth_token_store_want(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim);
int ngx_http_oauth_token_store_wanted(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim);

/* gives a claim back whose end the store has been too busy for; no lock */
void ngx_http_oauth_token_store_leave(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim);

/*
 * Ends a claim with a token; *stored says where it is.  STALE: the claim was
 * taken over and a newer token is there, the entry serves another key, or
 * there was a purge meanwhile; the claim has ended all the same.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_publish(
    ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim,
    const ngx_http_oauth_token_fresh_t *fresh,
    ngx_http_oauth_token_stored_t *stored);

/*
 * Ends a claim with a failure, failure->claim is set.  detail: bytes that
 * those who wait get to see (a challenge), stored while no token is; may be
 * empty.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_fail(
    ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure, const unsigned char *detail,
    size_t len);

/*
 * Puts bytes under a key without any claim, in the place of others: a refresh
 * token.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_save(
    ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_fresh_t *fresh);

/*
 * Takes a token away and wipes it: the one that stands at stored, or with NULL
 * whichever there is.  STALE: it is not there any more; FRESH: it stays, as it
 * is not min_age old yet.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_drop(
    ngx_http_oauth_token_store_t *st, const unsigned char *key,
    const ngx_http_oauth_token_stored_t *stored, int64_t now,
    int64_t min_age);

/*
 * A number that changes when a token is taken away, for those who keep a copy
 * that the store has no place for.
 */
uint64_t ngx_http_oauth_token_store_losses(ngx_http_oauth_token_store_t *st);

/*
 * Finds the detail of the failure that this attempt has left; copy it as a
 * token.  Returns 1 or 0.
 */
int ngx_http_oauth_token_store_detail(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, uint64_t claim,
    ngx_http_oauth_token_stored_t *stored);


/*
 * Room, for the status and for tests: entries, one for each key, and cells of
 * 256 bytes for their tokens; size in bytes.  No lock.
 */
typedef struct {
    uint64_t    size;
    uint64_t    evicted;           /* usable tokens that had to go */
    uint32_t    entries;
    uint32_t    entries_free;
    uint32_t    cells;
    uint32_t    cells_free;
} ngx_http_oauth_token_store_room_t;

void ngx_http_oauth_token_store_room(ngx_http_oauth_token_store_t *st,
    ngx_http_oauth_token_store_room_t *room);


#endif /* _NGX_HTTP_OAUTH_TOKEN_STORE_H_INCLUDED_ */
