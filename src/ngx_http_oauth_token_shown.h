
/*
 * Row 3: the variables that show injected headers, $http_authorization and
 * its like, whose cached values must not outlive the injection.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SHOWN_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SHOWN_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * After all of http{} is parsed: finds those that the configuration has;
 * provider->shown tells whether there are any.
 */
void ngx_http_oauth_token_shown_init(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);

/* to be asked for anew */
void ngx_http_oauth_token_shown_forget(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SHOWN_H_INCLUDED_ */
