
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 1: members of an answer that are kept with its token.  See the header.
 */

#include <string.h>

#include <openssl/crypto.h>

#include "ngx_http_oauth_token_captured.h"
#include "ngx_http_oauth_token_secret.h"


/* JSON writes no number and no boolean longer than this */
#define NGX_HTTP_OAUTH_TOKEN_CAPTURED_NUMBER  64


/* a value in hand; a number has its text here */
typedef struct {
    const char  *text;
    size_t       len;
    char         number[NGX_HTTP_OAUTH_TOKEN_CAPTURED_NUMBER];
} ngx_http_oauth_token_captured_t;


static int ngx_http_oauth_token_captured_value(
    const ngx_http_oauth_token_whole_t *whole, const char *path,
    ngx_http_oauth_token_captured_t *captured);
static int ngx_http_oauth_token_captured_plain(const char *text, size_t len);


int
ngx_http_oauth_token_captured_pack(const ngx_http_oauth_token_whole_t *whole,
    const ngx_http_oauth_token_rule_t *rules, const char *token,
    size_t token_len, ngx_http_oauth_token_result_t *result)
{
    char                             *p;
    size_t                            i, n, len;
    ngx_http_oauth_token_captured_t   captured[NGX_HTTP_OAUTH_TOKEN_CAPTURES];

    n = ngx_http_oauth_token_captured_count(rules);
    len = token_len;

    for (i = 0; i < n; i++) {

        if (ngx_http_oauth_token_captured_value(whole, rules[i].path,
                                                &captured[i])
            != 0)
        {
            result->uncaptured = 1;
        }

        len += 1 + captured[i].len;
    }

    p = ngx_http_oauth_token_secret_alloc(len + 1);

    if (p != NULL) {
        result->token = p;
        result->token_len = token_len;
        result->run_len = len;

        memcpy(p, token, token_len);
        p += token_len;

        for (i = 0; i < n; i++) {
            *p++ = '\0';
            memcpy(p, captured[i].text, captured[i].len);
            p += captured[i].len;
        }

        *p = '\0';
    }

    OPENSSL_cleanse(captured, sizeof(captured));

    return p != NULL ? 0 : -1;
}


size_t
ngx_http_oauth_token_captured_count(const ngx_http_oauth_token_rule_t *rules)
{
    size_t  n;

    for (n = 0; rules[n].name != NULL; n++) {
        /* void */
    }

    return n;
}


/* returns -1 when something is there and cannot be one */

static int
ngx_http_oauth_token_captured_value(const ngx_http_oauth_token_whole_t *whole,
    const char *path, ngx_http_oauth_token_captured_t *captured)
{
    size_t                        len;
    ngx_http_oauth_token_found_t  found;

    captured->text = "";
    captured->len = 0;

    ngx_http_oauth_token_place_find(whole, path, &found);

    if (json_is_number(found.value) || json_is_boolean(found.value)) {
        len = json_dumpb(found.value, captured->number,
                         sizeof(captured->number), JSON_ENCODE_ANY);

        if (len == 0 || len > sizeof(captured->number)) {
            return -1;
        }

        captured->text = captured->number;
        captured->len = len;

        return 0;
    }

    if (found.text == NULL) {
        return found.value == NULL || json_is_null(found.value)
               || json_is_string(found.value) ? 0 : -1;
    }

    if (found.len > NGX_HTTP_OAUTH_TOKEN_CAPTURE_MAX
        || !ngx_http_oauth_token_captured_plain(found.text, found.len))
    {
        return -1;
    }

    captured->text = found.text;
    captured->len = found.len;

    return 0;
}


/* visible ASCII and blanks: it goes into headers and URLs */

static int
ngx_http_oauth_token_captured_plain(const char *text, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return 0;
        }
    }

    return 1;
}


size_t
ngx_http_oauth_token_captured_split(const unsigned char *run, size_t len,
    ngx_http_oauth_token_bytes_t *values, size_t n)
{
    size_t                token_len;
    const unsigned char  *p, *last, *end;

    last = run + len;

    p = n > 0 ? memchr(run, '\0', len) : NULL;

    if (p == NULL) {
        p = last;
    }

    token_len = (size_t) (p - run);

    for ( /* void */ ; n > 0; values++, n--) {

        /* p is at the NUL before the value, or at the end */

        if (p < last) {
            p++;
        }

        end = memchr(p, '\0', (size_t) (last - p));

        if (end == NULL) {
            end = last;
        }

        values->data = p;
        values->len = (size_t) (end - p);

        p = end;
    }

    return token_len;
}
