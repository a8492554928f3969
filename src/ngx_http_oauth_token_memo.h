
/*
 * Row 3: keys that this worker has made lately, by the values that they were
 * made of: to compare these costs a tenth of a SHA-256.
 *
 * The values are compared byte by byte, so that no two tenants ever get each
 * other's key.  They may be secrets: they are in memory for secrets, and wiped
 * when they were not asked for in a minute.  No more are remembered than the
 * zone has entries; what is longer than a name or an id, such as a subject
 * token, is not.
 *
 * One of 12 bytes takes a block of 256 bytes.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_MEMO_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_MEMO_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * The same as ngx_http_oauth_token_key(), of a provider with slots: dst, or
 * provider->key; NULL: no memory.
 */
u_char *ngx_http_oauth_token_memo_key(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots, u_char *dst);

/* forgets those of a zone that are not in use any more */
void ngx_http_oauth_token_memo_tidy(ngx_http_oauth_token_zone_conf_t *zone);

/* forgets all, at the end of the worker */
void ngx_http_oauth_token_memo_free(ngx_http_oauth_token_zone_conf_t *zone);


#endif /* _NGX_HTTP_OAUTH_TOKEN_MEMO_H_INCLUDED_ */
