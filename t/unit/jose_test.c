
/*
 * JWTs: the vectors of RFC 7515, 7520 and 8037, and what stands in them.
 */

#include <stdlib.h>

#include <jansson.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "check.h"
#include "ngx_http_oauth_token_jose.h"
#include "ngx_http_oauth_token_secret.h"


#define BYTES(text)  (const unsigned char *) (text), strlen(text)

/* enough to have numbers of every length */
#define SIGNATURES  10000

#define MEMBER(name, value, number)                                           \
    { (const unsigned char *) (name), sizeof(name) - 1,                       \
      (const unsigned char *) (value), sizeof(value) - 1, number }


static const ngx_http_oauth_token_member_t  headers[] = {
    MEMBER("kid", "key \"1\"\\", 0)
};

static const ngx_http_oauth_token_member_t  claims[] = {
    MEMBER("iss", "a \"quoted\" \\ id", 0),
    MEMBER("sub", "t\xc3\xa9l\xc3\xa9 \xf0\x9f\x94\x91/\n\t\x01", 0),
    MEMBER("aud", "https://a.example/", 0),
    MEMBER("scope", "", 0),
    MEMBER("aud", "b", 0),
    MEMBER("iat", "1700000000", 1),
    MEMBER("aud", "c", 0),
    MEMBER("n", "17", 0),
    MEMBER("nbf", "-1", 1),
    MEMBER("exp", "1234567890123456789012", 1),
    MEMBER("max", "999999999999999999", 1),
    MEMBER("more", "9999999999999999999", 1)
};

/* after RFC 8259; jansson writes what is not ASCII as it is */
#define HEADER  "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"key \\\"1\\\"\\\\\"}"
#define CLAIMS  "{\"iss\":\"a \\\"quoted\\\" \\\\ id\","                      \
                "\"sub\":\"t\xc3\xa9l\xc3\xa9 \xf0\x9f\x94\x91/\\n\\t\\u0001\"," \
                "\"aud\":[\"https://a.example/\",\"b\",\"c\"],\"scope\":\"\"," \
                "\"iat\":1700000000,\"n\":\"17\",\"nbf\":\"-1\","             \
                "\"exp\":\"1234567890123456789012\","                       \
                "\"max\":999999999999999999,"                                \
                "\"more\":\"9999999999999999999\"}"


/* of base64url, without a check of its own; returns the length */

static size_t
decode(const char *src, size_t len, unsigned char *dst)
{
    int       value;
    size_t    i, n;
    unsigned  bits, have;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_";

    bits = 0;
    have = 0;
    n = 0;

    for (i = 0; i < len; i++) {
        value = (int) (strchr(alphabet, src[i]) - alphabet);
        bits = bits << 6 | (unsigned) value;
        have += 6;

        if (have >= 8) {
            have -= 8;
            dst[n++] = (unsigned char) (bits >> have);
        }
    }

    return n;
}


static const char *
text_of(json_t *vector, const char *name)
{
    const char  *text;

    text = json_string_value(json_object_get(vector, name));

    return text ? text : "";
}


/* what the RFC has signed, by the public half of the key */

static int
verifies(EVP_PKEY *key, const ngx_http_oauth_token_alg_t *alg,
    const char *jws)
{
    int             ok;
    size_t          len;
    BIGNUM         *r, *s;
    ECDSA_SIG      *ecdsa;
    EVP_MD_CTX     *md;
    const char     *dot;
    EVP_PKEY_CTX   *ctx;
    unsigned char   sig[1024], der[256], *p;

    dot = strrchr(jws, '.');
    len = decode(dot + 1, strlen(dot + 1), sig);
    p = sig;

    if (alg->kind == NGX_HTTP_OAUTH_TOKEN_ALG_EC) {
        ecdsa = ECDSA_SIG_new();
        r = BN_bin2bn(sig, (int) alg->half, NULL);
        s = BN_bin2bn(sig + alg->half, (int) (len - alg->half), NULL);
        ECDSA_SIG_set0(ecdsa, r, s);
        p = der;
        len = (size_t) i2d_ECDSA_SIG(ecdsa, &p);
        p = der;
        ECDSA_SIG_free(ecdsa);
    }

    md = EVP_MD_CTX_new();
    ok = EVP_DigestVerifyInit_ex(md, &ctx, alg->hash, NULL, NULL, key, NULL);

    if (alg->kind == NGX_HTTP_OAUTH_TOKEN_ALG_PSS) {
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int) alg->hash_len);
    }

    ok = ok == 1
         && EVP_DigestVerify(md, p, len, (const unsigned char *) jws,
                             (size_t) (dot - jws)) == 1;
    EVP_MD_CTX_free(md);

    return ok;
}


