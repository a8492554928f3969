
/*
 * Row 4: whom a token request trusts, and as whom it appears.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TLS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TLS_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * After the block: certificates are verified against the system's CAs unless
 * the block says otherwise, and nothing of http{} counts.
 */
ngx_int_t ngx_http_oauth_token_tls_finish(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);

/*
 * After all of http{} is merged: whose name the certificate must have, in a
 * subjectAltName; a proxy_ssl_name with variables is left to nginx alone.  A
 * client certificate becomes a part of the provider's keys.
 */
ngx_int_t ngx_http_oauth_token_tls_init(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_TLS_H_INCLUDED_ */
