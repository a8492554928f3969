
/*
 * Row 0: what a provider may want computed of a text.
 *
 * Plain C, no nginx types, no state.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_HASH_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_HASH_H_INCLUDED_


#include <stddef.h>


typedef enum {
    NGX_HTTP_OAUTH_TOKEN_HASH_BASE64 = 0,    /* none: the text itself */
    NGX_HTTP_OAUTH_TOKEN_HASH_SHA256,
    NGX_HTTP_OAUTH_TOKEN_HASH_SHA512,
    NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA256,
    NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA512
} ngx_http_oauth_token_hash_e;


/* the room that hash() needs for a text of so many bytes */
size_t ngx_http_oauth_token_hash_size(ngx_http_oauth_token_hash_e function,
    size_t len);

/*
 * Writes the hash of a text to dst, in base64 (RFC 4648, section 4) or in lower
 * case hexadecimal; key is for those of RFC 2104.  Returns the length, or 0:
 * OpenSSL has failed, or the text is too long for it.
 */
size_t ngx_http_oauth_token_hash(ngx_http_oauth_token_hash_e function,
    int base64, const unsigned char *text, size_t len,
    const unsigned char *key, size_t key_len, unsigned char *dst);


#endif /* _NGX_HTTP_OAUTH_TOKEN_HASH_H_INCLUDED_ */
