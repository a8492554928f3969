
/*
 * What token requests are made of: forms, queries, JSON, Basic credentials,
 * segments of a path, hashes.  What is written is read back by decoders of this
 * file and has to be what was put in.
 *
 * An input is a byte of flags and pairs, with 0xfd between name and value and
 * 0xfe behind them: bytes that UTF-8 does not have, so that all others come.
 */

#include <jansson.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "fuzz.h"
#include "rfc8259.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_hash.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_segment.h"
#include "ngx_http_oauth_token_tree.h"


#define PAIRS   12
#define PARTS   17
#define ALNUM   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


/* a part of a name of JSON */
typedef struct {
    char      name[512];
    size_t    len;
    int       number;
} part_t;


typedef struct {
    part_t    parts[PARTS];
    size_t    n;              /* 0: it is none */
} path_t;


static void check_pairs(const ngx_http_oauth_token_pair_t *pairs, size_t n,
    int query);
static int is_decoded(const text_t *text, const unsigned char *want,
    size_t len, int plus);
static void check_escape(const unsigned char *src, size_t len);
static void check_basic(const ngx_http_oauth_token_pair_t *pair,
    int urlencode);
static void check_tree(const ngx_http_oauth_token_pair_t *pairs, size_t n);
static void check_refused(const ngx_http_oauth_token_pair_t *pairs, size_t n,
    const path_t *paths);
static void check_leaves(const ngx_http_oauth_token_pair_t *pairs, size_t n,
    const path_t *paths, json_t *root);
static void split_path(const ngx_http_oauth_token_pair_t *pair, path_t *path);
static int same_part(const part_t *a, const part_t *b);
static int same_path(const path_t *a, const path_t *b);
static json_t *follow(json_t *node, const path_t *path);
static size_t count_leaves(json_t *node);
static void check_header(const unsigned char *p, size_t len);
static void check_hash(const ngx_http_oauth_token_pair_t *pair, unsigned how);
static void check_uuid(void);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    text_t                       text[2 * PAIRS];
    size_t                       i, j, n;
    unsigned                     flags;
    input_t                      in, pair;
    ngx_http_oauth_token_pair_t  pairs[PAIRS];

    if (size > sizeof(((part_t *) NULL)->name)) {
        return 0;
    }

    in = input(data, size);
    flags = take_byte(&in);

    for (n = 0; n < PAIRS && left(&in) > 0; n++) {
        text[2 * n] = take_text(&in, 0xfe);

        pair = input(text[2 * n].data, text[2 * n].len);
        text[2 * n + 1] = take_text(&pair, 0xfd);

        pairs[n].name = text[2 * n + 1].data;
        pairs[n].name_len = text[2 * n + 1].len;

        text_t  value = copy_text(pair.p, left(&pair));
        free(text[2 * n].data);
        text[2 * n] = value;

        pairs[n].value = value.data;
        pairs[n].value_len = value.len;
    }

    check_pairs(pairs, n, 0);
    check_pairs(pairs, n, 1);
    check_tree(pairs, n);

    if (n == 1) {
        check_uuid();
    }

    for (i = 0; i < n; i++) {
        check_basic(&pairs[i], flags & 1);
        check_hash(&pairs[i], flags >> 1);
        check_escape(pairs[i].value, pairs[i].value_len);
        check_header(pairs[i].value, pairs[i].value_len);
    }

    for (j = 0; j < 2 * n; j++) {
        free(text[j].data);
    }

    return 0;
}


static void
check_pairs(const ngx_http_oauth_token_pair_t *pairs, size_t n, int query)
{
    size_t    i, len;
    text_t    body, name, value;
    input_t   in, pair;

    len = query ? ngx_http_oauth_token_query(NULL, pairs, n)
                : ngx_http_oauth_token_form_body(NULL, pairs, n);

    body.data = malloc(len + 1);
    MUST(body.data != NULL);

    body.len = query ? ngx_http_oauth_token_query(body.data, pairs, n)
                     : ngx_http_oauth_token_form_body(body.data, pairs, n);
    MUST(body.len == len);

    body.data[len] = '\0';
    MUST(strspn((char *) body.data, query ? ALNUM "/:?@!$'()*,-._~%&="
                                          : ALNUM "*-._+%&=") == len);

    in = input(body.data, len);

    for (i = 0; i < n; i++) {
        text_t  both = take_text(&in, '&');

        pair = input(both.data, both.len);
        MUST(memchr(both.data, '=', both.len) != NULL);

        name = take_text(&pair, '=');
        value = copy_text(pair.p, left(&pair));

        MUST(is_decoded(&name, pairs[i].name, pairs[i].name_len, !query));
        MUST(is_decoded(&value, pairs[i].value, pairs[i].value_len, !query));

        free(both.data);
        free(name.data);
        free(value.data);
    }

    MUST(left(&in) == 0);
    free(body.data);
}


