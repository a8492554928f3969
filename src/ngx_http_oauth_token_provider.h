
/*
 * Row 7: the directives of oauth_provider{}, one by one.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PROVIDER_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PROVIDER_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* an empty provider, everything unset */
ngx_http_oauth_token_provider_t *ngx_http_oauth_token_provider_create(
    ngx_conf_t *cf, ngx_str_t *name);

/*
 * Functions of directives; conf is the provider.  value: a VALUE at
 * cmd->offset, cmd->post not NULL when it is secret; flagged: the same with
 * "in=", a field.
 */
char *ngx_http_oauth_token_provider_value(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_provider_flagged(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_oauth_token_provider_auth(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_provider_parameter(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_oauth_token_provider_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_provider_option(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_provider_token_field(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_oauth_token_provider_expires_field(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_oauth_token_provider_lifetime(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PROVIDER_H_INCLUDED_ */
