
/*
 * Row 9: issuer: a provider whose token endpoint stands in its issuer's
 * metadata (RFC 8414; OpenID Connect Discovery 1.0).
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ISSUER_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ISSUER_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* the function of the directive */
char *ngx_http_oauth_token_issuer_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * After the block was parsed, and before it is finished: where it goes without
 * the metadata.
 */
ngx_int_t ngx_http_oauth_token_issuer_check(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);

/*
 * After the block was finished: makes provider->metadata, a provider of its own
 * that goes the same way, if there is an issuer.
 */
ngx_int_t ngx_http_oauth_token_issuer_metadata(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ISSUER_H_INCLUDED_ */
