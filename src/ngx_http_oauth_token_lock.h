
/*
 * Row 1: the lock of a store's memory, and the repair after a dead owner.
 *
 * Plain C.  The lock is a word with the pid of its owner; a process that is
 * killed while it writes leaves it, and may leave anything half done.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_LOCK_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_LOCK_H_INCLUDED_


#include "ngx_http_oauth_token_zone.h"


/*
 * Returns 0, or -1 when a live process has kept it for too long.  After a dead
 * owner everything is in order again when this returns 0.
 */
int ngx_http_oauth_token_zone_lock(ngx_http_oauth_token_zone_t *z);
void ngx_http_oauth_token_zone_unlock(ngx_http_oauth_token_zone_t *z);

/* whether there is no such process any more */
int ngx_http_oauth_token_zone_dead(pid_t pid);


#endif /* _NGX_HTTP_OAUTH_TOKEN_LOCK_H_INCLUDED_ */
