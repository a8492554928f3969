
/*
 * Row 8: whether names of headers and parameters of a provider meet, so that
 * one would be sent twice or not at all.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_NAMES_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_NAMES_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* logs which do; and whether the token is sent upstream at all */
ngx_int_t ngx_http_oauth_token_names(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);


#endif /* _NGX_HTTP_OAUTH_TOKEN_NAMES_H_INCLUDED_ */
