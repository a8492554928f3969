
/*
 * Row 7: the directives of oauth_provider{} for the JWTs that a provider is
 * sent: signing_key, assertion_claim, assertion_lifetime.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SIGNING_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SIGNING_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* s; one that is valid for longer can be used again by who gets hold of it */
#define NGX_HTTP_OAUTH_TOKEN_ASSERTION_LIFETIME  60
#define NGX_HTTP_OAUTH_TOKEN_ASSERTION_MAX       3600


/* functions of directives; conf is the provider */
char *ngx_http_oauth_token_signing_key(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_signing_claim(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* post handler of assertion_lifetime */
char *ngx_http_oauth_token_signing_lifetime(ngx_conf_t *cf, void *post,
    void *data);

/*
 * The end of what the configuration needs OpenSSL's form of the key for; see
 * pkey.
 */
void ngx_http_oauth_token_signing_free(ngx_http_oauth_token_provider_t *p);

/* whether the key is one for its algorithm; logs it if not */
ngx_int_t ngx_http_oauth_token_signing_fits(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SIGNING_H_INCLUDED_ */
