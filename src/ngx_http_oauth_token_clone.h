
/*
 * Row 8: clones of a request that has a token.
 *
 * nginx makes them of a request under way (slice, background updates of a
 * cache).  They run no phase, they begin with the content handler, and with
 * the client's own headers.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CLONE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CLONE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * When a location is merged: takes the place of its content handler.  One that
 * has none, such as an "if", is left with that of the location around it.
 */
void ngx_http_oauth_token_clone_init(ngx_conf_t *cf,
    ngx_http_oauth_token_loc_conf_t *prev,
    ngx_http_oauth_token_loc_conf_t *lcf);

/*
 * The content handler of locations with a provider: sees to it that there is a
 * token, on clones as well, then calls the location's own (see retry).
 */
ngx_int_t ngx_http_oauth_token_clone_content(ngx_http_request_t *r);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CLONE_H_INCLUDED_ */
