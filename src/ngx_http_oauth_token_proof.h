
/*
 * Row 8: whether a provider has what its JWTs need, and uses what it has.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PROOF_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PROOF_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* settles the algorithms and the lifetime; logs what is wrong */
ngx_int_t ngx_http_oauth_token_proof_check(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PROOF_H_INCLUDED_ */
