
/*
 * Row 2: values of a provider that have names, $oauth_token_NAME: what is
 * captured with its token, what it computes, the moment of an attempt.
 *
 * Each has a slot, see ngx_http_oauth_token_named_e.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_NAMED_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_NAMED_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Whether a variable, without its "$", is such a value, or none at all: it
 * has our prefix and is not known to requests.  *name: what is behind that.
 */
ngx_uint_t ngx_http_oauth_token_named(ngx_str_t *variable, ngx_str_t *name);

/* the slot of a name, or NAMED_MAX: the provider has none */
ngx_uint_t ngx_http_oauth_token_named_slot(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *name);

/*
 * Whether a directive may give this name to a value: [a-z0-9_], not one of
 * ours, and not yet taken.  Logs if not.
 */
ngx_int_t ngx_http_oauth_token_named_new(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *name);


#endif /* _NGX_HTTP_OAUTH_TOKEN_NAMED_H_INCLUDED_ */
