
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: how long a token lives.  See the header.
 */

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "ngx_http_oauth_token_date.h"
#include "ngx_http_oauth_token_duration.h"
#include "ngx_http_oauth_token_lifetime.h"


/* no number of seconds or milliseconds that means something is longer */
#define NGX_HTTP_OAUTH_TOKEN_NUMBER_LEN   64

/* the leeway when the configuration names none, in milliseconds */
#define NGX_HTTP_OAUTH_TOKEN_LEEWAY_MAX   10000

/*
 * The halves of what is left get ever shorter: below this, ms, the next one
 * would be as late as the end.
 */
#define NGX_HTTP_OAUTH_TOKEN_AGAIN_MIN    2000


static ngx_http_oauth_token_lifetime_e ngx_http_oauth_token_limit(double ms,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime);
static ngx_http_oauth_token_lifetime_e ngx_http_oauth_token_until(double wall,
    int64_t now_wall, const ngx_http_oauth_token_limits_t *limits,
    int64_t *lifetime);
static int ngx_http_oauth_token_decimal(const char *text, size_t len,
    double *value);


ngx_http_oauth_token_lifetime_e
ngx_http_oauth_token_lifetime_number(double value,
    ngx_http_oauth_token_unit_e unit, int64_t now_wall,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime)
{
    if (!isfinite(value) || value < 1
        || unit == NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601)
    {
        *lifetime = limits->by_default;
        return NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED;
    }

    /* seconds lose their fraction here, milliseconds at the limits */

    if (value < NGX_HTTP_OAUTH_TOKEN_EPOCH_MS_FROM) {
        value = (double) (int64_t) value;
    }

    if (unit == NGX_HTTP_OAUTH_TOKEN_UNIT_S) {

        if (value >= NGX_HTTP_OAUTH_TOKEN_EPOCH_MS_FROM) {
            unit = NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS;

        } else if (value >= NGX_HTTP_OAUTH_TOKEN_EPOCH_FROM) {
            unit = NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH;
        }
    }

    switch (unit) {

    case NGX_HTTP_OAUTH_TOKEN_UNIT_S:
        return ngx_http_oauth_token_limit(value * 1000, limits, lifetime);

    case NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH:
        return ngx_http_oauth_token_until(value * 1000, now_wall, limits,
                                          lifetime);

    case NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS:
        return ngx_http_oauth_token_until(value, now_wall, limits, lifetime);

    default: /* NGX_HTTP_OAUTH_TOKEN_UNIT_MS */
        return ngx_http_oauth_token_limit(value, limits, lifetime);
    }
}


static ngx_http_oauth_token_lifetime_e
ngx_http_oauth_token_until(double wall, int64_t now_wall,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime)
{
    double  left;

    left = wall - (double) now_wall;

    if (left <= 0) {
        *lifetime = 0;
        return NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED;
    }

    return ngx_http_oauth_token_limit(left, limits, lifetime);
}


static ngx_http_oauth_token_lifetime_e
ngx_http_oauth_token_limit(double ms,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime)
{
    /* compared as double first: what is larger may not fit an int64_t */

    if (ms >= (double) limits->max) {
        *lifetime = limits->max;

    } else {
        *lifetime = (int64_t) ms;

        if (*lifetime < limits->min) {
            *lifetime = limits->min;
        }
    }

    return NGX_HTTP_OAUTH_TOKEN_LIFETIME_STATED;
}


ngx_http_oauth_token_lifetime_e
ngx_http_oauth_token_lifetime_text(const char *text, size_t len,
    ngx_http_oauth_token_unit_e unit, int64_t now_wall,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime)
{
    double   value;
    int64_t  wall;

    while (len > 0 && strchr(" \t\r\n", text[0]) != NULL && text[0] != '\0') {
        text++;
        len--;
    }

    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL
           && text[len - 1] != '\0')
    {
        len--;
    }

    if ((unit == NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601
         || unit == NGX_HTTP_OAUTH_TOKEN_UNIT_S)
        && ngx_http_oauth_token_iso8601(text, len, &wall) == 0)
    {
        return ngx_http_oauth_token_until((double) wall, now_wall, limits,
                                          lifetime);
    }

    if (unit == NGX_HTTP_OAUTH_TOKEN_UNIT_S
        && ngx_http_oauth_token_duration(text, len, &value) == 0)
    {
        unit = NGX_HTTP_OAUTH_TOKEN_UNIT_MS;
        value *= 1000;

        return ngx_http_oauth_token_lifetime_number(value, unit, now_wall,
                                                    limits, lifetime);
    }

    if (ngx_http_oauth_token_decimal(text, len, &value) != 0) {
        *lifetime = limits->by_default;
        return NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED;
    }

    return ngx_http_oauth_token_lifetime_number(value, unit, now_wall, limits,
                                                lifetime);
}


/* jansson reads it: strtod() takes hex and minds the locale */

static int
ngx_http_oauth_token_decimal(const char *text, size_t len, double *value)
{
    int      rc;
    json_t  *number;

    if (len == 0 || len > NGX_HTTP_OAUTH_TOKEN_NUMBER_LEN) {
        return -1;
    }

    number = json_loadb(text, len, JSON_DECODE_ANY|JSON_DECODE_INT_AS_REAL,
                        NULL);
    rc = -1;

    if (json_is_number(number)) {
        *value = json_number_value(number);
        rc = 0;
    }

    json_decref(number);

    return rc;
}


int
ngx_http_oauth_token_lifetime_cap(double exp, int64_t now_wall,
    int64_t *lifetime)
{
    double  left;

    left = exp * 1000 - (double) now_wall;

    if (left < 1) {
        return -1;
    }

    if (left >= (double) *lifetime) {
        return 0;
    }

    *lifetime = (int64_t) left;

    return 1;
}


int64_t
ngx_http_oauth_token_leeway(int64_t lifetime, int64_t leeway)
{
    if (lifetime <= 0) {
        return 0;
    }

    if (leeway < 0) {
        leeway = lifetime / 10;

        if (leeway > NGX_HTTP_OAUTH_TOKEN_LEEWAY_MAX) {
            leeway = NGX_HTTP_OAUTH_TOKEN_LEEWAY_MAX;
        }
    }

    return leeway < lifetime / 2 ? leeway : lifetime / 2;
}


int64_t
ngx_http_oauth_token_refresh_in(int64_t lifetime, int64_t before,
    unsigned percent, uint32_t random)
{
    int64_t  in, tenth;

    tenth = lifetime / 10;

    if (before < 0) {
        before = lifetime / 100 * percent + lifetime % 100 * percent / 100;
    }

    if (before > lifetime - tenth) {
        before = lifetime / 2;
    }

    in = lifetime - before - random % (tenth + 1);

    return in > tenth / 2 ? in : tenth / 2;
}


int64_t
ngx_http_oauth_token_again_in(int64_t lifetime)
{
    return lifetime / 2 > NGX_HTTP_OAUTH_TOKEN_AGAIN_MIN
               ? lifetime / 2 : NGX_HTTP_OAUTH_TOKEN_AGAIN_MIN;
}
