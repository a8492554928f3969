
/*
 * Row 3: the key of a token in the cache: a SHA-256 over everything the token
 * depends on, each with its length, so that no two of them run together.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_KEY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_KEY_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * provider->digest, from its name and its whole configuration, secrets
 * included: a changed secret never meets an old token.  Also its endpoint_key
 * and its group.
 */
ngx_int_t ngx_http_oauth_token_key_init(
    ngx_http_oauth_token_provider_t *provider);

/*
 * Adds something that is known later to the digest, and so to every key that is
 * made of it.
 */
ngx_int_t ngx_http_oauth_token_key_add(
    ngx_http_oauth_token_provider_t *provider, const void *data, size_t len);

/*
 * provider->key, from its digest and the salt of its zone, which is there by
 * now: keys are seen in logs and core files, and must not tell a secret to
 * those who can guess.
 */
ngx_int_t ngx_http_oauth_token_key_seal(
    ngx_http_oauth_token_provider_t *provider);

/*
 * The key of a request.  Without slots, or with nothing in them, it is
 * provider->key itself; otherwise dst is filled.  NULL: no memory.
 */
u_char *ngx_http_oauth_token_key(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *slots, u_char *dst);


#endif /* _NGX_HTTP_OAUTH_TOKEN_KEY_H_INCLUDED_ */
