
/*
 * Hashes, with vectors of RFC 4231, RFC 4648 and FIPS 180-4.
 */

#include <stdlib.h>

#include "check.h"
#include "ngx_http_oauth_token_hash.h"


#define BASE64   NGX_HTTP_OAUTH_TOKEN_HASH_BASE64
#define SHA256   NGX_HTTP_OAUTH_TOKEN_HASH_SHA256
#define SHA512   NGX_HTTP_OAUTH_TOKEN_HASH_SHA512
#define HMAC256  NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA256
#define HMAC512  NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA512


static const struct {
    ngx_http_oauth_token_hash_e   function;
    int                           base64;
    const char                   *text;
    const char                   *key;
    const char                   *want;
} hashes[] = {
    { BASE64, 0, "", "", "" },
    { BASE64, 0, "f", "", "Zg==" },
    { BASE64, 0, "fo", "", "Zm8=" },
    { BASE64, 0, "foobar", "", "Zm9vYmFy" },
    { BASE64, 0, "\xff\xfe\xfd", "", "//79" },
    { SHA256, 0, "",  "",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { SHA256, 0, "abc", "",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { SHA256, 1, "abc", "", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=" },
    { SHA512, 0, "abc", "",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
    { HMAC256, 0, "what do ya want for nothing?", "Jefe",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { HMAC256, 1, "what do ya want for nothing?", "Jefe",
      "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=" },
    { HMAC256, 0, "", "",
      "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
    { HMAC512, 0, "what do ya want for nothing?", "Jefe",
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
      "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" }
};


int
main(void)
{
    size_t          i, len, size;
    unsigned char  *dst;

    for (i = 0; i < COUNT(hashes); i++) {
        size = ngx_http_oauth_token_hash_size(hashes[i].function,
                                              strlen(hashes[i].text));
        dst = grab(size);

        len = ngx_http_oauth_token_hash(hashes[i].function, hashes[i].base64,
                                (const unsigned char *) hashes[i].text,
                                strlen(hashes[i].text),
                                (const unsigned char *) hashes[i].key,
                                strlen(hashes[i].key), dst);

        CHECK_ROW(len == strlen(hashes[i].want)
                  && memcmp(dst, hashes[i].want, len) == 0, hashes[i].want);

        free(dst);
    }

    CHECK_ROWS("hashes");

    return DONE();
}
