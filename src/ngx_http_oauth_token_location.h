
/*
 * Row 7: the configuration of locations: whose token their requests get.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_LOCATION_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_LOCATION_H_INCLUDED_


#include "ngx_http_oauth_token.h"


void *ngx_http_oauth_token_create_loc_conf(ngx_conf_t *cf);

/* providers are all known by then, wherever they stand */
char *ngx_http_oauth_token_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

/* the function of oauth_token_provider */
char *ngx_http_oauth_token_location_use(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* the function of oauth_token_retry */
char *ngx_http_oauth_token_location_retry(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* for the post of oauth_token_log_secrets: warns */
char *ngx_http_oauth_token_location_log_secrets(ngx_conf_t *cf, void *post,
    void *data);

/* NULL: no such provider */
ngx_http_oauth_token_provider_t *ngx_http_oauth_token_location_provider(
    ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name);


#endif /* _NGX_HTTP_OAUTH_TOKEN_LOCATION_H_INCLUDED_ */
