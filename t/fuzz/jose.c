
/*
 * JWTs and the keys that sign them.  What is signed is verified by OpenSSL and
 * read back; keys are texts or DER of any kind.
 *
 * The first byte of an input says what it is: members of a JWT, "name=value"
 * with "&" between them, a key in PEM, or in DER behind a byte for its label.
 */

#include <jansson.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "fuzz.h"
#include "rfc8259.h"
#include "ngx_http_oauth_token_jose.h"
#include "ngx_http_oauth_token_pkey.h"
#include "ngx_http_oauth_token_secret.h"


#define MEMBERS  12

#define ALPHABET  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"      \
                  "0123456789-_"


typedef struct {
    const char   *alg;
    EVP_PKEY     *key;        /* NULL: a secret */
} pair_t;


static pair_t  pairs[] = {
    { "HS256", NULL }, { "HS384", NULL }, { "HS512", NULL },
    { "ES256", NULL }, { "ES384", NULL }, { "ES512", NULL },
    { "EdDSA", NULL },
    { "RS256", NULL }, { "PS256", NULL }, { "RS512", NULL }, { "PS384", NULL }
};

/* so many of them are not slow */
#define QUICK  7


static void check_jwt(input_t *in);
static void check_parts(const ngx_http_oauth_token_jwt_t *jwt,
    const char *text, size_t len);
static void check_members(const text_t *text, const char *alg,
    const ngx_http_oauth_token_member_t *members, size_t n);
static int is_number(const ngx_http_oauth_token_member_t *member);
static int is_value(json_t *value,
    const ngx_http_oauth_token_member_t *member);
static void verify(const ngx_http_oauth_token_signer_t *signer,
    const unsigned char *data, size_t len, const text_t *sig);
static void check_pem(input_t *in);
static void check_der(input_t *in);
static void check_key(const unsigned char *pem, size_t len);
static void check_base64url(input_t *in);
static void check_within(input_t *in);
static text_t decode(const char *p, size_t len);


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    size_t     i;
    EVP_PKEY  *rsa;

    (void) argc;
    (void) argv;

    pairs[3].key = EVP_EC_gen("P-256");
    pairs[4].key = EVP_EC_gen("P-384");
    pairs[5].key = EVP_EC_gen("P-521");
    pairs[6].key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    rsa = EVP_RSA_gen(2048);

    for (i = QUICK; i < COUNT(pairs); i++) {
        pairs[i].key = rsa;
    }

    for (i = 3; i < COUNT(pairs); i++) {
        MUST(pairs[i].key != NULL);
    }

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t  in;

    static void  (*const kinds[])(input_t *in) = {
        check_jwt, check_pem, check_der, check_base64url, check_within
    };

    in = input(data, size);
    kinds[take_byte(&in) % COUNT(kinds)](&in);

    /* nginx would log what is left there as an error of its own */

    MUST(ERR_peek_error() == 0);

    return 0;
}


static void
check_jwt(input_t *in)
{
    int                             invalid, sound;
    char                           *text;
    size_t                          i, n, len;
    text_t                          name[MEMBERS], value[MEMBERS], secret;
    input_t                         pair;
    unsigned                        who, headers;
    ngx_http_oauth_token_jwt_t      jwt;
    ngx_http_oauth_token_signer_t   signer;
    ngx_http_oauth_token_member_t   members[MEMBERS];

    who = take_byte(in);
    who = who < 248 ? who % QUICK : QUICK + who % (COUNT(pairs) - QUICK);
    headers = take_byte(in);
    secret = take_text(in, '&');

    signer.alg = ngx_http_oauth_token_alg((unsigned char *) pairs[who].alg,
                                          strlen(pairs[who].alg));
    signer.key = pairs[who].key;
    signer.secret = secret.data;
    signer.secret_len = secret.len;

    MUST(signer.alg != NULL);

    sound = 1;

    for (n = 0; n < MEMBERS && left(in) > 0; n++) {
        text_t  both = take_text(in, '&');

        pair = input(both.data, both.len);
        members[n].number = both.len > 0 && both.data[0] == '#';
        pair.p += members[n].number;

        name[n] = take_text(&pair, '=');
        value[n] = copy_text(pair.p, left(&pair));
        free(both.data);

        /* names come from a configuration, which has no NUL */

        for (i = 0; i < name[n].len; i++) {
            name[n].data[i] |= name[n].data[i] == 0;
        }

        members[n].name = name[n].data;
        members[n].name_len = name[n].len;
        members[n].value = value[n].data;
        members[n].value_len = value[n].len;

        sound = sound && rfc_is_utf8(name[n].data, name[n].len)
                && rfc_is_utf8(value[n].data, value[n].len);
    }

    headers = n ? headers % n : 0;

    jwt.signer = &signer;
    jwt.header = members;
    jwt.nheader = headers;
    jwt.claims = members + headers;
    jwt.nclaims = n - headers;

    text = ngx_http_oauth_token_jose_jwt(&jwt, &len, &invalid);

    MUST((text != NULL) == sound);

    if (text != NULL) {
        MUST(!invalid && strlen(text) == len);
        check_parts(&jwt, text, len);
    }

    ngx_http_oauth_token_secret_free(text);

    while (n > 0) {
        n--;
        free(name[n].data);
        free(value[n].data);
    }

    free(secret.data);
}


