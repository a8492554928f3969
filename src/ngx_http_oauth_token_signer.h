
/*
 * Row 0: private keys, and signatures by the algorithms of RFC 7518 and 8037.
 *
 * Plain C with OpenSSL 3, no nginx types, no state.  A key is read once and
 * may be used by any process that is forked afterwards.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SIGNER_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SIGNER_H_INCLUDED_


#include <stddef.h>

#include <openssl/evp.h>


/* RFC 7518, section 3.3, for RSA: a key must not be smaller, bits */
#define NGX_HTTP_OAUTH_TOKEN_RSA_MIN  2048

/* one signature of this size takes a worker some 40 ms, and it blocks */
#define NGX_HTTP_OAUTH_TOKEN_RSA_MAX  8192


typedef enum {
    NGX_HTTP_OAUTH_TOKEN_ALG_HMAC = 0,   /* with a secret, not a key */
    NGX_HTTP_OAUTH_TOKEN_ALG_RSA,
    NGX_HTTP_OAUTH_TOKEN_ALG_PSS,
    NGX_HTTP_OAUTH_TOKEN_ALG_EC,
    NGX_HTTP_OAUTH_TOKEN_ALG_ED
} ngx_http_oauth_token_alg_e;


typedef struct {
    const char                  *name;      /* "RS256" */
    ngx_http_oauth_token_alg_e   kind;
    const char                  *hash;      /* of OpenSSL; NULL: built in */
    size_t                       hash_len;
    const char                  *group;     /* EC: the curve, as OpenSSL says */
    size_t                       half;      /* EC: bytes of r, and of s */
    const char                  *key;       /* what it needs, for messages */
} ngx_http_oauth_token_alg_t;


/* who signs: the key, or for HMAC the secret; all of it the caller's */
typedef struct {
    const ngx_http_oauth_token_alg_t  *alg;
    EVP_PKEY                          *key;
    const unsigned char               *secret;
    size_t                             secret_len;
} ngx_http_oauth_token_signer_t;


/* those for secrets and those for keys, for messages */
#define NGX_HTTP_OAUTH_TOKEN_ALG_SECRETS  "HS256, HS384 or HS512"
#define NGX_HTTP_OAUTH_TOKEN_ALG_KEYS                                         \
    "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA"

/* the algorithm of this name; NULL: there is none */
const ngx_http_oauth_token_alg_t *ngx_http_oauth_token_alg(
    const unsigned char *name, size_t len);

/*
 * Reads a private key from PEM (PKCS#8, PKCS#1, SEC 1).  The caller passes it
 * to EVP_PKEY_free().  NULL: *err is what is wrong with it, as the rest of a
 * sentence that begins with its name; a password is never asked for.
 */
EVP_PKEY *ngx_http_oauth_token_signer_read(const unsigned char *pem,
    size_t len, const char **err);

/* the algorithm for a key when nobody has named one */
const ngx_http_oauth_token_alg_t *ngx_http_oauth_token_signer_alg(
    EVP_PKEY *key);

/* whether the key is one for the algorithm; alg->key says what it needs */
int ngx_http_oauth_token_signer_fits(EVP_PKEY *key,
    const ngx_http_oauth_token_alg_t *alg);

/* the most bytes that a signature can have; 0: no key, no signature */
size_t ngx_http_oauth_token_signer_size(
    const ngx_http_oauth_token_signer_t *signer);

/*
 * Signs; sig has signer_size() bytes.  Returns how many of them are the
 * signature, 0 when OpenSSL has failed.
 */
size_t ngx_http_oauth_token_signer_sign(
    const ngx_http_oauth_token_signer_t *signer, const unsigned char *data,
    size_t len, unsigned char *sig);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SIGNER_H_INCLUDED_ */
