
#include <string.h>

#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_room.h"


#define ZONE_LOAD   NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD
#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE


static int ngx_http_oauth_token_room_evict(ngx_http_oauth_token_zone_t *z,
    int64_t now, uint32_t keep);


uint32_t
ngx_http_oauth_token_room_take(ngx_http_oauth_token_zone_t *z,
    const unsigned char *key, uint64_t group, int64_t now, uint32_t keep)
{
    uint32_t                       i;
    uint64_t                       words[4];
    ngx_http_oauth_token_entry_t  *e;

    i = ngx_http_oauth_token_lookup_entry(z, key);

    if (i == ZONE_NONE) {

        if (z->free_entry == ZONE_NONE
            && ngx_http_oauth_token_room_evict(z, now, keep) != 0)
        {
            return ZONE_NONE;
        }

        memcpy(words, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

        i = ngx_http_oauth_token_zone_take(z, words);
        e = ngx_http_oauth_token_zone_entry(z, i);

        ZONE_STORE(&e->touched, now);
    }

    /* whoever has taken it before may have died on the way */

    e = ngx_http_oauth_token_zone_entry(z, i);
    ZONE_STORE(&e->group, group);

    return i;
}


/*
 * Drops what is least worth keeping: of the entries that nobody fetches for,
 * one without a usable token, else the one that was used the longest ago.
 */

static int
ngx_http_oauth_token_room_evict(ngx_http_oauth_token_zone_t *z, int64_t now,
    uint32_t keep)
{
    int64_t                        age, oldest;
    uint32_t                       i, found;
    ngx_http_oauth_token_entry_t  *e;

    found = ZONE_NONE;
    oldest = INT64_MIN;

    for (i = 0; i < z->nentries; i++) {
        e = ngx_http_oauth_token_zone_entry(z, i);

        if (!e->used || i == keep
            || ngx_http_oauth_token_lookup_claimed(e, now))
        {
            continue;
        }

        age = INT64_MAX;

        if (ngx_http_oauth_token_lookup_usable(e, now)
            || ngx_http_oauth_token_lookup_state(e, now, 0)
               == NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED)
        {
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


int
ngx_http_oauth_token_room_put(ngx_http_oauth_token_zone_t *z, uint32_t i,
    ngx_http_oauth_token_holds_e holds,
    const ngx_http_oauth_token_fresh_t *fresh, int64_t now)
{
    size_t                         old_len;
    uint32_t                       cell, old;
    ngx_http_oauth_token_entry_t  *e;

    /* what can never fit must not push all others out */

    if (fresh->len > (size_t) z->ncells * NGX_HTTP_OAUTH_TOKEN_CELL_BYTES) {
        return -1;
    }

    do {
        cell = ngx_http_oauth_token_zone_fill(z, fresh->data, fresh->len);

    } while (cell == ZONE_NONE
             && ngx_http_oauth_token_room_evict(z, now, i) == 0);

    if (cell == ZONE_NONE) {
        return -1;
    }

    e = ngx_http_oauth_token_zone_entry(z, i);

    old = (uint32_t) e->cell;
    old_len = e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING ? 0 : e->len;

    ngx_http_oauth_token_zone_begin(e);

    ZONE_STORE(&e->holds, holds);
    ZONE_STORE(&e->len, fresh->len);
    ZONE_STORE(&e->cell, cell);
    ZONE_STORE(&e->born, now);
    ZONE_STORE(&e->refresh_at, fresh->refresh_at);
    ZONE_STORE(&e->usable_until, fresh->usable_until);
    ZONE_STORE(&e->expires, fresh->expires);

    ngx_http_oauth_token_zone_end(e);

    ngx_http_oauth_token_zone_wipe(z, old, old_len);

    return 0;
}


void
ngx_http_oauth_token_room_empty(ngx_http_oauth_token_zone_t *z,
    ngx_http_oauth_token_entry_t *e)
{
    if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING) {
        return;
    }

    ngx_http_oauth_token_zone_begin(e);
    ZONE_STORE(&e->holds, NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING);
    ngx_http_oauth_token_zone_end(e);

    ngx_http_oauth_token_zone_wipe(z, (uint32_t) e->cell, e->len);
}
