
/*
 * How long a token lives: numbers, texts and dates in every unit.
 */

#include <math.h>

#include "check.h"
#include "ngx_http_oauth_token_date.h"
#include "ngx_http_oauth_token_lifetime.h"


#define S   NGX_HTTP_OAUTH_TOKEN_UNIT_S
#define MS  NGX_HTTP_OAUTH_TOKEN_UNIT_MS
#define E   NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH
#define EM  NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS
#define I   NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601

#define OK    NGX_HTTP_OAUTH_TOKEN_LIFETIME_STATED
#define DEF   NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED
#define PAST  NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED

/* 2018-07-23T11:00:00Z, when "now" is in these tables */
#define NOW      1532343600000LL

/* 2095-01-01, and a date after the turn of that century */
#define LATE     3944678400000LL
#define NEXT     "Friday, 06-Nov-05 08:49:37 GMT"
#define AT_NEXT  4286940577000LL

#define MAX      86400000LL
#define DEFAULT  300000LL


typedef struct {
    double                            value;
    ngx_http_oauth_token_unit_e       unit;
    ngx_http_oauth_token_lifetime_e   how;
    int64_t                           want;
} number_case_t;


typedef struct {
    const char                       *text;
    ngx_http_oauth_token_unit_e       unit;
    ngx_http_oauth_token_lifetime_e   how;
    int64_t                           want;
} text_case_t;


typedef struct {
    const char  *text;
    int64_t      want;      /* ms; -1: no date */
} date_case_t;


static const ngx_http_oauth_token_limits_t  limits = { DEFAULT, 1000, MAX };


static const number_case_t  numbers[] = {
    { 3600, S, OK, 3600000 },
    { 1, S, OK, 1000 },
    { 899.0, S, OK, 899000 },
    { 899.999, S, OK, 899000 },
    { 3599.9, S, OK, 3599000 },
    { 3.6e3, S, OK, 3600000 },
    { 86400, S, OK, MAX },
    { 86401, S, OK, MAX },
    { 999999999, S, OK, MAX },

    { 0, S, DEF, DEFAULT },
    { -0.0, S, DEF, DEFAULT },
    { 0.9, S, DEF, DEFAULT },
    { -1, S, DEF, DEFAULT },
    { -9223372036854775808.0, S, DEF, DEFAULT },
    { NAN, S, DEF, DEFAULT },
    { INFINITY, S, DEF, DEFAULT },
    { -INFINITY, E, DEF, DEFAULT },
    { 0, E, DEF, DEFAULT },
    { -5, EM, DEF, DEFAULT },
    { 3600, I, DEF, DEFAULT },

    { 899000, MS, OK, 899000 },
    { 899000.7, MS, OK, 899000 },
    { 86399992, MS, OK, 86399992 },
    { 2592000000.0, MS, OK, MAX },
    { 1, MS, OK, 1000 },

    /* moments, also in S from 10^9 and 10^12 on */
    { 1532343600, E, PAST, 0 },
    { 1532343601, E, OK, 1000 },
    { 1532347200, E, OK, 3600000 },
    { 1532347200, S, OK, 3600000 },
    { 1000000000, S, PAST, 0 },
    { 999999999999.0, S, OK, MAX },
    { 1532347200000.0, S, OK, 3600000 },
    { 1532347200000.0, EM, OK, 3600000 },
    { 1532343600000.0, EM, PAST, 0 },
    { 1532343600001.0, EM, OK, 1000 },
    { 4102444800000.0, EM, OK, MAX },
    { 3600, E, PAST, 0 },

    { 2147483648.0, S, OK, MAX },
    { 3138007490.0, S, OK, MAX },
    { 4294967296.0, MS, OK, MAX },
    { 9223372036854775807.0, S, OK, MAX },
    { 9223372036854775807.0, MS, OK, MAX },
    { 9223372036854775808.0, E, OK, MAX },
    { 18446744073709551616.0, EM, OK, MAX },
    { 1e308, E, OK, MAX }
};