static int
from_hex(int c)
{
    /* upper case only */

    return c >= '0' && c <= '9' ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}


static int
is_decoded(const text_t *text, const unsigned char *want, size_t len, int plus)
{
    int      c;
    size_t   i, n;

    for (i = 0, n = 0; i < text->len; n++) {
        c = text->data[i++];

        if (c == '%') {

            if (text->len - i < 2 || from_hex(text->data[i]) < 0
                || from_hex(text->data[i + 1]) < 0)
            {
                return 0;
            }

            c = from_hex(text->data[i]) * 16 + from_hex(text->data[i + 1]);
            i += 2;

        } else if (c == '+' && plus) {
            c = ' ';

        } else if (c == '=' || c == '&' || c == '+') {
            return 0;
        }

        if (n == len || want[n] != c) {
            return 0;
        }
    }

    return n == len;
}


static void
check_escape(const unsigned char *src, size_t len)
{
    size_t  n;
    text_t  text;

    n = ngx_http_oauth_token_segment_escape(NULL, src, len);

    text.data = malloc(n + 1);
    MUST(text.data != NULL);
    text.len = ngx_http_oauth_token_segment_escape(text.data, src, len);

    MUST(text.len == n);
    text.data[n] = '\0';

    MUST(strspn((char *) text.data, ALNUM "-._~%") == n);
    MUST(is_decoded(&text, src, len, 0));

    MUST(ngx_http_oauth_token_segment_dots(src, len)
         == (strcmp((char *) text.data, ".") == 0
             || strcmp((char *) text.data, "..") == 0));
    free(text.data);
}


/* RFC 4648, section 4 */

static text_t
from_base64(const unsigned char *p, size_t len)
{
    size_t       i;
    text_t       text;
    unsigned     bits, have;
    const char  *at;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz0123456789+/";

    text = copy_text(p, len);
    text.len = 0;
    bits = 0;
    have = 0;

    MUST(len % 4 == 0);

    for (i = 0; i < len && p[i] != '='; i++) {
        at = p[i] ? strchr(alphabet, p[i]) : NULL;
        MUST(at != NULL);

        bits = bits << 6 | (unsigned) (at - alphabet);
        have += 6;

        if (have >= 8) {
            have -= 8;
            text.data[text.len++] = (unsigned char) (bits >> have);
        }
    }

    MUST((bits & ((1u << have) - 1)) == 0);
    MUST(len - i <= 2);

    for ( /* void */ ; i < len; i++) {
        MUST(p[i] == '=');
    }

    return text;
}


static void
check_basic(const ngx_http_oauth_token_pair_t *pair, int urlencode)
{
    size_t     len;
    text_t     header, text, id, secret;
    input_t    in;

    len = ngx_http_oauth_token_basic(NULL, pair->name, pair->name_len,
                                     pair->value, pair->value_len, urlencode);
    header.data = malloc(len);
    MUST(header.data != NULL);

    header.len = ngx_http_oauth_token_basic(header.data, pair->name,
                                            pair->name_len, pair->value,
                                            pair->value_len, urlencode);

    MUST(header.len == len && len > 6);
    MUST(memcmp(header.data, "Basic ", 6) == 0);

    text = from_base64(header.data + 6, len - 6);

    if (urlencode) {
        in = input(text.data, text.len);
        MUST(memchr(text.data, ':', text.len) != NULL);

        id = take_text(&in, ':');
        secret = copy_text(in.p, left(&in));

        MUST(is_decoded(&id, pair->name, pair->name_len, 1));
        MUST(is_decoded(&secret, pair->value, pair->value_len, 1));

        free(id.data);
        free(secret.data);

    } else {
        MUST(text.len == pair->name_len + 1 + pair->value_len);
        MUST(same(text.data, pair->name_len, pair->name, pair->name_len));
        MUST(text.data[pair->name_len] == ':');
        MUST(same(text.data + pair->name_len + 1, pair->value_len,
                  pair->value, pair->value_len));
    }

    free(text.data);
    free(header.data);
}


