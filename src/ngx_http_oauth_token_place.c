
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: places in an answer.  See the header.
 */

#include <string.h>

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_json.h"
#include "ngx_http_oauth_token_place.h"


#define NGX_HTTP_OAUTH_TOKEN_PLACE_JSON    "json:"
#define NGX_HTTP_OAUTH_TOKEN_PLACE_HEADER  "header:"
#define NGX_HTTP_OAUTH_TOKEN_PLACE_BODY    "body"


static int ngx_http_oauth_token_place_member(const char *path);
static const char *ngx_http_oauth_token_place_after(const char *path,
    const char *prefix);
static void ngx_http_oauth_token_place_json(json_t *root, const char *path,
    ngx_http_oauth_token_found_t *found);
static void ngx_http_oauth_token_place_text(
    const ngx_http_oauth_token_bytes_t *bytes,
    ngx_http_oauth_token_found_t *found);
static void ngx_http_oauth_token_place_body(
    const ngx_http_oauth_token_bytes_t *body,
    ngx_http_oauth_token_found_t *found);
static int ngx_http_oauth_token_place_blank(unsigned char c);


int
ngx_http_oauth_token_place_valid(const char *path, int body)
{
    const char  *name;

    name = ngx_http_oauth_token_place_after(path,
                                          NGX_HTTP_OAUTH_TOKEN_PLACE_HEADER);
    if (name != NULL) {
        return ngx_http_oauth_token_header_name((const unsigned char *) name,
                                                strlen(name));
    }

    if (strcmp(path, NGX_HTTP_OAUTH_TOKEN_PLACE_BODY) == 0) {
        return body;
    }

    name = ngx_http_oauth_token_place_after(path,
                                            NGX_HTTP_OAUTH_TOKEN_PLACE_JSON);

    return ngx_http_oauth_token_place_member(name != NULL ? name : path);
}


/* "a.b.c" */

static int
ngx_http_oauth_token_place_member(const char *path)
{
    size_t  i;

    for (i = 0; path[i] != '\0'; i++) {
        if (path[i] == '.'
            && (i == 0 || path[i - 1] == '.' || path[i + 1] == '\0'))
        {
            return 0;
        }
    }

    return i > 0;
}


static const char *
ngx_http_oauth_token_place_after(const char *path, const char *prefix)
{
    return strncmp(path, prefix, strlen(prefix)) == 0 ? path + strlen(prefix)
                                                      : NULL;
}


void
ngx_http_oauth_token_place_find(const ngx_http_oauth_token_whole_t *whole,
    const char *path, ngx_http_oauth_token_found_t *found)
{
    const char                    *name;
    ngx_http_oauth_token_bytes_t   header;

    memset(found, 0, sizeof(ngx_http_oauth_token_found_t));

    if (path[0] == '\0') {
        return;
    }

    name = ngx_http_oauth_token_place_after(path,
                                          NGX_HTTP_OAUTH_TOKEN_PLACE_HEADER);
    if (name != NULL) {

        if (whole->header != NULL) {
            header = whole->header(whole->data, name);
            ngx_http_oauth_token_place_text(&header, found);
        }

        return;
    }

    if (strcmp(path, NGX_HTTP_OAUTH_TOKEN_PLACE_BODY) == 0) {
        ngx_http_oauth_token_place_body(&whole->body, found);
        return;
    }

    name = ngx_http_oauth_token_place_after(path,
                                            NGX_HTTP_OAUTH_TOKEN_PLACE_JSON);

    ngx_http_oauth_token_place_json(whole->root, name != NULL ? name : path,
                                    found);
}


static void
ngx_http_oauth_token_place_json(json_t *root, const char *path,
    ngx_http_oauth_token_found_t *found)
{
    /* no answer that is an array grants anything */

    if (!json_is_object(root)) {
        return;
    }

    found->value = ngx_http_oauth_token_json_member(root, path);

    if (json_string_length(found->value) > 0) {
        found->text = json_string_value(found->value);
        found->len = json_string_length(found->value);
    }
}


static void
ngx_http_oauth_token_place_text(const ngx_http_oauth_token_bytes_t *bytes,
    ngx_http_oauth_token_found_t *found)
{
    if (bytes->data != NULL && bytes->len > 0) {
        found->text = (const char *) bytes->data;
        found->len = bytes->len;
    }
}


static void
ngx_http_oauth_token_place_body(const ngx_http_oauth_token_bytes_t *body,
    ngx_http_oauth_token_found_t *found)
{
    ngx_http_oauth_token_bytes_t  b;

    b = *body;

    while (b.len > 0 && ngx_http_oauth_token_place_blank(b.data[0])) {
        b.data++;
        b.len--;
    }

    while (b.len > 0 && ngx_http_oauth_token_place_blank(b.data[b.len - 1])) {
        b.len--;
    }

    if (b.len == 0 || b.data[0] == '<' || b.data[0] == '{' || b.data[0] == '['
        || (b.len > 1 && b.data[0] == 0x1f && b.data[1] == 0x8b))
    {
        return;
    }

    if (b.len > 1 && b.data[0] == '"' && b.data[b.len - 1] == '"') {
        b.data++;
        b.len -= 2;
    }

    ngx_http_oauth_token_place_text(&b, found);
}


static int
ngx_http_oauth_token_place_blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}


const char *
ngx_http_oauth_token_place_first(const ngx_http_oauth_token_whole_t *whole,
    const char *const *paths, size_t *len)
{
    ngx_http_oauth_token_found_t  found;

    for ( /* void */ ; *paths != NULL; paths++) {
        ngx_http_oauth_token_place_find(whole, *paths, &found);

        if (found.text != NULL) {
            *len = found.len;
            return found.text;
        }
    }

    return NULL;
}
