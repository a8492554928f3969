
/*
 * Row 2: the variables that a provider's token depends on, evaluated for a
 * client's request.  See value.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SLOTS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SLOTS_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Evaluates the slots for a client's request, in its pool; *slots is an array
 * of as many strings.  NGX_DECLINED: one that is required is empty, or no good
 * for a URL, which is logged.
 */
ngx_int_t ngx_http_oauth_token_slots(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t **slots);

/*
 * After all of the configuration was read: nginx would name an unknown variable
 * in its message, which may be a part of a secret.
 */
ngx_int_t ngx_http_oauth_token_slots_known(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SLOTS_H_INCLUDED_ */
