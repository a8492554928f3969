
/*
 * Row 8: whether the parts of an oauth_provider{} go together.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SANITY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SANITY_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* logs what does not; nothing is unset any more */
ngx_int_t ngx_http_oauth_token_sanity(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SANITY_H_INCLUDED_ */