static void
check_parts(const ngx_http_oauth_token_jwt_t *jwt, const char *text,
    size_t len)
{
    text_t       header, claims, sig;
    const char  *a, *b;

    MUST(strspn(text, ALPHABET ".") == len);

    a = strchr(text, '.');
    MUST(a != NULL);
    b = strchr(a + 1, '.');
    MUST(b != NULL && strchr(b + 1, '.') == NULL);

    header = decode(text, (size_t) (a - text));
    claims = decode(a + 1, (size_t) (b - a - 1));
    sig = decode(b + 1, strlen(b + 1));

    check_members(&header, jwt->signer->alg->name, jwt->header, jwt->nheader);
    check_members(&claims, NULL, jwt->claims, jwt->nclaims);
    verify(jwt->signer, (unsigned char *) text, (size_t) (b - text), &sig);

    free(header.data);
    free(claims.data);
    free(sig.data);
}


/* each member is there, in an array when its name comes again */

static void
check_members(const text_t *text, const char *alg,
    const ngx_http_oauth_token_member_t *m, size_t n)
{
    size_t         i, j, times, before;
    json_t        *root, *value;
    rfc_reader_t   reader;

    MUST(rfc_text(text->data, text->len, &reader));

    root = json_loadb((char *) text->data, text->len,
                      JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL, NULL);
    MUST(json_is_object(root));

    for (i = 0; i < n; i++) {
        times = before = 0;

        if (alg != NULL && (same(m[i].name, m[i].name_len, "alg", 3)
                            || same(m[i].name, m[i].name_len, "typ", 3)))
        {
            times = before = 1;
        }

        for (j = 0; j < n; j++) {
            if (same(m[i].name, m[i].name_len, m[j].name, m[j].name_len)) {
                times++;
                before += j < i;
            }
        }

        value = json_object_getn(root, (char *) m[i].name, m[i].name_len);

        if (times > 1) {
            MUST(json_array_size(value) == times);
            value = json_array_get(value, before);
        }

        MUST(is_value(value, &m[i]));
    }

    if (alg != NULL && n == 0) {
        MUST(strcmp(json_string_value(json_object_get(root, "alg")), alg) == 0);
        MUST(strcmp(json_string_value(json_object_get(root, "typ")), "JWT")
             == 0);
        MUST(json_object_size(root) == 2);
    }

    json_decref(root);
}


static int
is_number(const ngx_http_oauth_token_member_t *member)
{
    size_t  i;

    for (i = 0; i < member->value_len; i++) {
        if (member->value[i] < '0' || member->value[i] > '9') {
            return 0;
        }
    }

    return member->number && i > 0 && i <= 18;
}


static int
is_value(json_t *value, const ngx_http_oauth_token_member_t *member)
{
    char  number[20];

    if (!is_number(member)) {
        return json_is_string(value)
               && same(json_string_value(value), json_string_length(value),
                       member->value, member->value_len);
    }

    memcpy(number, member->value, member->value_len);
    number[member->value_len] = '\0';

    return json_is_integer(value) && json_integer_value(value) == atoll(number);
}


static void
verify(const ngx_http_oauth_token_signer_t *signer, const unsigned char *data,
    size_t len, const text_t *sig)
{
    int             n;
    size_t          half;
    unsigned        size;
    ECDSA_SIG      *ecdsa;
    EVP_MD_CTX     *md;
    EVP_PKEY_CTX   *ctx;
    unsigned char  *der, mac[EVP_MAX_MD_SIZE];

    MUST(sig->len <= ngx_http_oauth_token_signer_size(signer));

    if (signer->key == NULL) {
        MUST(HMAC(EVP_get_digestbyname(signer->alg->hash), signer->secret,
                  (int) signer->secret_len, data, len, mac, &size) != NULL);
        MUST(same(mac, size, sig->data, sig->len));
        return;
    }

    der = NULL;
    n = (int) sig->len;

    if (signer->alg->kind == NGX_HTTP_OAUTH_TOKEN_ALG_EC) {
        half = ((size_t) EVP_PKEY_get_bits(signer->key) + 7) / 8;
        MUST(sig->len == 2 * half);

        ecdsa = ECDSA_SIG_new();
        MUST(ECDSA_SIG_set0(ecdsa, BN_bin2bn(sig->data, (int) half, NULL),
                            BN_bin2bn(sig->data + half, (int) half, NULL)));
        n = i2d_ECDSA_SIG(ecdsa, &der);
        ECDSA_SIG_free(ecdsa);
    }

    md = EVP_MD_CTX_new();

    MUST(EVP_DigestVerifyInit_ex(md, &ctx, signer->alg->hash, NULL, NULL,
                                 signer->key, NULL) == 1);

    if (signer->alg->kind == NGX_HTTP_OAUTH_TOKEN_ALG_PSS) {
        MUST(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0);
        MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
    }

    MUST(EVP_DigestVerify(md, der ? der : sig->data, (size_t) n, data, len)
         == 1);

    OPENSSL_free(der);
    EVP_MD_CTX_free(md);
}


