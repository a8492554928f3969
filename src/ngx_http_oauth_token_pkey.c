
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: private keys while nobody signs with them.  See the header.
 */

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "ngx_http_oauth_token_pkey.h"
#include "ngx_http_oauth_token_secret.h"


/* numbers are aligned to this, as OpenSSL has them */
#define NGX_HTTP_OAUTH_TOKEN_PKEY_ALIGN  16

/* more than any name of a type has, bytes */
#define NGX_HTTP_OAUTH_TOKEN_PKEY_TYPE   32

#define aligned(size)                                                         \
    (((size) + NGX_HTTP_OAUTH_TOKEN_PKEY_ALIGN - 1)                           \
     / NGX_HTTP_OAUTH_TOKEN_PKEY_ALIGN * NGX_HTTP_OAUTH_TOKEN_PKEY_ALIGN)


/* one block of memory, the numbers are behind the last parameter */
struct ngx_http_oauth_token_pkey_s {
    char        type[NGX_HTTP_OAUTH_TOKEN_PKEY_TYPE];
    OSSL_PARAM  params[1];
};


static ngx_http_oauth_token_pkey_t *ngx_http_oauth_token_pkey_move(
    OSSL_PARAM *params);


ngx_http_oauth_token_pkey_t *
ngx_http_oauth_token_pkey_pack(EVP_PKEY *key)
{
    OSSL_PARAM                   *params;
    ngx_http_oauth_token_pkey_t  *pkey;

    if (EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &params) <= 0) {
        ERR_clear_error();
        return NULL;
    }

    pkey = ngx_http_oauth_token_pkey_move(params);

    if (pkey != NULL) {
        (void) snprintf(pkey->type, sizeof(pkey->type), "%s",
                        EVP_PKEY_get0_type_name(key));
    }

    OSSL_PARAM_free(params);

    return pkey;
}


static ngx_http_oauth_token_pkey_t *
ngx_http_oauth_token_pkey_move(OSSL_PARAM *params)
{
    size_t                        i, n, size;
    unsigned char                *p;
    ngx_http_oauth_token_pkey_t  *pkey;

    size = 0;

    for (n = 0; params[n].key != NULL; n++) {
        size += aligned(params[n].data_size + 1);
    }

    pkey = ngx_http_oauth_token_secret_alloc(
               aligned(sizeof(*pkey) + n * sizeof(OSSL_PARAM)) + size);

    if (pkey == NULL) {
        return NULL;
    }

    p = (unsigned char *) pkey
        + aligned(sizeof(*pkey) + n * sizeof(OSSL_PARAM));

    /* names are constants; a string ends with a NUL that does not count */

    for (i = 0; i < n; i++) {
        pkey->params[i] = params[i];
        pkey->params[i].data = p;

        memcpy(p, params[i].data, params[i].data_size);
        p[params[i].data_size] = '\0';

        /* OpenSSL gives it back as it is */

        OPENSSL_cleanse(params[i].data, params[i].data_size);

        p += aligned(params[i].data_size + 1);
    }

    pkey->params[n] = OSSL_PARAM_construct_end();

    return pkey;
}


EVP_PKEY *
ngx_http_oauth_token_pkey_unpack(const ngx_http_oauth_token_pkey_t *pkey)
{
    EVP_PKEY      *key;
    EVP_PKEY_CTX  *ctx;

    key = NULL;
    ctx = EVP_PKEY_CTX_new_from_name(NULL, pkey->type, NULL);

    if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) > 0) {
        (void) EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR,
                                 (OSSL_PARAM *) pkey->params);
    }

    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();

    return key;
}
