
/*
 * Row 1: taking many tokens out of a store and wiping them.
 *
 * Plain C.  Each goes through all entries, a few of them at a time with the
 * lock held.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CLEAR_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CLEAR_H_INCLUDED_


#include "ngx_http_oauth_token_store.h"


/* all tokens of a group, 0: all there are; OK or BUSY */
ngx_http_oauth_token_store_e ngx_http_oauth_token_store_purge(
    ngx_http_oauth_token_store_t *st, uint64_t group);

/*
 * Those that have ended, which nobody can find any more, from an entry on: at
 * most so many entries are looked at, of those that ever were in use.  The lock
 * is taken only where there is one.  Returns the entry to go on with; 0: that
 * was all, or the store is busy.
 */
uint32_t ngx_http_oauth_token_store_sweep(ngx_http_oauth_token_store_t *st,
    uint32_t entry, uint32_t n, int64_t now);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CLEAR_H_INCLUDED_ */
