
/*
 * Row 7: the timers that get a provider's token when nginx starts, and keep it
 * fresh without any request (prefetch on).
 *
 * Each worker has a timer for each provider; who comes first gets the claim.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_REFRESH_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_REFRESH_H_INCLUDED_


#include "ngx_http_oauth_token_flight.h"


/* once a worker, after the waiting was set up */
void ngx_http_oauth_token_refresh_init(ngx_cycle_t *cycle,
    ngx_http_oauth_token_main_conf_t *mcf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_REFRESH_H_INCLUDED_ */
