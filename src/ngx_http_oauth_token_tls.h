
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


#endif /* _NGX_HTTP_OAUTH_TOKEN_TLS_H_INCLUDED_ */
