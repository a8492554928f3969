
/*
 * Row 7: compute, the directive of oauth_provider{} that makes a value of
 * others.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_COMPUTE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_COMPUTE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* function of the directive; conf is the provider */
char *ngx_http_oauth_token_compute_define(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * After the block: gives the named parts of all its values their slots.  The
 * variables in what only requests upstream use stay LATE.
 */
ngx_int_t ngx_http_oauth_token_compute_resolve(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);

/* whether the value in this slot comes or is made of the token's answer */
ngx_uint_t ngx_http_oauth_token_compute_of_token(
    ngx_http_oauth_token_provider_t *p, ngx_uint_t slot);


#endif /* _NGX_HTTP_OAUTH_TOKEN_COMPUTE_H_INCLUDED_ */
