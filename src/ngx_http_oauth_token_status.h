
/*
 * Row 8: oauth_token_status: a location that tells how all providers do.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_STATUS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_STATUS_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* the function of the directive */
char *ngx_http_oauth_token_status_use(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_STATUS_H_INCLUDED_ */
