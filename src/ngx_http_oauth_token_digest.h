
/*
 * Row 0: a digest over many texts, each with its length, so that no two lists
 * of them run together.
 *
 * Plain C, no nginx types.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_DIGEST_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_DIGEST_H_INCLUDED_


#include <stddef.h>

#include <openssl/evp.h>


/* both return 1, or 0 when OpenSSL has failed */

int ngx_http_oauth_token_digest_bytes(EVP_MD_CTX *md, const void *data,
    size_t len);

/* a text with a NUL at its end, which does not count */
int ngx_http_oauth_token_digest_text(EVP_MD_CTX *md, const char *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_DIGEST_H_INCLUDED_ */
