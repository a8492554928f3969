
/*
 * Header fields of an answer: Retry-After and dates, WWW-Authenticate, and what
 * a content type says of a body.
 *
 * The first byte of an input says which.
 */

#define _GNU_SOURCE

#include <strings.h>

#include "dates.h"
#include "fuzz.h"
#include "ngx_http_oauth_token_date.h"
#include "ngx_http_oauth_token_field.h"


/* what a header is made of, so that what it says is known */
typedef struct {
    char                  text[4096];
    size_t                len;
    int                   says;      /* Bearer error=invalid_token */
} header_t;


static void retry_after(input_t *in);
static int64_t retry_again(const char *text, int64_t now, int64_t max);
static void challenge(input_t *in);
static int challenge_again(const text_t *text, const char *scheme);
static void says(input_t *in);
static void say_challenge(header_t *h, input_t *in);
static void say(header_t *h, const char *text);
static void say_blanks(header_t *h, unsigned n);
static void nature(input_t *in);
static void date(input_t *in);


static const char *const  schemes[] = {
    "Bearer", "SCA", "BEARER", "Basic", "DPoP", "Bearerx", "bearer", "earer"
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t  in;

    static void  (*const kinds[])(input_t *in) = {
        retry_after, challenge, says, nature, date
    };

    in = input(data, size);
    kinds[take_byte(&in) % COUNT(kinds)](&in);

    return 0;
}


/* a moment of 1970 to 9999, and a maximum */

static void
retry_after(input_t *in)
{
    char     *text;
    text_t    value;
    int64_t   now, max, wait;

    static const int64_t  maxima[] = { 3600000, 0, 1, 999, 1000, 86400000 };

    now = (int64_t) (take_number(in, 6) % 253402300800000ULL);
    max = maxima[take_byte(in) % COUNT(maxima)];
    value = copy_text(in->p, left(in));

    wait = ngx_http_oauth_token_field_retry_after(value.data, value.len, now,
                                                  max);
    MUST(wait >= -1 && wait <= max);

    /* what has a NUL is no value */

    if (value.len > 0 && memchr(value.data, '\0', value.len) != NULL) {
        MUST(wait == -1);

    } else {
        text = take_string(in, '\0');
        MUST(wait == retry_again(text, now, max));
        free(text);
    }

    free(value.data);
}


static int64_t
retry_again(const char *text, int64_t now, int64_t max)
{
    char     *copy;
    size_t    len;
    int64_t   wait, wall;

    text += strspn(text, " \t");
    len = strlen(text);

    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) {
        len--;
    }

    if (len == 0) {
        return -1;
    }

    copy = strndup(text, len);
    MUST(copy != NULL);

    wait = -1;

    if (strspn(copy, "0123456789") == len) {
        text = copy + strspn(copy, "0");
        wait = strlen(text) > 12 ? max : atoll(text) * 1000;

    } else if (http_date(copy, now, &wall) == 0) {
        wait = wall > now ? wall - now : 0;
    }

    free(copy);

    return wait > max ? max : wait;
}


static void
challenge(input_t *in)
{
    text_t       text;
    const char  *scheme;

    scheme = schemes[take_byte(in) % COUNT(schemes)];
    text = copy_text(in->p, left(in));

    MUST(ngx_http_oauth_token_field_challenge(text.data, text.len, scheme)
         == challenge_again(&text, scheme));

    (void) ngx_http_oauth_token_field_says(text.data, text.len, scheme,
                                           "error", "invalid_token");
    free(text.data);
}


/* what is in quotes is blacked out, then the elements of a list are seen */

static int
challenge_again(const text_t *text, const char *scheme)
{
    int      quoted, found;
    char    *copy, *element, *rest;
    size_t   i, n;

    copy = malloc(text->len + 1);
    MUST(copy != NULL);

    quoted = 0;

    for (i = 0; i < text->len; i++) {
        copy[i] = (char) (text->data[i] ? text->data[i] : 1);

        if (copy[i] == '"') {
            quoted = !quoted;

        } else if (quoted) {

            if (copy[i] == '\\') {
                copy[i++] = 'x';
            }

            if (i < text->len) {
                copy[i] = 'x';
            }
        }
    }

    copy[text->len] = '\0';
    rest = copy;
    found = 0;

    while ((element = strsep(&rest, ",")) != NULL) {
        element += strspn(element, " \t");
        n = strcspn(element, " \t");

        found |= n == strlen(scheme) && strncasecmp(element, scheme, n) == 0;
    }

    free(copy);

    return found;
}


static void
says(input_t *in)
{
    text_t           value;
    static header_t  h;

    memset(&h, 0, sizeof(h));

    do {
        say_challenge(&h, in);
    } while (left(in) > 0 && h.len < sizeof(h.text) / 2);

    value = copy_text(h.text, h.len);

    MUST(ngx_http_oauth_token_field_says(value.data, value.len, "bearer",
                                         "error", "invalid_token")
         == h.says);
    free(value.data);
}


/* "Scheme name=value, ..." with what is allowed between these */

