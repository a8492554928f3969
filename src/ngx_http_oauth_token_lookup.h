
/*
 * Row 1: the store's reading half, which takes no lock.
 *
 * Plain C.  For the parts of the store only; what others may call is declared
 * in store.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_LOOKUP_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_LOOKUP_H_INCLUDED_


#include "ngx_http_oauth_token_terms.h"
#include "ngx_http_oauth_token_zone.h"


/* the entry filed under the key, or NONE; right for sure only when locked */
uint32_t ngx_http_oauth_token_lookup_entry(ngx_http_oauth_token_zone_t *z,
    const unsigned char *key);

/* whether there is a token that is not too old */
int ngx_http_oauth_token_lookup_usable(ngx_http_oauth_token_entry_t *e,
    int64_t now);

/*
 * What a claim would be told: FRESH, CLAIMED, PAUSED or OK.  patient: the one
 * who asks can wait, or a token serves meanwhile.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_lookup_state(
    ngx_http_oauth_token_entry_t *e, int64_t now, int patient);

/* whether a living process works on the entry's claim, its time not over */
int ngx_http_oauth_token_lookup_claimed(ngx_http_oauth_token_entry_t *e,
    int64_t now);


#endif /* _NGX_HTTP_OAUTH_TOKEN_LOOKUP_H_INCLUDED_ */