static const text_case_t  texts[] = {
    { "3599", S, OK, 3599000 },
    { "3600s", S, OK, 3600000 },
    { " 3600\t", S, OK, 3600000 },
    { "3599.9", S, OK, 3599000 },
    { "3598.99999999999999999999", S, OK, 3599000 },
    { "3.6e3", S, OK, 3600000 },
    { "899000", MS, OK, 899000 },
    { "1532347200", S, OK, 3600000 },
    { "1532347200", E, OK, 3600000 },
    { "1532347200000", EM, OK, 3600000 },
    { "1532340000", E, PAST, 0 },
    { "9223372036854775808", S, OK, MAX },
    { "1000000000000000000000000000000", MS, OK, MAX },

    { "", S, DEF, DEFAULT },
    { "  ", S, DEF, DEFAULT },
    { "0", S, DEF, DEFAULT },
    { "-1", S, DEF, DEFAULT },
    { "+3600", S, DEF, DEFAULT },
    { "36 00", S, DEF, DEFAULT },
    { "3600,5", S, DEF, DEFAULT },
    { "0x10", S, DEF, DEFAULT },
    { "1e400", S, DEF, DEFAULT },
    { "inf", S, DEF, DEFAULT },
    { "nan", S, DEF, DEFAULT },
    { "true", S, DEF, DEFAULT },
    { "\"3600\"", S, DEF, DEFAULT },
    { "[3600]", S, DEF, DEFAULT },
    { "string", S, DEF, DEFAULT },
    { "{expiration_time}", MS, DEF, DEFAULT },
    { "\xd9\xa3", S, DEF, DEFAULT },
    { "00000000000000000000000000000000000000000000000000000000000000003600",
      S, DEF, DEFAULT },

    /* Cielo, Pesapal */
    { "2018-07-23T11:29:32", S, OK, 1772000 },
    { "2018-07-23T11:29:32", I, OK, 1772000 },
    { "2018-07-23T11:29:30.5177702Z", I, OK, 1770517 },
    { "2018-07-23T10:59:59Z", I, PAST, 0 },
    { "2018-07-23T11:00:00Z", S, PAST, 0 },
    { "2018-07-24", I, OK, 46800000 },
    { "2018-02-30T00:00:00Z", I, DEF, DEFAULT },
    { "2018-07-23T11:29:32", MS, DEF, DEFAULT },
    { "2018-07-23T11:29:32", E, DEF, DEFAULT },
    { "9999-12-31T23:59:59Z", I, OK, MAX }
};


static const date_case_t  dates[] = {
    { "1970-01-01", 0 },
    { "1970-01-01T00:00:00Z", 0 },
    { "1969-12-31T23:59:59.250Z", -750 },
    { "2016-07-11T22:14:10Z", 1468275250000 },
    { "2016-07-11t22:14:10z", 1468275250000 },
    { "2016-07-11 22:14:10", 1468275250000 },
    { "2016-07-11T22:14Z", 1468275240000 },
    { "2016-07-11T22:14:10.1Z", 1468275250100 },
    { "2016-07-11T22:14:10,12Z", 1468275250120 },
    { "2016-07-11T22:14:10.123456789123456789", 1468275250123 },
    { "2016-07-12T00:14:10+02:00", 1468275250000 },
    { "2016-07-12T00:14:10+0200", 1468275250000 },
    { "2016-07-12T00:14:10+02", 1468275250000 },
    { "2016-07-11T12:44:10.5-09:30", 1468275250500 },
    { "2016-02-29T00:00:00Z", 1456704000000 },
    { "2000-02-29T00:00:00Z", 951782400000 },
    { "2016-12-31T23:59:60Z", 1483228800000 },
    { "2017-01-01T05:29:60+05:30", 1483228800000 },
    { "2038-01-19T03:14:08Z", 2147483648000 },

    { "", -1 },
    { "2016", -1 },
    { "2016-07", -1 },
    { "2016-7-11", -1 },
    { "16-07-11", -1 },
    { "+2016-07-11", -1 },
    { "2016-07-11T", -1 },
    { "2016-07-11T22", -1 },
    { "2016-07-11T22:1", -1 },
    { "2016-07-11T22:14:", -1 },
    { "2016-07-11T22:14:1", -1 },
    { "2016-07-11T22:14:10.", -1 },
    { "2016-07-11T22:14:10.Z", -1 },
    { "2016-07-11T22:14:10Zx", -1 },
    { "2016-07-11T22:14:10ZZ", -1 },
    { "2016-07-11X22:14:10Z", -1 },
    { "2016-07-11T22:14:10+", -1 },
    { "2016-07-11T22:14:10+2", -1 },
    { "2016-07-11T22:14:10+24:00", -1 },
    { "2016-07-11T22:14:10+02:60", -1 },
    { "2016-07-11T22:14:10+02:000", -1 },
    { " 2016-07-11", -1 },
    { "2017-02-29", -1 },
    { "1900-02-29", -1 },
    { "2018-02-30", -1 },
    { "2018-04-31", -1 },
    { "2018-00-10", -1 },
    { "2018-13-10", -1 },
    { "2018-12-00", -1 },
    { "2018-12-32", -1 },
    { "2018-07-23T24:00:00Z", -1 },
    { "2018-07-23T25:00:00Z", -1 },
    { "2018-07-23T11:60:00Z", -1 },
    { "2018-07-23T11:59:61Z", -1 },
    { "2018-07-23T11:29:60Z", -1 },
    { "-018-07-23", -1 }
};


