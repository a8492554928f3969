
/*
 * Row 7: $oauth_...
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_VARIABLES_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_VARIABLES_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* before the configuration is parsed */
ngx_int_t ngx_http_oauth_token_variables_add(ngx_conf_t *cf);

/* adds $oauth_token_NAME, for what providers capture under this name */
ngx_int_t ngx_http_oauth_token_variables_captured(ngx_conf_t *cf,
    ngx_str_t *name);


#endif /* _NGX_HTTP_OAUTH_TOKEN_VARIABLES_H_INCLUDED_ */
