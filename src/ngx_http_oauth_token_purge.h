
/*
 * Row 8: oauth_token_purge: a location in which POST and DELETE drop cached
 * tokens.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PURGE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PURGE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* the function of the directive */
char *ngx_http_oauth_token_purge_use(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PURGE_H_INCLUDED_ */
