
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: private keys and signatures.  See the header.
 */

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "ngx_http_oauth_token_signer.h"


/* more than any name of a group has, bytes */
#define NGX_HTTP_OAUTH_TOKEN_GROUP_LEN  64


#define alg_hmac(bits)                                                        \
    { "HS" #bits, NGX_HTTP_OAUTH_TOKEN_ALG_HMAC, "SHA" #bits, (bits) / 8,     \
      NULL, 0, "a secret" }
#define alg_rsa(bits)                                                         \
    { "RS" #bits, NGX_HTTP_OAUTH_TOKEN_ALG_RSA, "SHA" #bits, (bits) / 8,      \
      NULL, 0, "an RSA key" }
#define alg_pss(bits)                                                         \
    { "PS" #bits, NGX_HTTP_OAUTH_TOKEN_ALG_PSS, "SHA" #bits, (bits) / 8,      \
      NULL, 0, "an RSA key" }


static int ngx_http_oauth_token_signer_password(char *buf, int size, int rw,
    void *data);
static const char *ngx_http_oauth_token_signer_unfit(EVP_PKEY *key);
static size_t ngx_http_oauth_token_signer_hmac(
    const ngx_http_oauth_token_signer_t *signer, const unsigned char *data,
    size_t len, unsigned char *sig);
static int ngx_http_oauth_token_signer_init(EVP_MD_CTX *md,
    const ngx_http_oauth_token_signer_t *signer);
static size_t ngx_http_oauth_token_signer_evp(EVP_MD_CTX *md,
    const ngx_http_oauth_token_signer_t *signer, const unsigned char *data,
    size_t len, unsigned char *sig);
static size_t ngx_http_oauth_token_signer_raw(
    const ngx_http_oauth_token_alg_t *alg, const unsigned char *der,
    size_t len, unsigned char *sig);


/* the first that fits a key is its default */
static const ngx_http_oauth_token_alg_t  ngx_http_oauth_token_algs[] = {

    alg_hmac(256), alg_hmac(384), alg_hmac(512),
    alg_rsa(256), alg_rsa(384), alg_rsa(512),
    alg_pss(256), alg_pss(384), alg_pss(512),

    { "ES256", NGX_HTTP_OAUTH_TOKEN_ALG_EC, "SHA256", 32, "prime256v1", 32,
      "an EC key on the curve P-256" },

    { "ES384", NGX_HTTP_OAUTH_TOKEN_ALG_EC, "SHA384", 48, "secp384r1", 48,
      "an EC key on the curve P-384" },

    { "ES512", NGX_HTTP_OAUTH_TOKEN_ALG_EC, "SHA512", 64, "secp521r1", 66,
      "an EC key on the curve P-521" },

    { "EdDSA", NGX_HTTP_OAUTH_TOKEN_ALG_ED, NULL, 0, NULL, 0,
      "an Ed25519 key" },

    { NULL, 0, NULL, 0, NULL, 0, NULL }
};


const ngx_http_oauth_token_alg_t *
ngx_http_oauth_token_alg(const unsigned char *name, size_t len)
{
    const ngx_http_oauth_token_alg_t  *alg;

    for (alg = ngx_http_oauth_token_algs; alg->name != NULL; alg++) {
        if (strlen(alg->name) == len && memcmp(alg->name, name, len) == 0) {
            return alg;
        }
    }

    return NULL;
}


EVP_PKEY *
ngx_http_oauth_token_signer_read(const unsigned char *pem, size_t len,
    const char **err)
{
    int        asked;
    BIO       *bio;
    EVP_PKEY  *key;

    if (len > INT_MAX) {
        *err = "is too long";
        return NULL;
    }

    bio = BIO_new_mem_buf(pem, (int) len);
    if (bio == NULL) {
        *err = "cannot be read, no memory";
        return NULL;
    }

    asked = 0;
    key = PEM_read_bio_PrivateKey(bio, NULL,
                                  ngx_http_oauth_token_signer_password,
                                  &asked);
    BIO_free(bio);

    if (key == NULL) {
        ERR_clear_error();

        *err = asked ? "is encrypted, which is not supported"
                     : "holds no private key in PEM";
        return NULL;
    }

    *err = ngx_http_oauth_token_signer_unfit(key);

    /* of what OpenSSL has tried in vain, too */

    ERR_clear_error();

    if (*err != NULL) {
        EVP_PKEY_free(key);
        return NULL;
    }

    return key;
}


/* without it OpenSSL would ask at the terminal */

static int
ngx_http_oauth_token_signer_password(char *buf, int size, int rw, void *data)
{
    int *asked = data;

    (void) buf;
    (void) size;
    (void) rw;

    *asked = 1;

    return -1;
}


/* what is wrong with a key whatever the algorithm; NULL: nothing */

static const char *
ngx_http_oauth_token_signer_unfit(EVP_PKEY *key)
{
    int  bits;

    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
        bits = EVP_PKEY_get_bits(key);

        if (bits < NGX_HTTP_OAUTH_TOKEN_RSA_MIN) {
            return "is an RSA key of less than 2048 bits";
        }

        if (bits > NGX_HTTP_OAUTH_TOKEN_RSA_MAX) {
            return "is an RSA key of more than 8192 bits";
        }

        return NULL;
    }

    if (ngx_http_oauth_token_signer_alg(key) == NULL) {
        return "must be an RSA key, an EC key on the curve P-256, P-384 or "
               "P-521, or an Ed25519 key";
    }

    return NULL;
}


