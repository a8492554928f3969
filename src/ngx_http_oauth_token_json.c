
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: looking into the JSON of a stranger.  See the header.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "ngx_http_oauth_token_json.h"
#include "ngx_http_oauth_token_secret.h"


static int ngx_http_oauth_token_json_sound(const unsigned char *data,
    size_t len);
static json_t *ngx_http_oauth_token_json_element(json_t *array,
    const char *path);
static json_t *ngx_http_oauth_token_json_base64url(const char *text,
    size_t len);


void
ngx_http_oauth_token_json_enter(ngx_http_oauth_token_json_memory_t *outside)
{
    json_get_alloc_funcs(&outside->malloc_fn, &outside->free_fn);
    json_set_alloc_funcs(ngx_http_oauth_token_secret_alloc,
                         ngx_http_oauth_token_secret_free);
}


void
ngx_http_oauth_token_json_leave(
    const ngx_http_oauth_token_json_memory_t *outside)
{
    json_set_alloc_funcs(outside->malloc_fn, outside->free_fn);
}


json_t *
ngx_http_oauth_token_json_parse(const unsigned char *data, size_t len,
    int *no_memory)
{
    json_t                              *root;
    json_error_t                         error;
    ngx_http_oauth_token_json_memory_t   outside;

    *no_memory = 0;

    if (len == 0 || !ngx_http_oauth_token_json_sound(data, len)) {
        return NULL;
    }

    ngx_http_oauth_token_json_enter(&outside);

    root = json_loadb((const char *) data, len, JSON_REJECT_DUPLICATES,
                      &error);

    ngx_http_oauth_token_json_leave(&outside);

    if (root == NULL) {
        *no_memory = json_error_code(&error) == json_error_out_of_memory;
    }

    return root;
}


void
ngx_http_oauth_token_json_free(json_t *root)
{
    ngx_http_oauth_token_json_memory_t  outside;

    ngx_http_oauth_token_json_enter(&outside);
    json_decref(root);
    ngx_http_oauth_token_json_leave(&outside);
}


/* twice over it: a text that jansson lets grow is what it gets wrong */

char *
ngx_http_oauth_token_json_dump(const json_t *root, size_t flags, size_t *len)
{
    char    *text;
    size_t   n;

    n = json_dumpb(root, NULL, 0, flags);
    if (n == 0) {
        return NULL;
    }

    text = ngx_http_oauth_token_secret_alloc(n + 1);
    if (text == NULL) {
        return NULL;
    }

    if (json_dumpb(root, text, n, flags) != n) {
        ngx_http_oauth_token_secret_free(text);
        return NULL;
    }

    text[n] = '\0';
    *len = n;

    return text;
}


/*
 * Whether the text is free of NUL, which jansson passes over after a number,
 * and not too deep.  Up to its first fault jansson sees the same strings and
 * brackets as this.
 */

static int
ngx_http_oauth_token_json_sound(const unsigned char *data, size_t len)
{
    int     quoted;
    size_t  i, depth;

    quoted = 0;
    depth = 0;

    for (i = 0; i < len; i++) {

        if (data[i] == '\0') {
            return 0;
        }

        if (quoted) {

            if (data[i] == '\\') {
                i++;

            } else if (data[i] == '"') {
                quoted = 0;
            }

        } else if (data[i] == '"') {
            quoted = 1;

        } else if (data[i] == '[' || data[i] == '{') {

            if (++depth > NGX_HTTP_OAUTH_TOKEN_DEPTH_MAX) {
                return 0;
            }

        } else if ((data[i] == ']' || data[i] == '}') && depth > 0) {
            depth--;
        }
    }

    return 1;
}


