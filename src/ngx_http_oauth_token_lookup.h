
/*
 * Row 1: the store's reading half, which takes no lock.
 *
 * Plain C.  For the store only; others include the store, which has these
 * functions' public names.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_LOOKUP_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_LOOKUP_H_INCLUDED_


#include "ngx_http_oauth_token_zone.h"


/* a store is its zone */
struct ngx_http_oauth_token_store_s {
    ngx_http_oauth_token_zone_t  zone;
};


/* the entry filed under the key, or NONE; right for sure only when locked */
uint32_t ngx_http_oauth_token_lookup_entry(ngx_http_oauth_token_zone_t *z,
    const unsigned char *key);

/* whether a living process works on the entry's claim, its time not over */
int ngx_http_oauth_token_lookup_claimed(ngx_http_oauth_token_entry_t *e,
    int64_t now);


#endif /* _NGX_HTTP_OAUTH_TOKEN_LOOKUP_H_INCLUDED_ */
