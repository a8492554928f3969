
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: JSON Web Tokens.  See the header.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "ngx_http_oauth_token_jose.h"
#include "ngx_http_oauth_token_json.h"
#include "ngx_http_oauth_token_secret.h"


/* shorter parts than this are in names of hosts and versions */
#define NGX_HTTP_OAUTH_TOKEN_JOSE_PART  16

/* digits that any 64 bit have room for */
#define NGX_HTTP_OAUTH_TOKEN_JOSE_DIGITS  18


static json_t *ngx_http_oauth_token_jose_header(
    const ngx_http_oauth_token_jwt_t *jwt, int *invalid);
static int ngx_http_oauth_token_jose_add(json_t *object,
    const ngx_http_oauth_token_member_t *member, size_t n, int *invalid);
static int ngx_http_oauth_token_jose_put(json_t *object,
    const ngx_http_oauth_token_member_t *member, json_t *value);
static json_t *ngx_http_oauth_token_jose_value(
    const ngx_http_oauth_token_member_t *member, int *invalid);
static int ngx_http_oauth_token_jose_integer(
    const ngx_http_oauth_token_member_t *member, json_int_t *number);
static char *ngx_http_oauth_token_jose_sign(
    const ngx_http_oauth_token_jwt_t *jwt, json_t *header, json_t *claims,
    size_t *len);


size_t
ngx_http_oauth_token_base64url(unsigned char *dst, const unsigned char *src,
    size_t len)
{
    size_t         i, n, size;
    unsigned char  group[5];

    if (dst == NULL) {
        return len / 3 * 4 + (len % 3 > 0 ? len % 3 + 1 : 0);
    }

    for (size = 0; len > 0; src += n, len -= n) {
        n = len > 3 ? 3 : len;

        (void) EVP_EncodeBlock(group, src, (int) n);

        for (i = 0; i <= n; i++) {
            dst[size++] = group[i] == '+' ? '-'
                          : group[i] == '/' ? '_' : group[i];
        }
    }

    OPENSSL_cleanse(group, sizeof(group));

    return size;
}


char *
ngx_http_oauth_token_jose_jwt(const ngx_http_oauth_token_jwt_t *jwt,
    size_t *len, int *invalid)
{
    char                                *text;
    json_t                              *header, *claims;
    ngx_http_oauth_token_json_memory_t   outside;

    *invalid = 0;
    text = NULL;

    ngx_http_oauth_token_json_enter(&outside);

    header = ngx_http_oauth_token_jose_header(jwt, invalid);
    claims = json_object();

    if (header != NULL && claims != NULL
        && ngx_http_oauth_token_jose_add(claims, jwt->claims, jwt->nclaims,
                                         invalid)
           == 0)
    {
        text = ngx_http_oauth_token_jose_sign(jwt, header, claims, len);
    }

    json_decref(header);
    json_decref(claims);

    ngx_http_oauth_token_json_leave(&outside);

    return text;
}


static json_t *
ngx_http_oauth_token_jose_header(const ngx_http_oauth_token_jwt_t *jwt,
    int *invalid)
{
    json_t  *header;

    header = json_pack("{s:s, s:s}", "alg", jwt->signer->alg->name, "typ",
                       "JWT");

    if (header != NULL
        && ngx_http_oauth_token_jose_add(header, jwt->header, jwt->nheader,
                                         invalid)
           != 0)
    {
        json_decref(header);
        return NULL;
    }

    return header;
}


static int
ngx_http_oauth_token_jose_add(json_t *object,
    const ngx_http_oauth_token_member_t *member, size_t n, int *invalid)
{
    size_t   i;
    json_t  *value;

    for (i = 0; i < n; i++) {
        value = ngx_http_oauth_token_jose_value(&member[i], invalid);

        if (value == NULL
            || ngx_http_oauth_token_jose_put(object, &member[i], value) != 0)
        {
            return -1;
        }
    }

    return 0;
}


/* takes over the value, also when it fails */