const ngx_http_oauth_token_alg_t *
ngx_http_oauth_token_signer_alg(EVP_PKEY *key)
{
    const ngx_http_oauth_token_alg_t  *alg;

    for (alg = ngx_http_oauth_token_algs; alg->name != NULL; alg++) {
        if (ngx_http_oauth_token_signer_fits(key, alg)) {
            return alg;
        }
    }

    return NULL;
}


int
ngx_http_oauth_token_signer_fits(EVP_PKEY *key,
    const ngx_http_oauth_token_alg_t *alg)
{
    int     type;
    char    group[NGX_HTTP_OAUTH_TOKEN_GROUP_LEN];
    size_t  len;

    type = EVP_PKEY_get_base_id(key);

    switch (alg->kind) {

    case NGX_HTTP_OAUTH_TOKEN_ALG_RSA:
    case NGX_HTTP_OAUTH_TOKEN_ALG_PSS:
        return type == EVP_PKEY_RSA;

    case NGX_HTTP_OAUTH_TOKEN_ALG_EC:

        /* a curve that is written out has no name */

        return type == EVP_PKEY_EC
               && EVP_PKEY_get_group_name(key, group, sizeof(group), &len)
               && strcmp(group, alg->group) == 0;

    case NGX_HTTP_OAUTH_TOKEN_ALG_ED:
        return type == EVP_PKEY_ED25519;

    default:
        return 0;
    }
}


size_t
ngx_http_oauth_token_signer_size(const ngx_http_oauth_token_signer_t *signer)
{
    int  size;

    if (signer->alg->kind == NGX_HTTP_OAUTH_TOKEN_ALG_HMAC) {
        return signer->alg->hash_len;
    }

    /* that of EC is of DER, which is longer than both halves */

    size = EVP_PKEY_get_size(signer->key);

    return size > 0 ? (size_t) size : 0;
}


size_t
ngx_http_oauth_token_signer_sign(const ngx_http_oauth_token_signer_t *signer,
    const unsigned char *data, size_t len, unsigned char *sig)
{
    size_t       n;
    EVP_MD_CTX  *md;

    if (signer->alg->kind == NGX_HTTP_OAUTH_TOKEN_ALG_HMAC) {
        return ngx_http_oauth_token_signer_hmac(signer, data, len, sig);
    }

    md = EVP_MD_CTX_new();
    if (md == NULL) {
        return 0;
    }

    n = 0;

    if (ngx_http_oauth_token_signer_init(md, signer)) {
        n = ngx_http_oauth_token_signer_evp(md, signer, data, len, sig);
    }

    EVP_MD_CTX_free(md);

    /* nginx logs what it finds there as errors of its own */

    ERR_clear_error();

    return n;
}


static size_t
ngx_http_oauth_token_signer_hmac(const ngx_http_oauth_token_signer_t *signer,
    const unsigned char *data, size_t len, unsigned char *sig)
{
    unsigned int  n;

    if (signer->secret_len > INT_MAX
        || HMAC(EVP_get_digestbyname(signer->alg->hash), signer->secret,
                (int) signer->secret_len, data, len, sig, &n)
           == NULL)
    {
        ERR_clear_error();
        return 0;
    }

    return n;
}


static int
ngx_http_oauth_token_signer_init(EVP_MD_CTX *md,
    const ngx_http_oauth_token_signer_t *signer)
{
    EVP_PKEY_CTX  *ctx;

    if (EVP_DigestSignInit_ex(md, &ctx, signer->alg->hash, NULL, NULL,
                              signer->key, NULL)
        <= 0)
    {
        return 0;
    }

    /* RFC 7518, section 3.5: MGF1 with the same hash, which is the default */

    return signer->alg->kind != NGX_HTTP_OAUTH_TOKEN_ALG_PSS
           || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0
               && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
                                                   RSA_PSS_SALTLEN_DIGEST)
                  > 0);
}


static size_t
ngx_http_oauth_token_signer_evp(EVP_MD_CTX *md,
    const ngx_http_oauth_token_signer_t *signer, const unsigned char *data,
    size_t len, unsigned char *sig)
{
    size_t  n;

    n = ngx_http_oauth_token_signer_size(signer);

    if (n == 0 || EVP_DigestSign(md, sig, &n, data, len) <= 0) {
        return 0;
    }

    if (signer->alg->kind != NGX_HTTP_OAUTH_TOKEN_ALG_EC) {
        return n;
    }

    return ngx_http_oauth_token_signer_raw(signer->alg, sig, n, sig);
}


/* RFC 7518, section 3.4: r and s one after the other, at their full length */

static size_t
ngx_http_oauth_token_signer_raw(const ngx_http_oauth_token_alg_t *alg,
    const unsigned char *der, size_t len, unsigned char *sig)
{
    int         ok;
    ECDSA_SIG  *ecdsa;

    ecdsa = d2i_ECDSA_SIG(NULL, &der, (long) len);
    if (ecdsa == NULL) {
        return 0;
    }

    /* der is not looked into any more, sig may be the same memory */

    ok = BN_bn2binpad(ECDSA_SIG_get0_r(ecdsa), sig, (int) alg->half) > 0
         && BN_bn2binpad(ECDSA_SIG_get0_s(ecdsa), sig + alg->half,
                         (int) alg->half)
            > 0;

    ECDSA_SIG_free(ecdsa);

    return ok ? 2 * alg->half : 0;
}
