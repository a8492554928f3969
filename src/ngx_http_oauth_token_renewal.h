
/*
 * Row 4: the refresh token (RFC 6749, section 6) that a key has in the store,
 * beside its token.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_RENEWAL_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_RENEWAL_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* copies it into memory of the caller's; an empty string: there is none */
void ngx_http_oauth_token_renewal_find(
    ngx_http_oauth_token_provider_t *provider, u_char *key,
    ngx_str_t *refresh);

/* wipes and frees such a copy; an empty one is nothing */
void ngx_http_oauth_token_renewal_wipe(ngx_str_t *refresh);

/*
 * Keeps the one of a good answer, in the place of an older one.  An answer
 * without any leaves the old one in force.
 */
void ngx_http_oauth_token_renewal_save(
    ngx_http_oauth_token_provider_t *provider, u_char *key,
    ngx_http_oauth_token_result_t *result);

/* takes it away from all workers */
void ngx_http_oauth_token_renewal_drop(
    ngx_http_oauth_token_provider_t *provider, u_char *key);


#endif /* _NGX_HTTP_OAUTH_TOKEN_RENEWAL_H_INCLUDED_ */