static void
check_pem(input_t *in)
{
    text_t  pem;

    pem = copy_text(in->p, left(in));
    check_key(pem.data, pem.len);
    free(pem.data);
}


/* in PEM, as base64 would hide from the fuzzer what it changes */

static void
check_der(input_t *in)
{
    size_t       len;
    text_t       pem;
    unsigned     label;
    const char  *name;

    static const char *const  labels[] = {
        "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"
    };

    label = take_byte(in);
    name = labels[label % COUNT(labels)];

    pem.data = malloc(left(in) * 2 + 128);
    MUST(pem.data != NULL);

    len = (size_t) sprintf((char *) pem.data, "-----BEGIN %s-----\n", name);
    len += (size_t) EVP_EncodeBlock(pem.data + len, in->p, (int) left(in));
    len += (size_t) sprintf((char *) pem.data + len, "\n-----END %s-----\n",
                            name);

    check_key(pem.data, len);
    free(pem.data);
}


/* a key that was read is one for its algorithm, and signs, or fails to */

static void
check_key(const unsigned char *pem, size_t len)
{
    size_t                          n, size;
    EVP_PKEY                       *key, *again;
    const char                     *err;
    unsigned char                  *sig;
    ngx_http_oauth_token_pkey_t    *pkey;
    ngx_http_oauth_token_signer_t   signer;

    err = NULL;
    key = ngx_http_oauth_token_signer_read(pem, len, &err);

    MUST((key == NULL) == (err != NULL));

    if (key == NULL) {
        MUST(strlen(err) > 0);
        return;
    }

    memset(&signer, 0, sizeof(signer));

    signer.alg = ngx_http_oauth_token_signer_alg(key);

    MUST(signer.alg != NULL);
    MUST(ngx_http_oauth_token_signer_fits(key, signer.alg));
    MUST(signer.alg->kind != NGX_HTTP_OAUTH_TOKEN_ALG_HMAC);

    /* from here on as a worker has it, which keeps what the key is made of */

    pkey = ngx_http_oauth_token_pkey_pack(key);
    MUST(pkey != NULL);

    again = ngx_http_oauth_token_pkey_unpack(pkey);
    MUST(again != NULL && EVP_PKEY_eq(key, again) == 1);

    ngx_http_oauth_token_secret_free(pkey);
    EVP_PKEY_free(key);
    signer.key = again;

    size = ngx_http_oauth_token_signer_size(&signer);
    sig = malloc(size + 1);
    MUST(sig != NULL);

    n = size ? ngx_http_oauth_token_signer_sign(&signer, pem, len, sig) : 0;
    MUST(n <= size);

    free(sig);
    EVP_PKEY_free(again);
}


static void
check_base64url(input_t *in)
{
    size_t  n;
    text_t  src, text, back;

    src = copy_text(in->p, left(in));

    n = ngx_http_oauth_token_base64url(NULL, src.data, src.len);
    text.data = malloc(n + 1);
    MUST(text.data != NULL);
    text.len = ngx_http_oauth_token_base64url(text.data, src.data, src.len);
    MUST(text.len == n);

    back = decode((char *) text.data, n);
    MUST(same(back.data, back.len, src.data, src.len));

    free(src.data);
    free(text.data);
    free(back.data);
}


/* three parts of 16 or more, each to its end, with a dot between them */

static void
check_within(input_t *in)
{
    int          found, parts;
    char        *text;
    size_t       n;
    const char  *p, *q;

    text = take_string(in, '\0');
    found = 0;

    for (p = text; *p != '\0'; p++) {

        if (p > text && strchr(ALPHABET, p[-1]) != NULL) {
            continue;
        }

        for (q = p, parts = 0; parts < 3; q += n + 1) {
            n = strspn(q, ALPHABET);

            if (n < 16) {
                break;
            }

            parts++;

            if (q[n] != '.') {
                break;
            }
        }

        found = found || parts == 3;
    }

    MUST(ngx_http_oauth_token_jose_within(text) == found);
    free(text);
}


/* RFC 7515, appendix C */

static text_t
decode(const char *p, size_t len)
{
    size_t       i;
    text_t       text;
    unsigned     bits, have;
    const char  *at;

    text = copy_text(p, len);
    text.len = 0;
    bits = 0;
    have = 0;

    MUST(len % 4 != 1);

    for (i = 0; i < len; i++) {
        at = p[i] ? strchr(ALPHABET, p[i]) : NULL;
        MUST(at != NULL);

        bits = bits << 6 | (unsigned) (at - ALPHABET);
        have += 6;

        if (have >= 8) {
            have -= 8;
            text.data[text.len++] = (unsigned char) (bits >> have);
        }
    }

    MUST((bits & ((1u << have) - 1)) == 0);

    return text;
}
