
/*
 * Row 7: the directives of oauth_provider{} that belong to one grant alone:
 * username, password, subject_token, actor_token, requested_token_type.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_GRANT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_GRANT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* function of all of them; conf is the provider */
char *ngx_http_oauth_token_grant_field(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * After the block: puts the name that is sent in the place of a short one, and
 * logs what the grant lacks or what is another's.
 */
ngx_int_t ngx_http_oauth_token_grant_check(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);


#endif /* _NGX_HTTP_OAUTH_TOKEN_GRANT_H_INCLUDED_ */
