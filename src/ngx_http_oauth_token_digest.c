
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: a digest over many texts.  See the header.
 */

#include <stdint.h>
#include <string.h>

#include "ngx_http_oauth_token_digest.h"


int
ngx_http_oauth_token_digest_bytes(EVP_MD_CTX *md, const void *data, size_t len)
{
    uint64_t  n;

    n = len;

    return EVP_DigestUpdate(md, &n, sizeof(n))
           && EVP_DigestUpdate(md, data, len);
}


int
ngx_http_oauth_token_digest_text(EVP_MD_CTX *md, const char *text)
{
    return ngx_http_oauth_token_digest_bytes(md, text, strlen(text));
}
