
/*
 * Row 1: how a record gets its place in a store, and loses it.
 *
 * Plain C, for the store only; with the lock held.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ROOM_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ROOM_H_INCLUDED_


#include "ngx_http_oauth_token_terms.h"
#include "ngx_http_oauth_token_zone.h"


/*
 * The key's entry, or a new one, of that group and kind, for which another may
 * have to go, but not keep, unless that is NONE.  NONE: all that there are have
 * work to do.
 */
uint32_t ngx_http_oauth_token_room_take(ngx_http_oauth_token_zone_t *z,
    const unsigned char *key, uint64_t group,
    ngx_http_oauth_token_kind_e kind, int64_t now, uint32_t keep);

/*
 * Puts bytes into an entry, in the place of what it held.  Others may have to
 * go.  Returns 0, or -1: there is no room, and nothing has changed.
 */
int ngx_http_oauth_token_room_put(ngx_http_oauth_token_zone_t *z, uint32_t i,
    ngx_http_oauth_token_holds_e holds,
    const ngx_http_oauth_token_fresh_t *fresh, int64_t now);

/* wipes what an entry holds; the entry stays */
void ngx_http_oauth_token_room_empty(ngx_http_oauth_token_zone_t *z,
    ngx_http_oauth_token_entry_t *e);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ROOM_H_INCLUDED_ */
