
/*
 * Row 3: runs directives in oauth_provider{}: the user's, and those that the
 * module adds as if they stood there.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_DIRECTIVE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_DIRECTIVE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * The context of the directives inside oauth_provider{}: a bit that nginx
 * does not use, so that it says itself "not allowed here" anywhere else.
 */
#define NGX_HTTP_OAUTH_TOKEN_PROVIDER_CONF  0x00100000


/*
 * Runs the directive in cf->args as nginx would: ours with the provider as
 * its configuration, proxy_* and resolver* with the provider's location.  Logs
 * what is wrong; notes the name in provider->written.
 */
char *ngx_http_oauth_token_directive_user(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);

/* the same as if the user had written these words, a NULL after the last */
char *ngx_http_oauth_token_directive_repeat(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, const char *const *args);

/*
 * Runs a directive with its arguments, a NULL after the last: one of ours or
 * any that nginx knows for a location.
 */
char *ngx_http_oauth_token_directive_apply(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, const char *const *args);

/* the same, unless the user has written that directive */
ngx_int_t ngx_http_oauth_token_directive_default(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, const char *const *args);

/* whether the user has written it */
ngx_uint_t ngx_http_oauth_token_directive_written(
    ngx_http_oauth_token_provider_t *provider, const char *name);


#endif /* _NGX_HTTP_OAUTH_TOKEN_DIRECTIVE_H_INCLUDED_ */
