
/*
 * Row 7: the directives of oauth_provider{} that say how an answer is read.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_READING_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_READING_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* defaults of token_lifetime, ms */
#define NGX_HTTP_OAUTH_TOKEN_LIFETIME      300000
#define NGX_HTTP_OAUTH_TOKEN_LIFETIME_MIN  1000
#define NGX_HTTP_OAUTH_TOKEN_LIFETIME_MAX  86400000


/* functions of directives; conf is the provider */
char *ngx_http_oauth_token_reading_token(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_reading_expires(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_http_oauth_token_reading_lifetime(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);

/* after the block: what it has not said */
void ngx_http_oauth_token_reading_defaults(
    ngx_http_oauth_token_provider_t *p);


#endif /* _NGX_HTTP_OAUTH_TOKEN_READING_H_INCLUDED_ */