static void
say_challenge(header_t *h, input_t *in)
{
    unsigned     n, how, v;
    const char  *scheme, *name, *value;

    static const char *const  names[] = {
        "error", "ERROR", "realm", "error_description", "rror", "x"
    };

    static const char *const  values[] = {
        "invalid_token", "Invalid_Token", "insufficient_scope",
        "invalid_token2", "nvalid_token", "x", "Bearer", ""
    };

    static const char *const  odd[] = {
        "\"a, error=invalid_token\"", "\", Bearer error=\\\"invalid_token\"",
        "\"\\\\\"", "\"Bearer\"", "\"=\""
    };

    scheme = schemes[take_byte(in) % COUNT(schemes)];
    say(h, scheme);

    for (n = take_byte(in) % 4; n > 0; n--) {
        how = take_byte(in);

        say_blanks(h, 1 + how % 3);
        name = names[take_byte(in) % COUNT(names)];
        say(h, name);

        say_blanks(h, how / 4 % 2);
        say(h, "=");
        say_blanks(h, how / 8 % 2);

        v = take_byte(in);

        if (v % 4 == 3) {
            value = "";
            say(h, odd[v / 4 % COUNT(odd)]);

        } else {
            value = values[v / 4 % COUNT(values)];

            /* nothing is a value in quotes only */

            say(h, v % 4 == 0 || *value == '\0' ? "\"" : "");
            say(h, value);
            say(h, v % 4 == 0 || *value == '\0' ? "\"" : "");
        }

        h->says |= strcasecmp(scheme, "bearer") == 0
                   && strcasecmp(name, "error") == 0
                   && strcasecmp(value, "invalid_token") == 0;

        /* Paysafe has no comma between its parameters */

        say(h, how / 16 % 4 > 0 && n > 1 ? "," : "");
    }

    say_blanks(h, take_byte(in) % 2);
    say(h, ",");
    say_blanks(h, take_byte(in) % 2);
}


static void
say(header_t *h, const char *text)
{
    size_t  len;

    len = strlen(text);
    MUST(h->len + len < sizeof(h->text));

    memcpy(h->text + h->len, text, len);
    h->len += len;
}


static void
say_blanks(header_t *h, unsigned n)
{
    say(h, n == 0 ? "" : n == 1 ? " " : " \t");
}


/* the content type up to a NUL, the body behind it */

static void
nature(input_t *in)
{
    int          html, xml;
    char        *t, *b;
    size_t       at;
    text_t       type, body;
    const char  *said;

    type = take_text(in, '\0');
    body = copy_text(in->p, left(in));

    said = ngx_http_oauth_token_field_nature(type.data, type.len, body.data,
                                             body.len);

    t = strndup((char *) type.data, type.len);
    b = strndup((char *) body.data, body.len);
    MUST(t != NULL && b != NULL);

    at = strspn(b, " \t\r\n");
    html = strcasestr(t, "html") != NULL;
    xml = strcasestr(t, "xml") != NULL;

    if (body.len == strlen(b)) {

        if (strncmp(b, "\x1f\x8b", 2) == 0) {
            MUST(strcmp(said, "content_coding") == 0);

        } else if (b[at] == '\0') {
            MUST(strcmp(said, "no_token") == 0);

        } else if (html || (b[at] == '<' && strcasestr(b, "<html") != NULL)) {
            MUST(strcmp(said, "html") == 0);

        } else {
            MUST(strcmp(said, xml || b[at] == '<' ? "xml" : "bad_json") == 0);
        }
    }

    free(t);
    free(b);
    free(type.data);
    free(body.data);
}


/* made from numbers, so that most of them are dates, and read back */

static void
date(input_t *in)
{
    int       rc;
    char      text[64];
    text_t    copy;
    unsigned  kind, y, d, h, m, s;
    int64_t   now, wall, again;

    now = (int64_t) (take_number(in, 6) % 253402300800000ULL);
    kind = take_byte(in) % 4;
    y = (unsigned) take_number(in, 2) % (kind == 1 ? 101 : 10001);
    d = take_byte(in) % 34;

    h = take_byte(in) % 26;
    m = take_byte(in) % 62;
    s = take_byte(in) % 63;

    switch (kind) {

    case 0:
        (void) snprintf(text, sizeof(text),
                        "Mon, %02u Feb %04u %02u:%02u:%02u GMT", d, y, h, m, s);
        break;

    case 1:
        (void) snprintf(text, sizeof(text),
                        "Sunday, %02u-Feb-%02u %02u:%02u:%02u GMT", d, y, h, m,
                        s);
        break;

    case 2:
        (void) snprintf(text, sizeof(text), "Mon Dec %2u %02u:%02u:%02u %04u",
                        d, h, m, s, y);
        break;

    default:
        (void) snprintf(text, sizeof(text), "Thu Apr %02u %02u:%02u:%02u %04u",
                        d, h, m, s, y);
        break;
    }

    copy = copy_text(text, strlen(text));

    rc = ngx_http_oauth_token_http_date((char *) copy.data, copy.len, now,
                                        &wall);

    MUST(rc == http_date(text, now, &again));
    MUST(rc != 0 || wall == again);

    free(copy.data);
}