json_t *
ngx_http_oauth_token_json_member(json_t *root, const char *path)
{
    json_t      *value;
    const char  *dot;

    if (json_is_array(root)) {
        return ngx_http_oauth_token_json_element(root, path);
    }

    value = json_object_get(root, path);
    if (value != NULL) {
        return value;
    }

    for (dot = strchr(path, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {

        value = json_object_getn(root, path, (size_t) (dot - path));
        if (value == NULL) {
            continue;
        }

        value = ngx_http_oauth_token_json_member(value, dot + 1);
        if (value != NULL) {
            return value;
        }
    }

    return NULL;
}


static json_t *
ngx_http_oauth_token_json_element(json_t *array, const char *path)
{
    char    *end;
    json_t  *value;

    if (path[0] < '0' || path[0] > '9') {
        return NULL;
    }

    value = json_array_get(array, strtoul(path, &end, 10));

    if (*end == '\0') {
        return value;
    }

    if (*end == '.' && value != NULL) {
        return ngx_http_oauth_token_json_member(value, end + 1);
    }

    return NULL;
}


const char *
ngx_http_oauth_token_json_text(json_t *root, const char *path, size_t *len)
{
    json_t  *value;

    value = ngx_http_oauth_token_json_member(root, path);

    if (!json_is_string(value) || json_string_length(value) == 0) {
        return NULL;
    }

    *len = json_string_length(value);

    return json_string_value(value);
}


const char *
ngx_http_oauth_token_json_first(json_t *root, const char *const *paths,
    size_t *len)
{
    const char  *text;

    for (text = NULL; *paths != NULL && text == NULL; paths++) {
        text = ngx_http_oauth_token_json_text(root, *paths, len);
    }

    return text;
}


/* no deeper than json_sound() has let through */

json_t *
ngx_http_oauth_token_json_holder(json_t *root, const char *text)
{
    size_t       i;
    json_t      *value, *holder;
    const char  *name;

    json_array_foreach(root, i, value) {
        holder = ngx_http_oauth_token_json_holder(value, text);

        if (holder != NULL) {
            return holder;
        }
    }

    json_object_foreach(root, name, value) {

        if (json_string_value(value) == text) {
            return root;
        }

        holder = ngx_http_oauth_token_json_holder(value, text);

        if (holder != NULL) {
            return holder;
        }
    }

    return NULL;
}


int
ngx_http_oauth_token_json_jwt_exp(const char *token, size_t len, double *exp)
{
    int          rc;
    json_t      *claims, *value;
    const char  *payload, *signature;

    payload = memchr(token, '.', len);
    if (payload == NULL) {
        return -1;
    }

    payload++;
    len -= (size_t) (payload - token);

    signature = memchr(payload, '.', len);
    if (signature == NULL) {
        return -1;
    }

    /* a JWE has four dots */

    if (memchr(signature + 1, '.', len - (size_t) (signature + 1 - payload))
        != NULL)
    {
        return -1;
    }

    claims = ngx_http_oauth_token_json_base64url(payload,
                                             (size_t) (signature - payload));
    rc = -1;
    value = json_object_get(claims, "exp");

    if (json_is_number(value)) {
        *exp = json_number_value(value);
        rc = 0;
    }

    ngx_http_oauth_token_json_free(claims);

    return rc;
}


/* the JSON text that base64url hides; NULL: none */

static json_t *
ngx_http_oauth_token_json_base64url(const char *text, size_t len)
{
    int             n, no_memory;
    size_t          i, size, padding;
    json_t         *root;
    unsigned char  *in, *out;

    if (len == 0 || len > NGX_HTTP_OAUTH_TOKEN_JWT_MAX) {
        return NULL;
    }

    padding = (4 - len % 4) % 4;
    size = len + padding;

    in = ngx_http_oauth_token_secret_alloc(2 * size);
    if (in == NULL) {
        return NULL;
    }

    out = in + size;

    for (i = 0; i < len; i++) {
        in[i] = (unsigned char) (text[i] == '-' ? '+'
                                 : text[i] == '_' ? '/' : text[i]);
    }

    memset(in + len, '=', padding);

    n = EVP_DecodeBlock(out, in, (int) size);

    root = NULL;

    if (n >= (int) padding) {
        root = ngx_http_oauth_token_json_parse(out, (size_t) n - padding,
                                               &no_memory);
    }

    ngx_http_oauth_token_secret_free(in);

    return root;
}
