
#include <string.h>

#include "ngx_http_oauth_token_store.h"
#include "ngx_http_oauth_token_lock.h"
#include "ngx_http_oauth_token_lookup.h"


#define ZONE_LOAD   NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD
#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE


static ngx_http_oauth_token_store_e ngx_http_oauth_token_store_state(
    ngx_http_oauth_token_entry_t *e, int64_t now);
static uint32_t ngx_http_oauth_token_store_take(
    ngx_http_oauth_token_zone_t *z, const unsigned char *key, int64_t now);
static int ngx_http_oauth_token_store_evict(ngx_http_oauth_token_zone_t *z,
    int64_t now, uint32_t keep);
static ngx_http_oauth_token_entry_t *ngx_http_oauth_token_store_mine(
    ngx_http_oauth_token_zone_t *z, const unsigned char *key,
    const ngx_http_oauth_token_claim_t *claim, int64_t now);
static int ngx_http_oauth_token_store_put(ngx_http_oauth_token_zone_t *z,
    uint32_t i, ngx_http_oauth_token_holds_e holds, const unsigned char *data,
    size_t len, int64_t now, int64_t usable_until, int64_t expires);
static void ngx_http_oauth_token_store_forget(ngx_http_oauth_token_zone_t *z,
    ngx_http_oauth_token_entry_t *e);


ngx_http_oauth_token_store_t *
ngx_http_oauth_token_store_create(void *addr, size_t size)
{
    if (size < NGX_HTTP_OAUTH_TOKEN_STORE_MIN) {
        return NULL;
    }

    return (ngx_http_oauth_token_store_t *)
               ngx_http_oauth_token_zone_create(addr, size);
}


int
ngx_http_oauth_token_store_valid(const ngx_http_oauth_token_store_t *st,
    size_t size)
{
    return st->zone.version == NGX_HTTP_OAUTH_TOKEN_ZONE_VERSION
           && st->zone.size == size;
}


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_claim(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now, pid_t owner, int64_t deadline,
    ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure)
{
    uint32_t                       i;
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_store_e   rc;
    ngx_http_oauth_token_entry_t  *e;

    z = &st->zone;
    claim->id = 0;

    if (ngx_http_oauth_token_zone_lock(z) != 0) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    i = ngx_http_oauth_token_store_take(z, key, now);

    if (i == ZONE_NONE) {
        ngx_http_oauth_token_zone_unlock(z);
        return NGX_HTTP_OAUTH_TOKEN_STORE_FULL;
    }

    e = ngx_http_oauth_token_zone_entry(z, i);
    rc = ngx_http_oauth_token_store_state(e, now);

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
        ZONE_STORE(&e->owner, owner);
        ZONE_STORE(&e->deadline, deadline);
        ZONE_STORE(&e->claim, ++z->claims);
    }

    claim->id = e->claim;
    claim->entry = i;

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED) {
        failure->claim = e->failed_claim;
        failure->paused_until = e->paused_until;
        failure->outcome = (int) e->outcome;
        memcpy(failure->reason, e->reason, sizeof(failure->reason));
    }

    ngx_http_oauth_token_zone_unlock(z);

    return rc;
}


static ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_state(ngx_http_oauth_token_entry_t *e, int64_t now)
{
    if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN && now < e->usable_until)
    {
        return NGX_HTTP_OAUTH_TOKEN_STORE_FRESH;
    }

    if (ngx_http_oauth_token_lookup_claimed(e, now)) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED;
    }

    if (e->failed_claim != 0 && now < e->paused_until) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED;
    }

    return NGX_HTTP_OAUTH_TOKEN_STORE_OK;
}


/* the key's entry, or a new one */

static uint32_t
ngx_http_oauth_token_store_take(ngx_http_oauth_token_zone_t *z,
    const unsigned char *key, int64_t now)
{
    uint32_t  i;
    uint64_t  words[4];

    i = ngx_http_oauth_token_lookup_entry(z, key);

    if (i != ZONE_NONE) {
        return i;
    }

    if (z->free_entry == ZONE_NONE
        && ngx_http_oauth_token_store_evict(z, now, ZONE_NONE) != 0)
    {
        return ZONE_NONE;
    }

    memcpy(words, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    i = ngx_http_oauth_token_zone_take(z, words);
    ZONE_STORE(&ngx_http_oauth_token_zone_entry(z, i)->touched, now);

    return i;
}


/*
 * Drops what is least worth keeping: of the entries that nobody fetches for,
 * one without a usable token, else the one that was used the longest ago.
 */

static int
ngx_http_oauth_token_store_evict(ngx_http_oauth_token_zone_t *z, int64_t now,
    uint32_t keep)
{
    int64_t                        age, oldest;
    uint32_t                       i, found;
    ngx_http_oauth_token_entry_t  *e;

    found = ZONE_NONE;
    oldest = INT64_MIN;

    for (i = 0; i < z->nentries; i++) {
        e = ngx_http_oauth_token_zone_entry(z, i);

        if (!e->used || i == keep) {
            continue;
        }

        switch (ngx_http_oauth_token_store_state(e, now)) {

        case NGX_HTTP_OAUTH_TOKEN_STORE_OK:
            age = INT64_MAX;
            break;

        case NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED:
            continue;

        default:
            age = now - ZONE_LOAD(&e->touched);
        }

        if (age > oldest) {
            oldest = age;
            found = i;
        }
    }

    if (found == ZONE_NONE) {
        return -1;
    }

    ngx_http_oauth_token_zone_drop(z, found);

    return 0;
}


/*
 * The entry that a claim's result belongs to: while the claim holds, or when
 * it was lost but nothing usable has come since.
 */

static ngx_http_oauth_token_entry_t *
ngx_http_oauth_token_store_mine(ngx_http_oauth_token_zone_t *z,
    const unsigned char *key, const ngx_http_oauth_token_claim_t *claim,
    int64_t now)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(z, claim->entry);

    if (!e->used || memcmp(e->key, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN) != 0) {
        return NULL;
    }

    if (e->claim != claim->id
        && ngx_http_oauth_token_store_state(e, now)
           == NGX_HTTP_OAUTH_TOKEN_STORE_FRESH)
    {
        return NULL;
    }

    return e;
}


