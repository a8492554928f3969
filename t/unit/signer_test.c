
/*
 * Keys and signatures: the vectors of the RFCs, each algorithm verified by
 * OpenSSL, keys that are refused.
 */

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "check.h"
#include "ngx_http_oauth_token_jose.h"


#define BYTES(text)  (const unsigned char *) (text), strlen(text)

typedef struct {
    const char  *alg;
    const char  *type;
    const char  *group;
    size_t       bits;
    const char  *fallback;     /* what signer_alg() says of the key */
    size_t       size;         /* of the signature */
} trip_t;


typedef struct {
    const char  *name;
    const char  *type;
    const char  *group;
    size_t       bits;
    const char  *err;
} unfit_t;


static const trip_t  trips[] = {
    { "RS256", "RSA", NULL, 2048, "RS256", 256 },
    { "RS384", "RSA", NULL, 2048, "RS256", 256 },
    { "RS512", "RSA", NULL, 2048, "RS256", 256 },
    { "PS256", "RSA", NULL, 2048, "RS256", 256 },
    { "PS384", "RSA", NULL, 2048, "RS256", 256 },
    { "PS512", "RSA", NULL, 2048, "RS256", 256 },
    { "ES256", "EC", "P-256", 0, "ES256", 64 },
    { "ES384", "EC", "P-384", 0, "ES384", 96 },
    { "ES512", "EC", "P-521", 0, "ES512", 132 },
    { "EdDSA", "ED25519", NULL, 0, "EdDSA", 64 }
};


static const unfit_t  unfits[] = {
    { "RSA 1024", "RSA", NULL, 1024, "less than 2048 bits" },
    { "RSA 2040", "RSA", NULL, 2040, "less than 2048 bits" },
    { "P-224", "EC", "P-224", 0, "must be an RSA key" },
    { "secp256k1", "EC", "secp256k1", 0, "must be an RSA key" },
    { "X25519", "X25519", NULL, 0, "must be an RSA key" },
    { "Ed448", "ED448", NULL, 0, "must be an RSA key" },
    { "RSA-PSS", "RSA-PSS", NULL, 2048, "must be an RSA key" }
};


static EVP_PKEY *
generate(const char *type, const char *group, size_t bits)
{
    if (group != NULL) {
        return EVP_PKEY_Q_keygen(NULL, NULL, type, group);
    }

    return bits ? (strcmp(type, "RSA") == 0
                   ? EVP_PKEY_Q_keygen(NULL, NULL, type, bits)
                   : NULL)
                : EVP_PKEY_Q_keygen(NULL, NULL, type);
}


/* RSA-PSS is nothing that EVP_PKEY_Q_keygen() knows */

static EVP_PKEY *
generate_any(const char *type, const char *group, size_t bits)
{
    EVP_PKEY      *key;
    EVP_PKEY_CTX  *ctx;

    key = generate(type, group, bits);

    if (key == NULL) {
        ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
        EVP_PKEY_keygen_init(ctx);
        EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int) bits);
        EVP_PKEY_generate(ctx, &key);
        EVP_PKEY_CTX_free(ctx);
    }

    return key;
}


/* writes the key with one of the forms of PEM, then reads it */

static EVP_PKEY *
through_pem(EVP_PKEY *key, int traditional, const char *password,
    const char **err)
{
    BIO       *bio;
    char      *pem;
    long       len;
    EVP_PKEY  *read;

    bio = BIO_new(BIO_s_mem());

    if (traditional) {
        PEM_write_bio_PrivateKey_traditional(bio, key,
                           password ? EVP_aes_128_cbc() : NULL,
                           (unsigned char *) password,
                           password ? (int) strlen(password) : 0, NULL, NULL);
    } else {
        PEM_write_bio_PKCS8PrivateKey(bio, key,
                           password ? EVP_aes_128_cbc() : NULL,
                           password, password ? (int) strlen(password) : 0,
                           NULL, NULL);
    }

    len = BIO_get_mem_data(bio, &pem);

    read = ngx_http_oauth_token_signer_read((unsigned char *) pem,
                                            (size_t) len, err);
    BIO_free(bio);

    return read;
}


