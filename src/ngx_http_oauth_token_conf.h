
/*
 * Row 9: the directives, and the configurations of http{} and of locations.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CONF_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CONF_H_INCLUDED_


#include "ngx_http_oauth_token.h"


extern ngx_command_t  ngx_http_oauth_token_commands[];


void *ngx_http_oauth_token_create_main_conf(ngx_conf_t *cf);

/* when all of http{} is parsed: zones of the providers */
char *ngx_http_oauth_token_init_main_conf(ngx_conf_t *cf, void *conf);

void *ngx_http_oauth_token_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_oauth_token_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

/* when all of http{} is merged: what needs the merged locations */
ngx_int_t ngx_http_oauth_token_conf_finish(ngx_conf_t *cf);

/* NULL: no such provider */
ngx_http_oauth_token_provider_t *ngx_http_oauth_token_conf_provider(
    ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CONF_H_INCLUDED_ */
