
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: the encodings of a token request.  See the header.
 */

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "ngx_http_oauth_token_form.h"


#define NGX_HTTP_OAUTH_TOKEN_ALNUM  "abcdefghijklmnopqrstuvwxyz"              \
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"              \
                                    "0123456789"


/* how one kind of component is escaped */
typedef struct {
    const char  *keep;       /* bytes that stay as they are */
    const char  *space;
} ngx_http_oauth_token_escape_t;


/* base64 in the making: up to three bytes that wait for their group */
typedef struct {
    unsigned char  *dst;
    size_t          written;
    unsigned char   group[3];
    size_t          n;
} ngx_http_oauth_token_base64_t;


static size_t ngx_http_oauth_token_escape(unsigned char *dst,
    const unsigned char *src, size_t len,
    const ngx_http_oauth_token_escape_t *how);
static size_t ngx_http_oauth_token_pairs(unsigned char *dst,
    const ngx_http_oauth_token_pair_t *pairs, size_t n,
    const ngx_http_oauth_token_escape_t *how);
static size_t ngx_http_oauth_token_put(unsigned char *dst, size_t at,
    const void *src, size_t len);
static void ngx_http_oauth_token_base64_add(ngx_http_oauth_token_base64_t *b,
    const unsigned char *src, size_t len, int urlencode);
static void ngx_http_oauth_token_base64_flush(
    ngx_http_oauth_token_base64_t *b);


static const ngx_http_oauth_token_escape_t  ngx_http_oauth_token_form_rules = {
    NGX_HTTP_OAUTH_TOKEN_ALNUM "*-._", "+"
};

static const ngx_http_oauth_token_escape_t  ngx_http_oauth_token_query_rules = {
    NGX_HTTP_OAUTH_TOKEN_ALNUM "/:?@!$'()*,-._~", "%20"
};


size_t
ngx_http_oauth_token_form_escape(unsigned char *dst, const unsigned char *src,
    size_t len)
{
    return ngx_http_oauth_token_escape(dst, src, len,
                                       &ngx_http_oauth_token_form_rules);
}


size_t
ngx_http_oauth_token_query_escape(unsigned char *dst,
    const unsigned char *src, size_t len)
{
    return ngx_http_oauth_token_escape(dst, src, len,
                                       &ngx_http_oauth_token_query_rules);
}


size_t
ngx_http_oauth_token_form_body(unsigned char *dst,
    const ngx_http_oauth_token_pair_t *pairs, size_t n)
{
    return ngx_http_oauth_token_pairs(dst, pairs, n,
                                      &ngx_http_oauth_token_form_rules);
}


size_t
ngx_http_oauth_token_query(unsigned char *dst,
    const ngx_http_oauth_token_pair_t *pairs, size_t n)
{
    return ngx_http_oauth_token_pairs(dst, pairs, n,
                                      &ngx_http_oauth_token_query_rules);
}


static size_t
ngx_http_oauth_token_pairs(unsigned char *dst,
    const ngx_http_oauth_token_pair_t *pairs, size_t n,
    const ngx_http_oauth_token_escape_t *how)
{
    size_t  i, at;

    at = 0;

    for (i = 0; i < n; i++) {

        if (i > 0) {
            at = ngx_http_oauth_token_put(dst, at, "&", 1);
        }

        at += ngx_http_oauth_token_escape(dst == NULL ? NULL : dst + at,
                                          pairs[i].name, pairs[i].name_len,
                                          how);

        at = ngx_http_oauth_token_put(dst, at, "=", 1);

        at += ngx_http_oauth_token_escape(dst == NULL ? NULL : dst + at,
                                          pairs[i].value, pairs[i].value_len,
                                          how);
    }

    return at;
}


static size_t
ngx_http_oauth_token_escape(unsigned char *dst, const unsigned char *src,
    size_t len, const ngx_http_oauth_token_escape_t *how)
{
    size_t         i, at;
    unsigned char  hex[3];

    static const char  digits[] = "0123456789ABCDEF";

    at = 0;

    for (i = 0; i < len; i++) {

        if (src[i] == ' ') {
            at = ngx_http_oauth_token_put(dst, at, how->space,
                                          strlen(how->space));

        } else if (src[i] != '\0' && strchr(how->keep, src[i]) != NULL) {
            at = ngx_http_oauth_token_put(dst, at, &src[i], 1);

        } else {
            hex[0] = '%';
            hex[1] = digits[src[i] >> 4];
            hex[2] = digits[src[i] & 0x0f];

            at = ngx_http_oauth_token_put(dst, at, hex, 3);
        }
    }

    return at;
}


