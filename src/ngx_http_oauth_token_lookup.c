
#include <string.h>

#include "ngx_http_oauth_token_lock.h"
#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_store.h"


#define ZONE_LOAD   NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD
#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE


static int ngx_http_oauth_token_lookup_is(ngx_http_oauth_token_entry_t *e,
    const uint64_t key[4]);
static int ngx_http_oauth_token_lookup_get(ngx_http_oauth_token_zone_t *z,
    uint32_t i, const unsigned char *key, ngx_http_oauth_token_holds_e holds,
    ngx_http_oauth_token_stored_t *stored);


ngx_http_oauth_token_store_t *
ngx_http_oauth_token_store_create(void *addr, size_t size, size_t providers)
{
    if (size < NGX_HTTP_OAUTH_TOKEN_STORE_MIN) {
        return NULL;
    }

    return (ngx_http_oauth_token_store_t *)
               ngx_http_oauth_token_zone_create(addr, size, providers);
}


int
ngx_http_oauth_token_store_valid(const ngx_http_oauth_token_store_t *st,
    size_t size)
{
    return st->zone.version == NGX_HTTP_OAUTH_TOKEN_ZONE_VERSION
           && st->zone.size == size;
}


int
ngx_http_oauth_token_store_find(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now,
    ngx_http_oauth_token_stored_t *stored)
{
    uint32_t  i;

    i = ngx_http_oauth_token_lookup_entry(&st->zone, key);

    return i != ZONE_NONE
           && ngx_http_oauth_token_lookup_get(&st->zone, i, key,
                                             NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN,
                                             stored)
           && now < stored->usable_until;
}


int
ngx_http_oauth_token_store_detail(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, uint64_t claim,
    ngx_http_oauth_token_stored_t *stored)
{
    uint32_t                       i;
    ngx_http_oauth_token_entry_t  *e;

    i = ngx_http_oauth_token_lookup_entry(&st->zone, key);

    if (i == ZONE_NONE) {
        return 0;
    }

    e = ngx_http_oauth_token_zone_entry(&st->zone, i);

    return ZONE_LOAD(&e->failed_claim) == claim
           && ngx_http_oauth_token_lookup_get(&st->zone, i, key,
                                            NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL,
                                            stored);
}


int
ngx_http_oauth_token_store_known(ngx_http_oauth_token_store_t *st,
    const unsigned char *key)
{
    return ngx_http_oauth_token_lookup_entry(&st->zone, key) != ZONE_NONE;
}


/* the chain may change underneath: the steps are bounded */

uint32_t
ngx_http_oauth_token_lookup_entry(ngx_http_oauth_token_zone_t *z,
    const unsigned char *key)
{
    uint32_t                       i, n;
    uint64_t                       words[4];
    ngx_http_oauth_token_entry_t  *e;

    memcpy(words, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    i = ZONE_LOAD(ngx_http_oauth_token_zone_bucket(z, words));

    for (n = 0; i < z->nentries && n < z->nentries; n++) {
        e = ngx_http_oauth_token_zone_entry(z, i);

        if (ngx_http_oauth_token_lookup_is(e, words)) {
            return i;
        }

        i = ZONE_LOAD(&e->next);
    }

    return ZONE_NONE;
}


static int
ngx_http_oauth_token_lookup_is(ngx_http_oauth_token_entry_t *e,
    const uint64_t key[4])
{
    return ZONE_LOAD(&e->key[0]) == key[0]
           && ZONE_LOAD(&e->key[1]) == key[1]
           && ZONE_LOAD(&e->key[2]) == key[2]
           && ZONE_LOAD(&e->key[3]) == key[3];
}


static int
ngx_http_oauth_token_lookup_get(ngx_http_oauth_token_zone_t *z, uint32_t i,
    const unsigned char *key, ngx_http_oauth_token_holds_e holds,
    ngx_http_oauth_token_stored_t *stored)
{
    int                            good;
    uint64_t                       words[4];
    ngx_http_oauth_token_entry_t  *e;

    memcpy(words, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    e = ngx_http_oauth_token_zone_entry(z, i);

    stored->entry = i;
    stored->generation = __atomic_load_n(&e->generation, __ATOMIC_ACQUIRE);
    stored->len = ZONE_LOAD(&e->len);
    stored->born = ZONE_LOAD(&e->born);
    stored->refresh_at = ZONE_LOAD(&e->refresh_at);
    stored->usable_until = ZONE_LOAD(&e->usable_until);
    stored->wall_until = ZONE_LOAD(&e->wall_until);
    stored->expires = ZONE_LOAD(&e->expires);

    good = ZONE_LOAD(&e->holds) == holds
           && ngx_http_oauth_token_lookup_is(e, words);

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return good && !(stored->generation & 1)
           && ZONE_LOAD(&e->generation) == stored->generation;
}


int
ngx_http_oauth_token_store_copy(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_stored_t *stored, unsigned char *dst)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(&st->zone, stored->entry);

    if (__atomic_load_n(&e->generation, __ATOMIC_ACQUIRE)
        != stored->generation)
    {
        return 0;
    }

    ngx_http_oauth_token_zone_read(&st->zone, ZONE_LOAD(&e->cell),
                                   dst, stored->len);

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return ZONE_LOAD(&e->generation) == stored->generation;
}


const uint64_t *
ngx_http_oauth_token_store_watch(ngx_http_oauth_token_store_t *st,
    uint32_t entry)
{
    return &ngx_http_oauth_token_zone_entry(&st->zone, entry)->generation;
}


void
ngx_http_oauth_token_store_touch(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_stored_t *stored, int64_t now)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(&st->zone, stored->entry);

    if (now - ZONE_LOAD(&e->touched) >= NGX_HTTP_OAUTH_TOKEN_STORE_TOUCH) {
        ZONE_STORE(&e->touched, now);
    }
}


