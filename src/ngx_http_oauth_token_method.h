
/*
 * Row 7: the directive client_auth of oauth_provider{}.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_METHOD_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_METHOD_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* function of the directive; conf is the provider */
char *ngx_http_oauth_token_method_use(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_METHOD_H_INCLUDED_ */