/* "r || s" as OpenSSL wants it */

static size_t
to_der(const unsigned char *sig, size_t len, unsigned char *der)
{
    int         n;
    ECDSA_SIG  *ecdsa;

    ecdsa = ECDSA_SIG_new();
    ECDSA_SIG_set0(ecdsa, BN_bin2bn(sig, (int) len / 2, NULL),
                   BN_bin2bn(sig + len / 2, (int) len / 2, NULL));
    n = i2d_ECDSA_SIG(ecdsa, &der);
    ECDSA_SIG_free(ecdsa);

    return (size_t) n;
}


static int
verifies(EVP_PKEY *key, const ngx_http_oauth_token_alg_t *alg,
    const unsigned char *data, size_t data_len, const unsigned char *sig,
    size_t len)
{
    int            ok;
    EVP_MD_CTX    *md;
    EVP_PKEY_CTX  *ctx;
    unsigned char  der[256];

    md = EVP_MD_CTX_new();
    ok = EVP_DigestVerifyInit_ex(md, &ctx, alg->hash, NULL, NULL, key, NULL);

    if (alg->name[0] == 'P') {
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int) alg->hash_len);
    }

    if (alg->name[0] == 'E' && alg->name[1] == 'S') {
        len = to_der(sig, len, der);
        sig = der;
    }

    ok = ok == 1 && EVP_DigestVerify(md, sig, len, data, data_len) == 1;

    EVP_MD_CTX_free(md);

    return ok;
}


static void
test_trip(const trip_t *t)
{
    size_t                          len;
    EVP_PKEY                       *key;
    const char                     *err;
    unsigned char                  *sig;
    ngx_http_oauth_token_signer_t   signer;

    memset(&signer, 0, sizeof(signer));

    key = generate(t->type, t->group, t->bits);
    signer.alg = ngx_http_oauth_token_alg(BYTES(t->alg));
    signer.key = through_pem(key, 0, NULL, &err);

    CHECK_ROW(signer.key != NULL, t->alg);
    CHECK_ROW(strcmp(ngx_http_oauth_token_signer_alg(signer.key)->name,
                     t->fallback) == 0, t->alg);
    CHECK_ROW(ngx_http_oauth_token_signer_fits(signer.key, signer.alg),
              t->alg);

    sig = grab(ngx_http_oauth_token_signer_size(&signer));
    len = ngx_http_oauth_token_signer_sign(&signer, BYTES("data"), sig);

    CHECK_ROW(len == t->size, t->alg);
    CHECK_ROW(verifies(key, signer.alg, BYTES("data"), sig, len), t->alg);
    CHECK_ROW(!verifies(key, signer.alg, BYTES("date"), sig, len), t->alg);

    free(sig);
    EVP_PKEY_free(signer.key);
    EVP_PKEY_free(key);
}


static void
test_trips(void)
{
    size_t                             i, j;
    EVP_PKEY                          *key;
    const ngx_http_oauth_token_alg_t  *alg;

    for (i = 0; i < COUNT(trips); i++) {
        test_trip(&trips[i]);
    }

    CHECK_ROWS("each algorithm, verified by OpenSSL");

    for (i = 0; i < COUNT(trips); i++) {
        key = generate(trips[i].type, trips[i].group, trips[i].bits);

        for (j = 0; j < COUNT(trips); j++) {
            alg = ngx_http_oauth_token_alg(BYTES(trips[j].alg));

            CHECK_ROW(ngx_http_oauth_token_signer_fits(key, alg)
                      == (strcmp(trips[i].fallback, trips[j].fallback) == 0),
                      trips[j].alg);
        }

        alg = ngx_http_oauth_token_alg(BYTES("HS256"));
        CHECK_ROW(!ngx_http_oauth_token_signer_fits(key, alg), "HS256");

        EVP_PKEY_free(key);
    }

    CHECK_ROWS("each key fits its own algorithms only");
}


/* OpenSSL's DER leaves zeros at the front of r and s out: 1 of 256 */