int64_t
ngx_http_oauth_token_store_due(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now)
{
    int64_t                         due, until;
    uint32_t                        i;
    ngx_http_oauth_token_entry_t   *e;
    ngx_http_oauth_token_stored_t   stored;

    i = ngx_http_oauth_token_lookup_entry(&st->zone, key);

    if (i == ZONE_NONE) {
        return now;
    }

    due = now;

    if (ngx_http_oauth_token_lookup_get(&st->zone, i, key,
                                        NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN,
                                        &stored)
        && now < stored.usable_until)
    {
        due = stored.refresh_at < stored.usable_until ? stored.refresh_at
                                                      : stored.usable_until;
    }

    e = ngx_http_oauth_token_zone_entry(&st->zone, i);

    if (ZONE_LOAD(&e->failed_claim) != 0) {
        until = ZONE_LOAD(&e->retry_at);
        due = until > due ? until : due;
    }

    return due;
}


int
ngx_http_oauth_token_store_tried(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now)
{
    uint32_t                       i;
    ngx_http_oauth_token_entry_t  *e;

    i = ngx_http_oauth_token_lookup_entry(&st->zone, key);

    if (i == ZONE_NONE) {
        return 0;
    }

    e = ngx_http_oauth_token_zone_entry(&st->zone, i);

    return ZONE_LOAD(&e->claim) != 0 && now < ZONE_LOAD(&e->deadline);
}


unsigned char *
ngx_http_oauth_token_store_salt(ngx_http_oauth_token_store_t *st)
{
    return st->zone.salt;
}


uint64_t
ngx_http_oauth_token_store_losses(ngx_http_oauth_token_store_t *st)
{
    return __atomic_load_n(&st->zone.purges, __ATOMIC_ACQUIRE)
           + __atomic_load_n(&st->zone.drops, __ATOMIC_ACQUIRE);
}


int
ngx_http_oauth_token_lookup_usable(ngx_http_oauth_token_entry_t *e,
    int64_t now)
{
    return e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
           && now < e->usable_until;
}


ngx_http_oauth_token_store_e
ngx_http_oauth_token_lookup_state(ngx_http_oauth_token_entry_t *e, int64_t now,
    int patient)
{
    int  usable;

    usable = ngx_http_oauth_token_lookup_usable(e, now);

    if (usable && now < e->refresh_at) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_FRESH;
    }

    if (ngx_http_oauth_token_lookup_claimed(e, now)) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED;
    }

    if (e->failed_claim != 0
        && now < (usable || patient ? e->retry_at : e->probe_at))
    {
        return NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED;
    }

    return NGX_HTTP_OAUTH_TOKEN_STORE_OK;
}


int
ngx_http_oauth_token_lookup_claimed(ngx_http_oauth_token_entry_t *e,
    int64_t now)
{
    return ZONE_LOAD(&e->claim) != 0
           && now < ZONE_LOAD(&e->deadline)
           && !ngx_http_oauth_token_zone_dead((pid_t) ZONE_LOAD(&e->owner));
}


int
ngx_http_oauth_token_store_claimed(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim, int64_t now)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(&st->zone, claim->entry);

    return ZONE_LOAD(&e->claim) == claim->id
           && ngx_http_oauth_token_lookup_claimed(e, now);
}


void
ngx_http_oauth_token_store_want(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(&st->zone, claim->entry);

    if (ZONE_LOAD(&e->claim) == claim->id) {
        ZONE_STORE(&e->wanted, claim->id);
    }
}


int
ngx_http_oauth_token_store_wanted(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim)
{
    return claim->id != 0
           && ZONE_LOAD(&ngx_http_oauth_token_zone_entry(&st->zone,
                                                  claim->entry)->wanted)
              == claim->id;
}


void
ngx_http_oauth_token_store_leave(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_claim_t *claim)
{
    uint64_t                       id;
    ngx_http_oauth_token_entry_t  *e;

    id = claim->id;
    e = ngx_http_oauth_token_zone_entry(&st->zone, claim->entry);

    (void) __atomic_compare_exchange_n(&e->claim, &id, 0, 0, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
}


void
ngx_http_oauth_token_store_room(ngx_http_oauth_token_store_t *st,
    ngx_http_oauth_token_store_room_t *room)
{
    room->size = st->zone.size;
    room->evicted = ZONE_LOAD(&st->zone.evicted);
    room->entries = st->zone.nentries;
    room->entries_free = ZONE_LOAD(&st->zone.free_entries);
    room->cells = st->zone.ncells;
    room->cells_free = ZONE_LOAD(&st->zone.free_cells);
}
