
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_clear.h"

#include "ngx_http_oauth_token_lock.h"
#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_room.h"


#define ZONE_LOAD   NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD

/* so many entries a purge looks at before it lets others have the lock */
#define PURGE_STEP  256


static int ngx_http_oauth_token_clear_ended(ngx_http_oauth_token_entry_t *e,
    int64_t now);


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_purge(ngx_http_oauth_token_store_t *st,
    uint64_t group)
{
    uint32_t                       i, end;
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_entry_t  *e;

    z = &st->zone;

    (void) __atomic_add_fetch(&z->purges, 1, __ATOMIC_SEQ_CST);

    for (i = 0; i < z->nentries; /* void */) {

        if (ngx_http_oauth_token_zone_lock(z) != 0) {
            return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
        }

        end = z->nentries - i > PURGE_STEP ? i + PURGE_STEP : z->nentries;

        for ( /* void */ ; i < end; i++) {
            e = ngx_http_oauth_token_zone_entry(z, i);

            if (e->used && e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
                && (group == 0 || e->group == group))
            {
                ngx_http_oauth_token_room_empty(z, e);
            }
        }

        ngx_http_oauth_token_zone_unlock(z);
    }

    /* also for copies that were made meanwhile, which the store may forget */

    (void) __atomic_add_fetch(&z->purges, 1, __ATOMIC_SEQ_CST);

    return NGX_HTTP_OAUTH_TOKEN_STORE_OK;
}


uint32_t
ngx_http_oauth_token_store_sweep(ngx_http_oauth_token_store_t *st,
    uint32_t entry, uint32_t n, int64_t now)
{
    int                            locked;
    uint32_t                       end;
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_entry_t  *e;

    z = &st->zone;
    locked = 0;

    end = ZONE_LOAD(&z->ever);
    e = ngx_http_oauth_token_zone_entry(z, entry);

    for ( /* void */ ; n > 0 && entry < end; n--, entry++, e++) {

        if (!ngx_http_oauth_token_clear_ended(e, now)) {
            continue;
        }

        if (!locked) {

            if (ngx_http_oauth_token_zone_lock(z) != 0) {
                return 0;
            }

            locked = 1;
        }

        /* it may be another's by now */

        if (e->used && ngx_http_oauth_token_clear_ended(e, now)) {
            ngx_http_oauth_token_room_empty(z, e);
        }
    }

    if (locked) {
        ngx_http_oauth_token_zone_unlock(z);
    }

    return entry < end ? entry : 0;
}


static int
ngx_http_oauth_token_clear_ended(ngx_http_oauth_token_entry_t *e, int64_t now)
{
    return ZONE_LOAD(&e->holds) == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
           && ZONE_LOAD(&e->usable_until) <= now;
}
