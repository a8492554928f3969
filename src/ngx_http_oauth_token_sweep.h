
/*
 * Row 7: wiping tokens that have ended, and this worker's copies that are of
 * no use any more, by a timer: when no request comes nobody else would.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SWEEP_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SWEEP_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* starts the timer of a worker; it never keeps one that quits */
void ngx_http_oauth_token_sweep_init(ngx_cycle_t *cycle,
    ngx_http_oauth_token_main_conf_t *mcf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SWEEP_H_INCLUDED_ */