static const date_case_t  http_dates[] = {
    { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777000 },
    { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777000 },
    { "Sun Nov  6 08:49:37 1994", 784111777000 },
    { "Wed Nov 16 08:49:37 1994", 784975777000 },
    { "Saturday, 22-Jul-68 00:00:00 GMT", 3110140800000 },
    { "Monday, 22-Jul-69 00:00:00 GMT", -14083200000 },
    { "Fri, 31 Dec 1999 23:59:60 GMT", 946684800000 },

    { "", -1 },
    { "Sun, 06 Nov 1994 08:49:37", -1 },
    { "Sun, 06 Nov 1994 08:49:37 UTC", -1 },
    { "Sun, 06 Nov 1994 08:49:37 GMT ", -1 },
    { "Sun, 6 Nov 1994 08:49:37 GMT", -1 },
    { "sun, 06 nov 1994 08:49:37 gmt", -1 },
    { "Son, 06 Nov 1994 08:49:37 GMT", -1 },
    { "Sun, 06 Nop 1994 08:49:37 GMT", -1 },
    { "Sun, 31 Feb 1994 08:49:37 GMT", -1 },
    { "Sun, 06 Nov 1994 24:49:37 GMT", -1 },
    { "Sun Nov 6 08:49:37 1994", -1 },
    { "06 Nov 1994 08:49:37 GMT", -1 }
};


static void
test_numbers(void)
{
    char                              name[64];
    size_t                            i;
    int64_t                           lifetime;
    const number_case_t              *c;
    ngx_http_oauth_token_lifetime_e   how;

    for (i = 0; i < COUNT(numbers); i++) {
        c = &numbers[i];
        snprintf(name, sizeof(name), "%g in unit %d", c->value, (int) c->unit);

        lifetime = -1;
        how = ngx_http_oauth_token_lifetime_number(c->value, c->unit, NOW,
                                                   &limits, &lifetime);
        CHECK_ROW(how == c->how, name);
        CHECK_ROW(lifetime == c->want, name);
    }

    CHECK_ROWS("[C2] [C3] [C4] numbers in every unit");
}


static void
test_texts(void)
{
    size_t                            i;
    int64_t                           lifetime;
    const text_case_t                *c;
    ngx_http_oauth_token_lifetime_e   how;

    for (i = 0; i < COUNT(texts); i++) {
        c = &texts[i];

        lifetime = -1;
        how = ngx_http_oauth_token_lifetime_text(c->text, strlen(c->text),
                                                 c->unit, NOW, &limits,
                                                 &lifetime);
        CHECK_ROW(how == c->how, c->text);
        CHECK_ROW(lifetime == c->want, c->text);
    }

    how = ngx_http_oauth_token_lifetime_text("36\0" "00", 5, S, NOW, &limits,
                                             &lifetime);
    CHECK_ROW(how == DEF, "a NUL inside");

    CHECK_ROWS("[C1] [C2] [C3] [C4] texts in every unit");
}