/* signs the vector's own header and payload */

static char *
sign(const ngx_http_oauth_token_signer_t *signer, const char *jws,
    size_t *len)
{
    size_t          header, payload;
    const char     *dot, *end;
    unsigned char   bytes[2][2048];

    dot = strchr(jws, '.');
    end = strrchr(jws, '.');
    header = decode(jws, (size_t) (dot - jws), bytes[0]);
    payload = decode(dot + 1, (size_t) (end - dot - 1), bytes[1]);

    return ngx_http_oauth_token_jose_compact(signer, bytes[0], header,
                                             bytes[1], payload, len);
}


static void
test_vector(json_t *vector)
{
    BIO                            *bio;
    char                           *mine;
    size_t                          len;
    const char                     *name, *jws, *err;
    EVP_PKEY                       *key;
    unsigned char                   secret[256];
    ngx_http_oauth_token_signer_t   signer;

    name = text_of(vector, "name");
    jws = text_of(vector, "compact");

    memset(&signer, 0, sizeof(signer));

    signer.alg = ngx_http_oauth_token_alg(BYTES(text_of(vector, "alg")));
    signer.secret = secret;
    signer.secret_len = decode(text_of(vector, "secret"),
                               strlen(text_of(vector, "secret")), secret);

    if (*text_of(vector, "public")) {
        bio = BIO_new_mem_buf(text_of(vector, "public"), -1);
        key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
        BIO_free(bio);
        CHECK(verifies(key, signer.alg, jws), name);
        EVP_PKEY_free(key);
        return;
    }

    if (*text_of(vector, "pem")) {
        signer.key = ngx_http_oauth_token_signer_read(
                                        BYTES(text_of(vector, "pem")), &err);
        CHECK_ROW(verifies(signer.key, signer.alg, jws), name);
    }

    mine = sign(&signer, jws, &len);

    CHECK_ROW(mine != NULL && strlen(mine) == len, name);
    CHECK_ROW(mine != NULL && len == strlen(jws), name);

    if (json_is_true(json_object_get(vector, "same"))) {
        CHECK_ROW(mine != NULL && strcmp(mine, jws) == 0, name);

    } else {
        CHECK_ROW(mine != NULL && verifies(signer.key, signer.alg, mine),
                  name);
    }

    CHECK_ROWS(name);

    ngx_http_oauth_token_secret_free(mine);
    EVP_PKEY_free(signer.key);
}


static void
test_vectors(const char *file)
{
    size_t   i;
    json_t  *vectors, *vector;

    vectors = json_load_file(file, 0, NULL);
    CHECK(json_array_size(vectors) == 8, "[J6] the vectors of the RFCs");

    json_array_foreach(vectors, i, vector) {
        test_vector(vector);
    }

    json_decref(vectors);
}


static void
test_jwt(void)
{
    int                             invalid;
    char                           *jwt, *again;
    size_t                          len, again_len, n;
    const char                     *dot, *end;
    unsigned char                   bytes[1024];
    ngx_http_oauth_token_jwt_t      parts;
    ngx_http_oauth_token_member_t   bad = MEMBER("a", "\xff", 0);
    ngx_http_oauth_token_signer_t   signer;

    memset(&signer, 0, sizeof(signer));

    signer.alg = ngx_http_oauth_token_alg(BYTES("HS256"));
    signer.secret = (const unsigned char *) "secret";
    signer.secret_len = 6;

    parts.signer = &signer;
    parts.header = headers;
    parts.nheader = COUNT(headers);
    parts.claims = claims;
    parts.nclaims = COUNT(claims);

    jwt = ngx_http_oauth_token_jose_jwt(&parts, &len, &invalid);
    again = ngx_http_oauth_token_jose_compact(&signer, BYTES(HEADER),
                                              BYTES(CLAIMS), &again_len);

    CHECK(jwt != NULL && len == again_len && strcmp(jwt, again) == 0,
          "members in their order, escaped; arrays and numbers");
    CHECK(!invalid, "and none is invalid");

    dot = strchr(jwt, '.');
    end = strrchr(jwt, '.');
    n = decode(jwt, (size_t) (dot - jwt), bytes);
    CHECK(n == strlen(HEADER) && memcmp(bytes, HEADER, n) == 0, "the header");
    n = decode(dot + 1, (size_t) (end - dot - 1), bytes);
    CHECK(n == strlen(CLAIMS) && memcmp(bytes, CLAIMS, n) == 0, "the claims");

    ngx_http_oauth_token_secret_free(jwt);
    ngx_http_oauth_token_secret_free(again);

    parts.claims = &bad;
    parts.nclaims = 1;
    CHECK(ngx_http_oauth_token_jose_jwt(&parts, &len, &invalid) == NULL
          && invalid, "a claim that is not UTF-8");

    parts.nclaims = 0;
    parts.header = &bad;
    CHECK(ngx_http_oauth_token_jose_jwt(&parts, &len, &invalid) == NULL
          && invalid, "a header that is not UTF-8");
}