static void
check_tree(const ngx_http_oauth_token_pair_t *pairs, size_t n)
{
    char           *body;
    size_t          i, len;
    json_t         *root;
    rfc_reader_t    reader;
    static path_t   paths[PAIRS];

    for (i = 0; i < n; i++) {

        /* names come from a configuration, which has no NUL */

        if (memchr(pairs[i].name, '\0', pairs[i].name_len) != NULL) {
            return;
        }

        split_path(&pairs[i], &paths[i]);
    }

    body = ngx_http_oauth_token_tree_body(pairs, n, &len);

    if (body == NULL) {
        check_refused(pairs, n, paths);
        return;
    }

    MUST(strlen(body) == len);

    for (i = 0; i < len; i++) {
        MUST((unsigned char) body[i] >= 0x20);
    }

    MUST(rfc_text((unsigned char *) body, len, &reader));

    root = json_loadb(body, len, JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL, NULL);
    MUST(json_is_object(root));

    check_leaves(pairs, n, paths, root);

    json_decref(root);
    ngx_http_oauth_token_secret_free(body);
}


/* there is a reason: a name that is none, no UTF-8, or names that meet */

static void
check_refused(const ngx_http_oauth_token_pair_t *pairs, size_t n,
    const path_t *paths)
{
    size_t  i, j;

    for (i = 0; i < n; i++) {

        if (paths[i].n == 0 || !rfc_is_utf8(pairs[i].value, pairs[i].value_len)) {
            return;
        }

        for (j = 0; j < paths[i].n; j++) {

            /* elements come from 0 on */

            if (paths[i].parts[j].number > 0
                || !rfc_is_utf8((unsigned char *) paths[i].parts[j].name,
                            paths[i].parts[j].len))
            {
                return;
            }
        }

        for (j = 0; j < i; j++) {
            if (same_part(&paths[i].parts[0], &paths[j].parts[0])
                && !same_path(&paths[i], &paths[j]))
            {
                return;
            }
        }
    }

    MUST(!"a reason to refuse these names and values");
}


/* every value is at its place, and no other is anywhere */

static void
check_leaves(const ngx_http_oauth_token_pair_t *pairs, size_t n,
    const path_t *paths, json_t *root)
{
    int      last;
    size_t   i, j, leaves;
    json_t  *value;

    leaves = 0;

    for (i = 0; i < n; i++) {
        MUST(paths[i].n > 0);

        for (last = 1, j = i + 1; j < n; j++) {
            last = last && !same_path(&paths[i], &paths[j]);
        }

        if (!last) {
            continue;
        }

        value = follow(root, &paths[i]);
        leaves++;

        MUST(json_is_string(value));
        MUST(same(json_string_value(value), json_string_length(value),
                  pairs[i].value, pairs[i].value_len));
    }

    MUST(count_leaves(root) == leaves);
}


static void
split_path(const ngx_http_oauth_token_pair_t *pair, path_t *path)
{
    int      digits;
    size_t   i;
    part_t  *part;

    i = 0;
    path->n = 0;

    for ( ;; ) {
        part = &path->parts[path->n++];
        part->len = 0;
        part->number = -1;
        digits = path->n > 1;

        while (i < pair->name_len && pair->name[i] != '.') {

            if (pair->name[i] == '\\' && i + 1 < pair->name_len) {
                digits = 0;
                i++;
            }

            digits = digits && pair->name[i] >= '0' && pair->name[i] <= '9';
            part->name[part->len++] = (char) pair->name[i++];
        }

        if (part->len == 0 || path->n == PARTS) {
            path->n = 0;
            return;
        }

        part->name[part->len] = '\0';

        if (digits && part->len <= 2) {
            part->number = atoi(part->name);
        }

        if (i == pair->name_len) {
            return;
        }

        i++;
    }
}


static int
same_part(const part_t *a, const part_t *b)
{
    return a->number >= 0 || b->number >= 0
           ? a->number == b->number : same(a->name, a->len, b->name, b->len);
}