/* dst may be NULL: then only the place after the bytes is wanted */

static size_t
ngx_http_oauth_token_put(unsigned char *dst, size_t at, const void *src,
    size_t len)
{
    if (dst != NULL) {
        memcpy(dst + at, src, len);
    }

    return at + len;
}


size_t
ngx_http_oauth_token_basic(unsigned char *dst, const unsigned char *id,
    size_t id_len, const unsigned char *secret, size_t secret_len,
    int urlencode)
{
    ngx_http_oauth_token_base64_t  b;

    memset(&b, 0, sizeof(b));

    b.dst = dst;
    b.written = ngx_http_oauth_token_put(dst, 0, "Basic ", 6);

    ngx_http_oauth_token_base64_add(&b, id, id_len, urlencode);
    ngx_http_oauth_token_base64_add(&b, (const unsigned char *) ":", 1, 0);
    ngx_http_oauth_token_base64_add(&b, secret, secret_len, urlencode);
    ngx_http_oauth_token_base64_flush(&b);

    OPENSSL_cleanse(b.group, sizeof(b.group));

    return b.written;
}


static void
ngx_http_oauth_token_base64_add(ngx_http_oauth_token_base64_t *b,
    const unsigned char *src, size_t len, int urlencode)
{
    size_t         i, j, n;
    unsigned char  escaped[3];

    memset(escaped, 0, sizeof(escaped));

    for (i = 0; i < len; i++) {

        if (urlencode) {
            n = ngx_http_oauth_token_form_escape(escaped, &src[i], 1);

        } else {
            escaped[0] = src[i];
            n = 1;
        }

        for (j = 0; j < n; j++) {
            b->group[b->n++] = escaped[j];

            if (b->n == sizeof(b->group)) {
                ngx_http_oauth_token_base64_flush(b);
            }
        }
    }

    OPENSSL_cleanse(escaped, sizeof(escaped));
}


static void
ngx_http_oauth_token_base64_flush(ngx_http_oauth_token_base64_t *b)
{
    int            n;
    unsigned char  text[5];

    if (b->n == 0) {
        return;
    }

    /* EVP_EncodeBlock() ends its text with a NUL that dst has no place for */

    n = EVP_EncodeBlock(text, b->group, (int) b->n);

    b->written = ngx_http_oauth_token_put(b->dst, b->written, text,
                                          (size_t) n);
    b->n = 0;

    OPENSSL_cleanse(text, sizeof(text));
}


int
ngx_http_oauth_token_visible(const unsigned char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (p[i] < 0x21 || p[i] > 0x7e) {
            return 0;
        }
    }

    return len > 0;
}


int
ngx_http_oauth_token_header_value(const unsigned char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (p[i] < 0x20 || p[i] == 0x7f) {
            return 0;
        }
    }

    return 1;
}


int
ngx_http_oauth_token_scope_value(const unsigned char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (p[i] < 0x20 || p[i] > 0x7e || p[i] == '"' || p[i] == '\\') {
            return 0;
        }
    }

    return 1;
}


int
ngx_http_oauth_token_header_name(const unsigned char *p, size_t len)
{
    size_t  i;

    static const char  tchar[] = NGX_HTTP_OAUTH_TOKEN_ALNUM "!#$%&'*+-.^_`|~";

    for (i = 0; i < len; i++) {
        if (p[i] == '\0' || strchr(tchar, p[i]) == NULL) {
            return 0;
        }
    }

    return len > 0;
}


int
ngx_http_oauth_token_form_repeats(const unsigned char *name)
{
    const char *const         *repeated;
    static const char *const   names[] = { "resource", "audience", NULL };

    for (repeated = names; *repeated != NULL; repeated++) {
        if (strcmp((const char *) name, *repeated) == 0) {
            return 1;
        }
    }

    return 0;
}


int
ngx_http_oauth_token_uuid(unsigned char dst[NGX_HTTP_OAUTH_TOKEN_UUID_LEN])
{
    size_t          i;
    unsigned char   bytes[16], *p;

    static const char  digits[] = "0123456789abcdef";

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return -1;
    }

    bytes[6] = (bytes[6] & 0x0f) | 0x40;    /* version 4 */
    bytes[8] = (bytes[8] & 0x3f) | 0x80;    /* the variant of RFC 4122 */

    p = dst;

    for (i = 0; i < sizeof(bytes); i++) {

        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *p++ = '-';
        }

        *p++ = digits[bytes[i] >> 4];
        *p++ = digits[bytes[i] & 0x0f];
    }

    return 0;
}
