
/*
 * Row 3: where providers are counted: their records in the shared memory, and
 * a worker's place in each.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_COUNTED_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_COUNTED_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Once a configuration, in the master, when the stores are there.  A provider
 * for which its zone has no record is counted by each worker for itself, and a
 * line says so.
 */
ngx_int_t ngx_http_oauth_token_counted_init_module(ngx_cycle_t *cycle,
    ngx_http_oauth_token_main_conf_t *mcf);

/* once a worker, and at its end */
void ngx_http_oauth_token_counted_init_process(
    ngx_http_oauth_token_main_conf_t *mcf);
void ngx_http_oauth_token_counted_exit_process(
    ngx_http_oauth_token_main_conf_t *mcf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_COUNTED_H_INCLUDED_ */
