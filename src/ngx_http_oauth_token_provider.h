
/*
 * Row 7: the directives of oauth_provider{} that say where to ask, and as
 * whom.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PROVIDER_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PROVIDER_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* an empty provider, everything unset */
ngx_http_oauth_token_provider_t *ngx_http_oauth_token_provider_create(
    ngx_conf_t *cf, ngx_str_t *name);

/*
 * Functions of directives; conf is the provider.  choice: one of the
 * ngx_conf_enum_t in cmd->post, unsigned, at cmd->offset.  value: a VALUE at
 * cmd->offset, secret when cmd->post is not NULL.
 */
char *ngx_http_oauth_token_provider_preset(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_provider_url(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_provider_option(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_provider_choice(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_provider_value(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PROVIDER_H_INCLUDED_ */