static int
same_path(const path_t *a, const path_t *b)
{
    size_t  i;

    if (a->n != b->n) {
        return 0;
    }

    for (i = 0; i < a->n; i++) {
        if (!same_part(&a->parts[i], &b->parts[i])) {
            return 0;
        }
    }

    return 1;
}


static json_t *
follow(json_t *node, const path_t *path)
{
    size_t         i;
    const part_t  *part;

    for (i = 0; i < path->n; i++) {
        part = &path->parts[i];
        node = part->number >= 0
               ? json_array_get(node, (size_t) part->number)
               : json_object_getn(node, part->name, part->len);
    }

    return node;
}


static size_t
count_leaves(json_t *node)
{
    size_t       i, n;
    json_t      *value;
    const char  *name;

    n = json_is_string(node);

    json_array_foreach(node, i, value) {
        n += count_leaves(value);
    }

    json_object_foreach(node, name, value) {
        n += count_leaves(value);
    }

    return n;
}


/* what may be a header cannot be more than one */

static void
check_header(const unsigned char *p, size_t len)
{
    int      value, visible, name;
    size_t   i;

    value = 1;
    visible = len > 0;
    name = len > 0;

    for (i = 0; i < len; i++) {
        value = value && p[i] >= 0x20 && p[i] != 0x7f;
        visible = visible && p[i] >= '!' && p[i] <= '~';
        name = name && p[i] >= '!' && p[i] <= '~'
               && strchr("\"(),/:;<=>?@[\\]{}", p[i]) == NULL;
    }

    MUST(ngx_http_oauth_token_header_value(p, len) == value);
    MUST(ngx_http_oauth_token_visible(p, len) == visible);
    MUST(ngx_http_oauth_token_header_name(p, len) == name);
}


/* the value with the name as the key */

static void
check_hash(const ngx_http_oauth_token_pair_t *pair, unsigned how)
{
    size_t                        i, size, len;
    text_t                        back, out;
    unsigned                      n;
    const EVP_MD                 *md;
    unsigned char                 want[EVP_MAX_MD_SIZE];
    ngx_http_oauth_token_hash_e   function;

    function = how % (NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA512 + 1);
    how = how / 8 % 2;

    size = ngx_http_oauth_token_hash_size(function, pair->value_len);
    out.data = malloc(size);
    MUST(out.data != NULL);

    len = ngx_http_oauth_token_hash(function, (int) how, pair->value,
                                    pair->value_len, pair->name,
                                    pair->name_len, out.data);
    MUST(len < size);

    if (function == NGX_HTTP_OAUTH_TOKEN_HASH_BASE64) {
        back = from_base64(out.data, len);
        MUST(same(back.data, back.len, pair->value, pair->value_len));
        free(back.data);
        free(out.data);
        return;
    }

    md = function == NGX_HTTP_OAUTH_TOKEN_HASH_SHA512
         || function == NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA512
         ? EVP_sha512() : EVP_sha256();

    if (function == NGX_HTTP_OAUTH_TOKEN_HASH_SHA256
        || function == NGX_HTTP_OAUTH_TOKEN_HASH_SHA512)
    {
        MUST(EVP_Digest(pair->value, pair->value_len, want, &n, md, NULL));

    } else {
        MUST(HMAC(md, pair->name, (int) pair->name_len, pair->value,
                  pair->value_len, want, &n) != NULL);
    }

    if (how) {
        back = from_base64(out.data, len);
        MUST(same(back.data, back.len, want, n));
        free(back.data);

    } else {
        MUST(len == 2 * n);

        for (i = 0; i < n; i++) {
            char  hex[3];

            snprintf(hex, sizeof(hex), "%02x", want[i]);
            MUST(memcmp(out.data + 2 * i, hex, 2) == 0);
        }
    }

    free(out.data);
}


/* RFC 4122, version 4; the only thing here that is another in each run */

static void
check_uuid(void)
{
    size_t         i;
    unsigned char  uuid[NGX_HTTP_OAUTH_TOKEN_UUID_LEN];

    MUST(ngx_http_oauth_token_uuid(uuid) == 0);

    for (i = 0; i < sizeof(uuid); i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            MUST(uuid[i] == '-');

        } else {
            MUST(uuid[i] && strchr("0123456789abcdef", uuid[i]) != NULL);
        }
    }

    MUST(uuid[14] == '4' && strchr("89ab", uuid[19]) != NULL);
}
