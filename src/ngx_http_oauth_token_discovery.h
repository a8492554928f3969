
/*
 * Row 4: where the token endpoint of an issuer is (RFC 8414; OpenID Connect
 * Discovery 1.0).
 *
 * The metadata are fetched like a token, by a provider of their own, whose
 * "token" is the member token_endpoint.  It is kept in the store for all
 * workers.  Only path and query of it count: the host is the issuer's, since a
 * secret goes to hosts only that the configuration names.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_DISCOVERY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_DISCOVERY_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * What is known, in memory of the caller's, who frees uri->data unless it is
 * NULL.  NGX_OK: it is good; NGX_AGAIN: it should be looked for anew, and
 * serves when that fails; NGX_DECLINED: nothing.
 */
ngx_int_t ngx_http_oauth_token_discovery_find(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *uri);

/* what was found serves on, and is not looked for anew for a while */
void ngx_http_oauth_token_discovery_defer(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *uri);

/*
 * Keeps the good result of a fetch with provider->metadata.  NGX_OK: uri as
 * above; NGX_DECLINED: *result is a failure now.
 */
ngx_int_t ngx_http_oauth_token_discovery_keep(
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_result_t *result, ngx_str_t *uri);


#endif /* _NGX_HTTP_OAUTH_TOKEN_DISCOVERY_H_INCLUDED_ */