static int
ngx_http_oauth_token_jose_put(json_t *object,
    const ngx_http_oauth_token_member_t *member, json_t *value)
{
    json_t      *old, *list;
    const char  *name;

    name = (const char *) member->name;
    old = json_object_getn(object, name, member->name_len);

    if (old == NULL) {
        return json_object_setn_new(object, name, member->name_len, value);
    }

    if (json_is_array(old)) {
        return json_array_append_new(old, value);
    }

    list = json_array();

    if (list == NULL || json_array_append(list, old) != 0
        || json_array_append(list, value) != 0)
    {
        json_decref(list);
        json_decref(value);
        return -1;
    }

    json_decref(value);

    return json_object_setn_new(object, name, member->name_len, list);
}


static json_t *
ngx_http_oauth_token_jose_value(const ngx_http_oauth_token_member_t *member,
    int *invalid)
{
    json_t      *value;
    json_int_t   number;

    if (member->number
        && ngx_http_oauth_token_jose_integer(member, &number))
    {
        return json_integer(number);
    }

    value = json_stringn((const char *) member->value, member->value_len);

    if (value == NULL) {

        /* jansson does not tell, and the short ones need hardly any memory */

        *invalid = 1;
    }

    return value;
}


static int
ngx_http_oauth_token_jose_integer(const ngx_http_oauth_token_member_t *member,
    json_int_t *number)
{
    size_t  i;

    *number = 0;

    if (member->value_len > NGX_HTTP_OAUTH_TOKEN_JOSE_DIGITS) {
        return 0;
    }

    for (i = 0; i < member->value_len; i++) {
        if (member->value[i] < '0' || member->value[i] > '9') {
            return 0;
        }

        *number = *number * 10 + (member->value[i] - '0');
    }

    return i > 0;
}


static char *
ngx_http_oauth_token_jose_sign(const ngx_http_oauth_token_jwt_t *jwt,
    json_t *header, json_t *claims, size_t *len)
{
    char    *h, *c, *text;
    size_t   h_len, c_len;

    text = NULL;
    h = ngx_http_oauth_token_json_dump(header, JSON_COMPACT, &h_len);
    c = ngx_http_oauth_token_json_dump(claims, JSON_COMPACT, &c_len);

    if (h != NULL && c != NULL) {
        text = ngx_http_oauth_token_jose_compact(jwt->signer,
                                        (const unsigned char *) h, h_len,
                                        (const unsigned char *) c, c_len,
                                        len);
    }

    ngx_http_oauth_token_secret_free(h);
    ngx_http_oauth_token_secret_free(c);

    return text;
}


char *
ngx_http_oauth_token_jose_compact(const ngx_http_oauth_token_signer_t *signer,
    const unsigned char *header, size_t header_len,
    const unsigned char *payload, size_t payload_len, size_t *len)
{
    size_t          n, size, signature;
    unsigned char  *text, *sig;

    size = ngx_http_oauth_token_signer_size(signer);
    if (size == 0) {
        return NULL;
    }

    n = ngx_http_oauth_token_base64url(NULL, header, header_len) + 1
        + ngx_http_oauth_token_base64url(NULL, payload, payload_len) + 1
        + ngx_http_oauth_token_base64url(NULL, NULL, size) + 1;

    text = ngx_http_oauth_token_secret_alloc(n);
    sig = ngx_http_oauth_token_secret_alloc(size);
    signature = 0;

    if (text != NULL && sig != NULL) {
        n = ngx_http_oauth_token_base64url(text, header, header_len);
        text[n++] = '.';
        n += ngx_http_oauth_token_base64url(text + n, payload, payload_len);

        signature = ngx_http_oauth_token_signer_sign(signer, text, n, sig);
    }

    if (signature > 0) {
        text[n++] = '.';
        n += ngx_http_oauth_token_base64url(text + n, sig, signature);
        text[n] = '\0';
        *len = n;

    } else {
        ngx_http_oauth_token_secret_free(text);
        text = NULL;
    }

    ngx_http_oauth_token_secret_free(sig);

    return (char *) text;
}


int
ngx_http_oauth_token_jose_within(const char *text)
{
    size_t  n, parts;

    static const char  alphabet[] = "abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789-_";

    parts = 0;

    for ( ;; ) {
        n = strspn(text, alphabet);
        parts = n >= NGX_HTTP_OAUTH_TOKEN_JOSE_PART ? parts + 1 : 0;

        if (parts == 3) {
            return 1;
        }

        text += n;

        if (*text == '\0') {
            return 0;
        }

        if (*text != '.') {
            parts = 0;
        }

        text++;
    }
}