static void
test_base64url(void)
{
    size_t         i, n;
    unsigned char  dst[16];

    static const char  *const cases[][2] = {
        { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" },
        { "foob", "Zm9vYg" }, { "\xff\xff\xfe", "___-" },
        { "\xfb\xff", "-_8" }, { "foobar", "Zm9vYmFy" }
    };

    for (i = 0; i < COUNT(cases); i++) {
        n = ngx_http_oauth_token_base64url(NULL, BYTES(cases[i][0]));
        CHECK_ROW(n == strlen(cases[i][1]), cases[i][1]);
        n = ngx_http_oauth_token_base64url(dst, BYTES(cases[i][0]));
        CHECK_ROW(n == strlen(cases[i][1])
                  && memcmp(dst, cases[i][1], n) == 0, cases[i][1]);
    }

    CHECK_ROWS("[J6] base64url of RFC 4648, section 10, without padding");
}


static void
test_within(void)
{
    size_t  i;

    static const struct {
        const char  *text;
        int          within;
    } cases[] = {
        { "", 0 },
        { "invalid_client", 0 },
        { "client.assertion.expired", 0 },
        { "https://login.example.com/oauth2/v2.0/token", 0 },
        { "AAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBB.CCCCCCCCCCCCCCCC", 1 },
        { "bad: \"AAAAAAAAAAAAAAAA.BBBB-BBBBBBBBBBB.CCCCCC_CCCCCCCCC\"!",
          1 },
        { "x.AAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBB.CCCCCCCCCCCCCCCC.y", 1 },
        { "AAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBB.CCCCCCCCCCCCCCCC", 0 },
        { "AAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBB.CCCCCCCCCCCCCCC", 0 },
        { "AAAAAAAAAAAAAAAA..BBBBBBBBBBBBBBBB.CCCCCCCCCCCCCCCC", 0 },
        { "AAAAAAAAAAAAAAAA BBBBBBBBBBBBBBBB CCCCCCCCCCCCCCCC", 0 },
        { "AAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBB", 0 }
    };

    for (i = 0; i < COUNT(cases); i++) {
        CHECK_ROW(ngx_http_oauth_token_jose_within(cases[i].text)
                  == cases[i].within, cases[i].text);
    }

    CHECK_ROWS("whether a text has a JWS in it");
}


/*
 * Numbers of a signature that begin with zeros keep them: one in 128 of these
 * has such a one.
 */

static void
test_halves(void)
{
    char                           *jws;
    size_t                          i, len, sig_len, short_ones;
    unsigned char                   sig[128];
    ngx_http_oauth_token_signer_t   signer;

    memset(&signer, 0, sizeof(signer));

    signer.alg = ngx_http_oauth_token_alg(BYTES("ES256"));
    signer.key = EVP_EC_gen("P-256");
    short_ones = 0;

    for (i = 0; i < SIGNATURES; i++) {
        jws = ngx_http_oauth_token_jose_compact(&signer, BYTES("{}"),
                                                BYTES("[]"), &len);

        sig_len = decode(strrchr(jws, '.') + 1, strlen(strrchr(jws, '.') + 1),
                         sig);
        CHECK_ROW(sig_len == 64 && verifies(signer.key, signer.alg, jws), jws);
        short_ones += (sig[0] == 0 || sig[32] == 0);

        ngx_http_oauth_token_secret_free(jws);
    }

    CHECK_ROWS("[J5] 10,000 signatures of 64 bytes, which verify");
    CHECK(short_ones > SIGNATURES / 512,
          "[J5] some of their numbers are shorter than 32 bytes");

    EVP_PKEY_free(signer.key);
}


int
main(int argc, char **argv)
{
    test_vectors(argc > 1 ? argv[1] : "t/data/jose.json");
    test_jwt();
    test_base64url();
    test_within();
    test_halves();

    return DONE();
}