static int
ngx_http_oauth_token_store_put(ngx_http_oauth_token_zone_t *z, uint32_t i,
    ngx_http_oauth_token_holds_e holds, const unsigned char *data, size_t len,
    int64_t now, int64_t usable_until, int64_t expires)
{
    size_t                         old_len;
    uint32_t                       cell, old;
    ngx_http_oauth_token_entry_t  *e;

    /* what can never fit must not push all others out */

    if (len > (size_t) z->ncells * NGX_HTTP_OAUTH_TOKEN_CELL_BYTES) {
        return -1;
    }

    do {
        cell = ngx_http_oauth_token_zone_fill(z, data, len);

    } while (cell == ZONE_NONE
             && ngx_http_oauth_token_store_evict(z, now, i) == 0);

    if (cell == ZONE_NONE) {
        return -1;
    }

    e = ngx_http_oauth_token_zone_entry(z, i);

    old = (uint32_t) e->cell;
    old_len = e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING ? 0 : e->len;

    ngx_http_oauth_token_zone_begin(e);

    ZONE_STORE(&e->holds, holds);
    ZONE_STORE(&e->len, len);
    ZONE_STORE(&e->cell, cell);
    ZONE_STORE(&e->usable_until, usable_until);
    ZONE_STORE(&e->expires, expires);

    ngx_http_oauth_token_zone_end(e);

    ngx_http_oauth_token_zone_wipe(z, old, old_len);

    return 0;
}


/* drops the detail of an older failure: the next one may come without any */

static void
ngx_http_oauth_token_store_forget(ngx_http_oauth_token_zone_t *z,
    ngx_http_oauth_token_entry_t *e)
{
    if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL) {
        ngx_http_oauth_token_zone_begin(e);
        ZONE_STORE(&e->holds, NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING);
        ngx_http_oauth_token_zone_end(e);

        ngx_http_oauth_token_zone_wipe(z, (uint32_t) e->cell, e->len);
    }
}


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_publish(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, const ngx_http_oauth_token_claim_t *claim,
    const unsigned char *token, size_t len, int64_t now, int64_t usable_until,
    int64_t expires, ngx_http_oauth_token_stored_t *stored)
{
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_store_e   rc;
    ngx_http_oauth_token_entry_t  *e;

    z = &st->zone;

    if (ngx_http_oauth_token_zone_lock(z) != 0) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    e = ngx_http_oauth_token_store_mine(z, key, claim, now);

    if (e == NULL) {
        ngx_http_oauth_token_zone_unlock(z);
        return NGX_HTTP_OAUTH_TOKEN_STORE_STALE;
    }

    rc = NGX_HTTP_OAUTH_TOKEN_STORE_FULL;

    if (ngx_http_oauth_token_store_put(z, claim->entry,
                                       NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN,
                                       token, len, now, usable_until, expires)
        == 0)
    {
        rc = NGX_HTTP_OAUTH_TOKEN_STORE_OK;

        stored->entry = claim->entry;
        stored->generation = e->generation;
        stored->len = len;
        stored->usable_until = usable_until;
        stored->expires = expires;
    }

    ZONE_STORE(&e->failed_claim, 0);
    ZONE_STORE(&e->touched, now);
    ZONE_STORE(&e->claim, 0);

    ngx_http_oauth_token_zone_unlock(z);

    return rc;
}


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_fail(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, const ngx_http_oauth_token_claim_t *claim,
    int64_t now, ngx_http_oauth_token_failure_t *failure,
    const unsigned char *detail, size_t len)
{
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_entry_t  *e;

    z = &st->zone;
    failure->claim = claim->id;

    if (ngx_http_oauth_token_zone_lock(z) != 0) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    e = ngx_http_oauth_token_store_mine(z, key, claim, now);

    if (e == NULL || e->claim != claim->id) {
        ngx_http_oauth_token_zone_unlock(z);
        return NGX_HTTP_OAUTH_TOKEN_STORE_STALE;
    }

    ZONE_STORE(&e->paused_until, failure->paused_until);
    ZONE_STORE(&e->outcome, failure->outcome);
    memcpy(e->reason, failure->reason, sizeof(e->reason));

    ngx_http_oauth_token_store_forget(z, e);

    if (len != 0
        && ngx_http_oauth_token_store_state(e, now)
           != NGX_HTTP_OAUTH_TOKEN_STORE_FRESH)
    {
        /* without room those who wait see the failure, not its detail */

        (void) ngx_http_oauth_token_store_put(z, claim->entry,
                                            NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL,
                                            detail, len, now, 0, 0);
    }

    ZONE_STORE(&e->failed_claim, claim->id);
    ZONE_STORE(&e->claim, 0);

    ngx_http_oauth_token_zone_unlock(z);

    return NGX_HTTP_OAUTH_TOKEN_STORE_OK;
}


void
ngx_http_oauth_token_store_room(ngx_http_oauth_token_store_t *st,
    ngx_http_oauth_token_store_room_t *room)
{
    room->entries = st->zone.nentries;
    room->entries_free = st->zone.free_entries;
    room->cells = st->zone.ncells;
    room->cells_free = st->zone.free_cells;
}
