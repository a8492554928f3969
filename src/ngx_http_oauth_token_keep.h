
/*
 * Row 7: capture, the directive of oauth_provider{} that keeps members of an
 * answer with its token.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_KEEP_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_KEEP_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* function of the directive; conf is the provider */
char *ngx_http_oauth_token_keep_capture(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_KEEP_H_INCLUDED_ */
