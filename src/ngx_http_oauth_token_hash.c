
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: what a provider may want computed of a text.  See the header.
 */

#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ngx_http_oauth_token_hash.h"


static const EVP_MD *ngx_http_oauth_token_hash_md(
    ngx_http_oauth_token_hash_e function);
static size_t ngx_http_oauth_token_hash_hex(const unsigned char *bytes,
    size_t len, unsigned char *dst);


size_t
ngx_http_oauth_token_hash_size(ngx_http_oauth_token_hash_e function,
    size_t len)
{
    /* base64 with the NUL of EVP_EncodeBlock(), or the longest hash in hex */

    return function == NGX_HTTP_OAUTH_TOKEN_HASH_BASE64
               ? (len + 2) / 3 * 4 + 1 : 2 * EVP_MAX_MD_SIZE + 1;
}


size_t
ngx_http_oauth_token_hash(ngx_http_oauth_token_hash_e function, int base64,
    const unsigned char *text, size_t len, const unsigned char *key,
    size_t key_len, unsigned char *dst)
{
    int             ok;
    size_t          written;
    unsigned int    n;
    unsigned char   hash[EVP_MAX_MD_SIZE];
    const EVP_MD   *md;

    if (len > INT_MAX / 2 || key_len > INT_MAX) {
        return 0;
    }

    if (function == NGX_HTTP_OAUTH_TOKEN_HASH_BASE64) {
        return (size_t) EVP_EncodeBlock(dst, text, (int) len);
    }

    md = ngx_http_oauth_token_hash_md(function);

    if (function == NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA256
        || function == NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA512)
    {
        /* a NULL key would mean the one of the call before */

        ok = HMAC(md, key_len > 0 ? key : (const unsigned char *) "",
                  (int) key_len, text, len, hash, &n)
             != NULL;
    } else {
        ok = EVP_Digest(text, len, hash, &n, md, NULL);
    }

    if (!ok) {
        return 0;
    }

    written = base64 ? (size_t) EVP_EncodeBlock(dst, hash, (int) n)
                     : ngx_http_oauth_token_hash_hex(hash, n, dst);

    OPENSSL_cleanse(hash, sizeof(hash));

    return written;
}


static const EVP_MD *
ngx_http_oauth_token_hash_md(ngx_http_oauth_token_hash_e function)
{
    switch (function) {

    case NGX_HTTP_OAUTH_TOKEN_HASH_SHA512:
    case NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA512:
        return EVP_sha512();

    default:
        return EVP_sha256();
    }
}


static size_t
ngx_http_oauth_token_hash_hex(const unsigned char *bytes, size_t len,
    unsigned char *dst)
{
    size_t  i;

    static const char  digits[] = "0123456789abcdef";

    for (i = 0; i < len; i++) {
        *dst++ = (unsigned char) digits[bytes[i] >> 4];
        *dst++ = (unsigned char) digits[bytes[i] & 0x0f];
    }

    return 2 * len;
}
