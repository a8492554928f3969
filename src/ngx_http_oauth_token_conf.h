
/*
 * Row 9: the configuration of http{}: zones and providers.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CONF_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CONF_H_INCLUDED_


#include "ngx_http_oauth_token.h"


void *ngx_http_oauth_token_create_main_conf(ngx_conf_t *cf);

/* when all of http{} is parsed: zones of the providers */
char *ngx_http_oauth_token_init_main_conf(ngx_conf_t *cf, void *conf);

/* when all of http{} is merged: what needs the merged locations */
ngx_int_t ngx_http_oauth_token_conf_finish(ngx_conf_t *cf);

/* functions of oauth_token_zone, oauth_provider, and zone in it */
char *ngx_http_oauth_token_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_conf_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_conf_provider_zone(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CONF_H_INCLUDED_ */