static void
test_ec(const char *name, const char *group, size_t size, size_t runs)
{
    size_t                          i, len, zeros, wrong;
    unsigned char                   data[sizeof(size_t)], sig[256];
    ngx_http_oauth_token_signer_t   signer;

    memset(&signer, 0, sizeof(signer));

    signer.alg = ngx_http_oauth_token_alg(BYTES(name));
    signer.key = generate("EC", group, 0);

    zeros = 0;
    wrong = 0;

    for (i = 0; i < runs && wrong == 0; i++) {
        memcpy(data, &i, sizeof(i));
        len = ngx_http_oauth_token_signer_sign(&signer, data, sizeof(data),
                                               sig);

        /* the first byte of P-521's halves is 0 or 1, look at the next too */

        if (sig[size == 132] == 0 || sig[size / 2 + (size == 132)] == 0) {
            zeros++;
            wrong += !verifies(signer.key, signer.alg, data, sizeof(data),
                               sig, len);
        }

        wrong += len != size;
    }

    CHECK_ROW(wrong == 0, name);
    CHECK_ROW(zeros > 0, name);
    CHECK_ROWS(name);

    EVP_PKEY_free(signer.key);
}


static void
test_unfit(void)
{
    size_t       i;
    EVP_PKEY    *key, *read;
    const char  *err;

    for (i = 0; i < COUNT(unfits); i++) {
        key = generate_any(unfits[i].type, unfits[i].group, unfits[i].bits);
        read = through_pem(key, 0, NULL, &err);

        CHECK_ROW(key != NULL && read == NULL, unfits[i].name);
        CHECK_ROW(read == NULL && strstr(err, unfits[i].err) != NULL,
                  unfits[i].name);

        EVP_PKEY_free(key);
    }

    CHECK_ROWS("keys that are too small, or for something else");
}


static void
test_forms(void)
{
    size_t       i;
    EVP_PKEY    *key, *read;
    const char  *err;

    static const trip_t  *forms[] = { &trips[0], &trips[6], &trips[8] };

    for (i = 0; i < COUNT(forms); i++) {
        key = generate(forms[i]->type, forms[i]->group, forms[i]->bits);

        read = through_pem(key, 1, NULL, &err);
        CHECK_ROW(read != NULL && EVP_PKEY_eq(read, key) == 1, "as it was");
        EVP_PKEY_free(read);

        read = through_pem(key, 1, "password", &err);
        CHECK_ROW(read == NULL && strstr(err, "encrypted"), "encrypted");

        read = through_pem(key, 0, "password", &err);
        CHECK_ROW(read == NULL && strstr(err, "encrypted"), "PKCS#8");

        EVP_PKEY_free(key);
    }

    CHECK_ROWS("PKCS#1 and SEC 1; encrypted ones are refused");
}


static void
test_not_pem(void)
{
    size_t       i;
    const char  *err;

    static const char   public_key[] = "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
        "-----END PUBLIC KEY-----\n";
    static const char  *texts[] = {
        "", "\n", "secret", "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        public_key
    };

    for (i = 0; i < COUNT(texts); i++) {
        err = NULL;
        CHECK_ROW(ngx_http_oauth_token_signer_read(BYTES(texts[i]), &err)
                  == NULL, texts[i]);
        CHECK_ROW(err != NULL && strstr(err, "PEM") != NULL, texts[i]);
        CHECK_ROW(ERR_peek_error() == 0, texts[i]);
    }

    CHECK_ROWS("what holds no private key");

    CHECK(ngx_http_oauth_token_alg(BYTES("none")) == NULL, "no \"none\"");
    CHECK(ngx_http_oauth_token_alg(BYTES("rs256")) == NULL, "no \"rs256\"");
    CHECK(ngx_http_oauth_token_alg(BYTES("RS2567")) == NULL, "no \"RS2567\"");
    CHECK(ngx_http_oauth_token_alg(BYTES("")) == NULL, "no empty name");
}


int
main(void)
{
    test_trips();

    /* those of the larger curves take long */

    test_ec("ES256", "P-256", 64, 10000);
    test_ec("ES384", "P-384", 96, 2000);
    test_ec("ES512", "P-521", 132, 2000);
    test_unfit();
    test_forms();
    test_not_pem();

    return DONE();
}