static void
test_dates(void)
{
    int      rc;
    size_t   i;
    int64_t  wall;

    for (i = 0; i < COUNT(dates); i++) {
        rc = ngx_http_oauth_token_iso8601(dates[i].text,
                                          strlen(dates[i].text), &wall);

        CHECK_ROW(rc == (dates[i].want == -1 ? -1 : 0), dates[i].text);
        CHECK_ROW(rc == -1 || wall == dates[i].want, dates[i].text);
    }

    CHECK_ROWS("dates of ISO 8601");

    for (i = 0; i < COUNT(http_dates); i++) {
        rc = ngx_http_oauth_token_http_date(http_dates[i].text,
                                            strlen(http_dates[i].text), NOW,
                                            &wall);

        CHECK_ROW(rc == (http_dates[i].want == -1 ? -1 : 0),
                  http_dates[i].text);
        CHECK_ROW(rc == -1 || wall == http_dates[i].want, http_dates[i].text);
    }

    CHECK_ROWS("dates of HTTP");

    /* its two digits are of the century that is nearest, in 2095 the next */

    CHECK(ngx_http_oauth_token_http_date(NEXT, strlen(NEXT), LATE, &wall) == 0
          && wall == AT_NEXT, "a year of the next century");
}


static void
test_limits(void)
{
    int64_t                        lifetime;
    ngx_http_oauth_token_limits_t  wide;

    wide.by_default = 1;
    wide.min = 0;
    wide.max = INT64_MAX;

    ngx_http_oauth_token_lifetime_number(1e300, MS, NOW, &wide, &lifetime);
    CHECK(lifetime == INT64_MAX, "[C4] the widest limits do not overflow");

    wide.min = 60000;

    ngx_http_oauth_token_lifetime_number(2, S, NOW, &wide, &lifetime);
    CHECK(lifetime == 60000, "a short lifetime is raised to the minimum");

    CHECK(ngx_http_oauth_token_lifetime_cap(1532343602.5, NOW, &lifetime) == 1
          && lifetime == 2500,
          "a cap goes below the minimum");
    CHECK(ngx_http_oauth_token_lifetime_cap(1532343602.5, NOW, &lifetime) == 0
          && lifetime == 2500,
          "a cap that is not lower changes nothing");
    CHECK(ngx_http_oauth_token_lifetime_cap(1532343600, NOW, &lifetime) == -1,
          "a cap at this moment has passed");
    CHECK(ngx_http_oauth_token_lifetime_cap(-1e308, NOW, &lifetime) == -1
          && ngx_http_oauth_token_lifetime_cap(1e308, NOW, &lifetime) == 0,
          "absurd caps");
}


static void
test_leeway(void)
{
    CHECK(ngx_http_oauth_token_leeway(3600000, -1) == 10000,
          "[C10] the default leeway is 10 s");
    CHECK(ngx_http_oauth_token_leeway(60000, -1) == 6000,
          "[C10] of a short token a tenth");
    CHECK(ngx_http_oauth_token_leeway(60000, 20000) == 20000,
          "a configured leeway counts");
    CHECK(ngx_http_oauth_token_leeway(60000, 0) == 0, "also none");
    CHECK(ngx_http_oauth_token_leeway(60000, 90000) == 30000,
          "but never more than half of the lifetime");
    CHECK(ngx_http_oauth_token_leeway(1, -1) == 0
          && ngx_http_oauth_token_leeway(0, 5) == 0
          && ngx_http_oauth_token_leeway(-7, 5) == 0,
          "nothing of nothing");
}


int
main(void)
{
    test_numbers();
    test_texts();
    test_dates();
    test_limits();
    test_leeway();

    return DONE();
}
