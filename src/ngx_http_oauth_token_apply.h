
/*
 * Row 7: puts data where a user has left oauth_provider{} open: lines of
 * presets and of defaults.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_APPLY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_APPLY_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* all of the provider's preset, if it has one, the endpoint's URL included */
ngx_int_t ngx_http_oauth_token_apply_preset(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);

/*
 * Runs a directive with its arguments, a NULL after the last, as if it stood
 * in the block.  Of directives that may be repeated, and of those that a
 * preset may complete, the functions see to it themselves that the user wins.
 */
ngx_int_t ngx_http_oauth_token_apply_line(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, const char *const *args);

/* whether a header of that name is among the fields */
ngx_uint_t ngx_http_oauth_token_apply_has(ngx_array_t *headers,
    const char *name);


#endif /* _NGX_HTTP_OAUTH_TOKEN_APPLY_H_INCLUDED_ */
