
/*
 * Row 3: the URL of a token endpoint.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_URL_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_URL_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Splits the URL into the provider's scheme, host and uri.  Logs what is
 * wrong, without the URL, which may hold a secret.
 */
ngx_int_t ngx_http_oauth_token_url_set(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *url,
    ngx_uint_t insecure_http);


#endif /* _NGX_HTTP_OAUTH_TOKEN_URL_H_INCLUDED_ */
