
/*
 * Row 7: the directives of oauth_provider{} that say what is sent: grant,
 * scope, parameters and headers.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PARAMS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PARAMS_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Functions of directives; conf is the provider.  placed: a VALUE with "in=",
 * a field at cmd->offset.  header: an array of fields at cmd->offset, and
 * with cmd->post the upstream headers as well.
 */
char *ngx_http_oauth_token_params_placed(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_params_parameter(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_oauth_token_params_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_params_inject(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* whether nginx makes the header of what it sends, so that nobody else may */
ngx_uint_t ngx_http_oauth_token_params_own(ngx_str_t *name);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PARAMS_H_INCLUDED_ */
