
#include "ngx_http_oauth_token_cold.h"

#include <string.h>

#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_room.h"


#define ZONE_LOAD   NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD
#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE

/*
 * An eviction looks at so many of the oldest entries for the one to go, and
 * places at most so many anew: that keeps it short, whatever there are.
 */
#define EVICT_LOOK   64
#define EVICT_PLACE  1024


static int ngx_http_oauth_token_room_evict(ngx_http_oauth_token_zone_t *z,
    int64_t now, uint32_t keep);
static void ngx_http_oauth_token_room_evicted(ngx_http_oauth_token_zone_t *z,
    uint32_t i, int64_t now);
static int ngx_http_oauth_token_room_useful(ngx_http_oauth_token_entry_t *e,
    int64_t now);


uint32_t
ngx_http_oauth_token_room_take(ngx_http_oauth_token_zone_t *z,
    const unsigned char *key, uint64_t group,
    ngx_http_oauth_token_kind_e kind, int64_t now, uint32_t keep)
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
        e->placed = now;
    }

    /* whoever has taken it before may have died on the way */

    e = ngx_http_oauth_token_zone_entry(z, i);
    ZONE_STORE(&e->group, group);
    ZONE_STORE(&e->kind, (uint32_t) kind);

    return i;
}


/*
 * Drops what is least worth keeping: of the oldest entries that nobody fetches
 * for, one without use, else the one that was used the longest ago.  Who uses a
 * token takes no lock and so cannot place it: that is made up for here.
 */

static int
ngx_http_oauth_token_room_evict(ngx_http_oauth_token_zone_t *z, int64_t now,
    uint32_t keep)
{
    int64_t                        touched, oldest;
    uint32_t                       i, n, next, found;
    ngx_http_oauth_token_entry_t  *e;

    found = ZONE_NONE;
    oldest = INT64_MAX;

    for (n = 0, i = z->oldest;
         i != ZONE_NONE && (found == ZONE_NONE || n < EVICT_LOOK);
         n++, i = next)
    {
        e = ngx_http_oauth_token_zone_entry(z, i);

        touched = ZONE_LOAD(&e->touched);
        next = e->newer;

        if (i == keep || ngx_http_oauth_token_lookup_claimed(e, now)) {

            /* out of the way of the next eviction, many may be at work */

            if (n < EVICT_PLACE) {
                ngx_http_oauth_token_zone_replace(z, i);
            }

            continue;
        }

        if (!ngx_http_oauth_token_room_useful(e, now)) {
            found = i;
            break;
        }

        if (n < EVICT_PLACE && touched > e->placed) {

            /* it is looked at again if there is none that is older */

            ngx_http_oauth_token_zone_replace(z, i);
            next = next == ZONE_NONE ? i : next;

        } else if (touched < oldest) {
            oldest = touched;
            found = i;
        }
    }

    if (found == ZONE_NONE) {
        return -1;
    }

    ngx_http_oauth_token_room_evicted(z, found, now);
    ngx_http_oauth_token_zone_drop(z, found);

    return 0;
}


static void
ngx_http_oauth_token_room_evicted(ngx_http_oauth_token_zone_t *z, uint32_t i,
    int64_t now)
{
    ngx_http_oauth_token_entry_t  *e;
    ngx_http_oauth_token_stats_t  *stats;

    e = ngx_http_oauth_token_zone_entry(z, i);

    if (e->kind != NGX_HTTP_OAUTH_TOKEN_KIND_TOKEN
        || !ngx_http_oauth_token_lookup_usable(e, now))
    {
        return;
    }

    ngx_http_oauth_token_stats_add(z->evicted);

    stats = ngx_http_oauth_token_zone_counted(z, e->group);

    if (stats) {
        ngx_http_oauth_token_stats_add(stats->evicted);
    }
}


static int
ngx_http_oauth_token_room_useful(ngx_http_oauth_token_entry_t *e, int64_t now)
{
    return ngx_http_oauth_token_lookup_usable(e, now)
           || ngx_http_oauth_token_lookup_state(e, now, 0)
              == NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED;
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

    old = e->cell;
    old_len = e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING ? 0 : e->len;

    ngx_http_oauth_token_zone_begin(e);

    ZONE_STORE(&e->holds, holds);
    ZONE_STORE(&e->len, fresh->len);
    ZONE_STORE(&e->cell, cell);
    ZONE_STORE(&e->born, now);
    ZONE_STORE(&e->refresh_at, fresh->refresh_at);
    ZONE_STORE(&e->usable_until, fresh->usable_until);
    ZONE_STORE(&e->wall_until, fresh->wall_until);
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

    ngx_http_oauth_token_zone_wipe(z, e->cell, e->len);
}
