
/*
 * Row 5: how a token request travels.
 *
 * What http{} may hold for the user's own proxying is kept away from token
 * requests by writing out every directive that matters, as if it stood in the
 * block.  What stands there wins.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TRANSPORT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TRANSPORT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* after the block, when all of the provider is known */
ngx_int_t ngx_http_oauth_token_transport_finish(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);

/*
 * After all of http{} is merged: has the host resolved now, unless a resolver
 * is in force, and takes out what only merging can bring in.
 */
ngx_int_t ngx_http_oauth_token_transport_init(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_TRANSPORT_H_INCLUDED_ */
