
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: header fields of a provider's answer.  See the header.
 */

#include <string.h>
#include <strings.h>

#include "ngx_http_oauth_token_date.h"
#include "ngx_http_oauth_token_field.h"


static int ngx_http_oauth_token_field_blank(unsigned char c);
static const unsigned char *ngx_http_oauth_token_field_skip(
    const unsigned char *p, const unsigned char *last);
static const unsigned char *ngx_http_oauth_token_field_word(
    const unsigned char *p, const unsigned char *last);
static int ngx_http_oauth_token_field_quoted(const unsigned char *p,
    const unsigned char *last, const char *text);
static int ngx_http_oauth_token_field_is(const unsigned char *p,
    const unsigned char *last, const char *text);
static int ngx_http_oauth_token_field_has(const unsigned char *value,
    size_t len, const char *text);
static int ngx_http_oauth_token_field_starts(const unsigned char *p,
    size_t len, const char *text);


int64_t
ngx_http_oauth_token_field_retry_after(const unsigned char *value, size_t len,
    int64_t now_wall, int64_t max)
{
    size_t   i;
    int64_t  wait;

    while (len > 0 && ngx_http_oauth_token_field_blank(value[len - 1])) {
        len--;
    }

    while (len > 0 && ngx_http_oauth_token_field_blank(value[0])) {
        value++;
        len--;
    }

    if (len == 0) {
        return -1;
    }

    wait = 0;

    for (i = 0; i < len && value[i] >= '0' && value[i] <= '9'; i++) {

        /* beyond max the digits are only passed over: no overflow */

        if (wait < max) {
            wait = wait * 10 + (value[i] - '0') * 1000LL;
        }
    }

    if (i < len) {

        if (ngx_http_oauth_token_http_date((const char *) value, len, now_wall,
                                           &wait)
            != 0)
        {
            return -1;
        }

        wait = wait > now_wall ? wait - now_wall : 0;
    }

    return wait < max ? wait : max;
}


int
ngx_http_oauth_token_field_challenge(const unsigned char *value, size_t len,
    const char *scheme)
{
    int     quoted, first;
    size_t  i, n;

    n = strlen(scheme);
    quoted = 0;
    first = 1;

    for (i = 0; i < len; i++) {

        if (quoted) {

            if (value[i] == '\\') {
                i++;

            } else if (value[i] == '"') {
                quoted = 0;
            }

        } else if (value[i] == ',') {
            first = 1;

        } else if (!ngx_http_oauth_token_field_blank(value[i])) {

            if (first
                && ngx_http_oauth_token_field_starts(value + i, len - i,
                                                     scheme)
                && (i + n == len || value[i + n] == ','
                    || ngx_http_oauth_token_field_blank(value[i + n])))
            {
                return 1;
            }

            first = 0;
            quoted = value[i] == '"';
        }
    }

    return 0;
}


int
ngx_http_oauth_token_field_says(const unsigned char *value, size_t len,
    const char *scheme, const char *name, const char *text)
{
    int                   first, inside;
    const unsigned char  *p, *last, *word, *end, *next;

    last = value + len;
    first = 1;
    inside = 0;

    for (p = ngx_http_oauth_token_field_skip(value, last);
         p < last;
         p = ngx_http_oauth_token_field_skip(p, last))
    {
        if (*p == ',') {
            first = 1;
            p++;
            continue;
        }

        word = p;
        end = ngx_http_oauth_token_field_word(p, last);
        p = ngx_http_oauth_token_field_skip(end, last);

        if (p < last && *p == '=') {
            next = ngx_http_oauth_token_field_skip(p + 1, last);
            p = next < last && *next != ','
                    ? ngx_http_oauth_token_field_word(next, last) : next;

            if (inside
                && ngx_http_oauth_token_field_is(word, end, name)
                && (ngx_http_oauth_token_field_is(next, p, text)
                    || ngx_http_oauth_token_field_quoted(next, p, text)))
            {
                return 1;
            }

        } else if (first) {
            inside = ngx_http_oauth_token_field_is(word, end, scheme);
        }

        first = 0;
    }

    return 0;
}


static const unsigned char *
ngx_http_oauth_token_field_skip(const unsigned char *p,
    const unsigned char *last)
{
    while (p < last && ngx_http_oauth_token_field_blank(*p)) {
        p++;
    }

    return p;
}


/* the end of a word or of a quoted string; p < last */

static const unsigned char *
ngx_http_oauth_token_field_word(const unsigned char *p,
    const unsigned char *last)
{
    if (*p != '"') {

        do {
            p++;
        } while (p < last && !ngx_http_oauth_token_field_blank(*p)
                 && *p != ',' && *p != '=' && *p != '"');

        return p;
    }

    for (p++; p < last && *p != '"'; p++) {

        if (*p == '\\' && p + 1 < last) {
            p++;
        }
    }

    return p < last ? p + 1 : last;
}


static int
ngx_http_oauth_token_field_quoted(const unsigned char *p,
    const unsigned char *last, const char *text)
{
    return last - p >= 2 && p[0] == '"' && last[-1] == '"'
           && ngx_http_oauth_token_field_is(p + 1, last - 1, text);
}


static int
ngx_http_oauth_token_field_is(const unsigned char *p,
    const unsigned char *last, const char *text)
{
    return (size_t) (last - p) == strlen(text)
           && ngx_http_oauth_token_field_starts(p, last - p, text);
}


const char *
ngx_http_oauth_token_field_nature(const unsigned char *type, size_t type_len,
    const unsigned char *body, size_t len)
{
    if (len >= 2 && body[0] == 0x1f && body[1] == 0x8b) {
        return "content_coding";    /* gzip, unasked for */
    }

    while (len > 0
           && (ngx_http_oauth_token_field_blank(*body)
               || *body == '\r' || *body == '\n'))
    {
        body++;
        len--;
    }

    if (len == 0) {
        return "no_token";
    }

    if (ngx_http_oauth_token_field_has(type, type_len, "html")
        || (*body == '<' && ngx_http_oauth_token_field_has(body, len, "<html")))
    {
        return "html";
    }

    if (ngx_http_oauth_token_field_has(type, type_len, "xml") || *body == '<') {
        return "xml";
    }

    return "bad_json";
}


/* whether the text stands anywhere in the value, in any case */

static int
ngx_http_oauth_token_field_has(const unsigned char *value, size_t len,
    const char *text)
{
    for ( /* void */ ; len > 0; value++, len--) {
        if (ngx_http_oauth_token_field_starts(value, len, text)) {
            return 1;
        }
    }

    return 0;
}


static int
ngx_http_oauth_token_field_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}


static int
ngx_http_oauth_token_field_starts(const unsigned char *p, size_t len,
    const char *text)
{
    return len >= strlen(text)
           && strncasecmp((const char *) p, text, strlen(text)) == 0;
}
