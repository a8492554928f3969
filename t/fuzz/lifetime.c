
/*
 * Lifetimes: what a provider states, as a number or a text, against arithmetic
 * of 128 bits; margins and pauses that follow from it.
 *
 * An input is a unit, limits, a clock and random numbers, 33 bytes together,
 * and the text, whose first bytes are a double, too.
 */

#include <math.h>

#include "dates.h"
#include "fuzz.h"
#include "ngx_http_oauth_token_backoff.h"
#include "ngx_http_oauth_token_duration.h"
#include "ngx_http_oauth_token_lifetime.h"


/* beyond it a number is only "too large" */
#define HUGE_INT  ((__int128) 1 << 100)


/* milliseconds, or seconds, in 1/2^20 */
typedef __int128  fixed_t;

#define ONE  ((fixed_t) 1 << 20)


typedef struct {
    ngx_http_oauth_token_unit_e      unit;
    ngx_http_oauth_token_limits_t    limits;
    int64_t                          now;
    int64_t                          a;
    int64_t                          b;
    uint32_t                         random;
} case_t;


static void check_text(const case_t *c, const char *text, size_t len);
static int decimal(const char *text, fixed_t *value, int *odd);
static fixed_t nearest(const char *text, fixed_t value);
static int duration(const char *text, fixed_t *value);
static void check_stated(const case_t *c, fixed_t value,
    ngx_http_oauth_token_unit_e unit, ngx_http_oauth_token_lifetime_e how,
    int64_t lifetime);
static void check_until(const case_t *c, fixed_t wall,
    ngx_http_oauth_token_lifetime_e how, int64_t lifetime);
static void check_limits(const case_t *c, fixed_t ms,
    ngx_http_oauth_token_lifetime_e how, int64_t lifetime);
static void check_number(const case_t *c, double value);
static void check_margins(const case_t *c);
static void check_backoff(const case_t *c);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    text_t    text;
    case_t    c;
    double    value;
    int64_t   order[3], swap;
    input_t   in;
    uint64_t  bits;
    unsigned  i, n;

    in = input(data, size);

    c.unit = take_byte(&in) % (NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601 + 1);

    for (i = 0; i < 3; i++) {
        order[i] = (int64_t) take_number(&in, 5);
    }

    for (i = 0; i < 3; i++) {
        n = i % 2;

        if (order[n] > order[n + 1]) {
            swap = order[n];
            order[n] = order[n + 1];
            order[n + 1] = swap;
        }
    }

    c.limits.min = order[0];
    c.limits.by_default = order[1];
    c.limits.max = order[2];

    /* up to the year 9999 */

    c.now = (int64_t) (take_number(&in, 6) % 253402300800000ULL);
    c.a = (int64_t) take_number(&in, 5);
    c.b = (int64_t) take_number(&in, 2);
    c.random = (uint32_t) take_number(&in, 4);

    MUST(c.limits.min <= c.limits.by_default
         && c.limits.by_default <= c.limits.max);

    check_margins(&c);
    check_backoff(&c);

    text = copy_text(in.p, left(&in));

    bits = take_number(&in, 8);
    memcpy(&value, &bits, 8);
    check_number(&c, value);

    check_text(&c, (char *) text.data, text.len);
    free(text.data);

    return 0;
}


static void
check_text(const case_t *c, const char *text, size_t len)
{
    int                               odd;
    char                             *copy, *start;
    size_t                            n;
    fixed_t                           value;
    int64_t                           lifetime, wall;
    ngx_http_oauth_token_unit_e       unit;
    ngx_http_oauth_token_lifetime_e   how;

    lifetime = -1;
    how = ngx_http_oauth_token_lifetime_text(text, len, c->unit, c->now,
                                             &c->limits, &lifetime);

    MUST(lifetime >= 0 && lifetime <= c->limits.max);
    MUST(how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED ? lifetime == 0
         : lifetime >= c->limits.min);

    if (len > 0 && memchr(text, '\0', len) != NULL) {
        return;
    }

    copy = strndup(text, len);
    MUST(copy != NULL);

    start = copy + strspn(copy, " \t\r\n");
    n = strlen(start);

    while (n > 0 && strchr(" \t\r\n", start[n - 1]) != NULL) {
        start[--n] = '\0';
    }

    unit = c->unit;

    if ((unit == NGX_HTTP_OAUTH_TOKEN_UNIT_S
         || unit == NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601)
        && iso_date(start, &wall) == 0)
    {
        check_until(c, (fixed_t) wall * ONE, how, lifetime);

    } else if (unit == NGX_HTTP_OAUTH_TOKEN_UNIT_S
               && duration(start, &value) == 0)
    {
        check_stated(c, value * 1000, NGX_HTTP_OAUTH_TOKEN_UNIT_MS, how,
                     lifetime);

    } else if (decimal(start, &value, &odd) == 0) {
        check_stated(c, nearest(start, value), unit, how, lifetime);

    } else if (!odd) {
        MUST(how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED);
        MUST(lifetime == c->limits.by_default);
    }

    free(copy);
}


/* a number as JSON writes it; odd: one that is not computed here */

static int
decimal(const char *text, fixed_t *value, int *odd)
{
    int          minus;
    fixed_t      part;
    const char  *p;

    *odd = 0;
    *value = 0;

    p = text;
    minus = *p == '-';
    p += minus;

    if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9')
        || strlen(text) > 64)
    {
        return -1;
    }

    for ( /* void */ ; *p >= '0' && *p <= '9'; p++) {
        if (*value < HUGE_INT) {
            *value = *value * 10 + (*p - '0') * ONE;
        }
    }

    if (*p == '.') {
        p++;

        if (*p < '0' || *p > '9') {
            return -1;
        }

        for (part = ONE; *p >= '0' && *p <= '9'; p++) {
            part /= 10;
            *value += part * (*p - '0');
        }
    }

    *odd = *p == 'e' || *p == 'E';
    *value = minus ? -*value : *value;

    return *p == '\0' ? 0 : -1;
}


/*
 * A number is the double nearest to it, as it is in JSON, so a fraction of many
 * nines makes the next whole number of it.
 */

static fixed_t
nearest(const char *text, fixed_t value)
{
    double  number;

    number = strtod(text, NULL);

    return fabs(number) < 1e16 && (fixed_t) number == value / ONE + 1
           ? (fixed_t) number * ONE : value;
}


/* "h:mm:ss", or numbers with d, h, m, s behind them, each once, in order */

static int
duration(const char *text, fixed_t *value)
{
    int            n, end;
    size_t         digits;
    unsigned       h, m, s;
    const char    *unit;

    static const char  letters[] = "dhms";
    static const int   seconds[] = { 86400, 3600, 60, 1 };

    end = -1;
    digits = strspn(text, "0123456789");

    if (digits > 0 && digits <= 9 && strlen(text) == digits + 6
        && text[digits] == ':' && text[digits + 3] == ':'
        && strspn(text + digits + 1, "0123456789") == 2
        && strspn(text + digits + 4, "0123456789") == 2
        && sscanf(text, "%9u:%2u:%2u%n", &h, &m, &s, &end) == 3
        && text[end] == '\0' && m < 60 && s < 60)
    {
        *value = ((fixed_t) h * 3600 + m * 60 + s) * ONE;
        return 0;
    }

    *value = 0;
    unit = letters;

    do {
        digits = strspn(text, "0123456789");

        if (digits == 0 || digits > 9 || text[digits] == '\0') {
            return -1;
        }

        unit = strchr(unit, text[digits]);

        if (unit == NULL) {
            return -1;
        }

        n = atoi(text);
        *value += (fixed_t) n * seconds[unit++ - letters] * ONE;
        text += digits + 1;

    } while (*text != '\0');

    return 0;
}


/* seconds lose their fraction, moments are seen by their size */

static void
check_stated(const case_t *c, fixed_t value, ngx_http_oauth_token_unit_e unit,
    ngx_http_oauth_token_lifetime_e how, int64_t lifetime)
{
    if (value < ONE || unit == NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601) {
        MUST(how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED);
        MUST(lifetime == c->limits.by_default);
        return;
    }

    if (unit == NGX_HTTP_OAUTH_TOKEN_UNIT_S) {
        unit = value >= NGX_HTTP_OAUTH_TOKEN_EPOCH_MS_FROM * ONE
               ? NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS
               : value >= NGX_HTTP_OAUTH_TOKEN_EPOCH_FROM * ONE
               ? NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH : unit;
    }

    switch (unit) {

    case NGX_HTTP_OAUTH_TOKEN_UNIT_S:
        check_limits(c, value / ONE * ONE * 1000, how, lifetime);
        break;

    case NGX_HTTP_OAUTH_TOKEN_UNIT_MS:
        check_limits(c, value / ONE * ONE, how, lifetime);
        break;

    case NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH:
        check_until(c, value >= HUGE_INT ? value : value / ONE * ONE * 1000,
                    how, lifetime);
        break;

    default:
        check_until(c, value / ONE * ONE, how, lifetime);
    }
}


static void
check_until(const case_t *c, fixed_t wall, ngx_http_oauth_token_lifetime_e how,
    int64_t lifetime)
{
    wall -= (fixed_t) c->now * ONE;

    if (wall <= -ONE) {
        MUST(how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED);
        MUST(lifetime == 0);

    } else if (wall >= ONE) {
        check_limits(c, wall, how, lifetime);
    }
}


/* a double may be off by a millisecond where it is large */

static void
check_limits(const case_t *c, fixed_t ms, ngx_http_oauth_token_lifetime_e how,
    int64_t lifetime)
{
    fixed_t  want;

    want = ms / ONE;
    want = want > c->limits.max ? c->limits.max
           : want < c->limits.min ? c->limits.min : want;

    MUST(how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_STATED);
    MUST(lifetime - want <= 1 && want - lifetime <= 1);
}


/* any double, of a number or of the "exp" of a JWT */

static void
check_number(const case_t *c, double value)
{
    int                              rc;
    int64_t                          lifetime, before;
    long double                      until;
    ngx_http_oauth_token_lifetime_e  how;

    lifetime = -1;
    how = ngx_http_oauth_token_lifetime_number(value, c->unit, c->now,
                                               &c->limits, &lifetime);

    MUST(lifetime >= 0 && lifetime <= c->limits.max);
    MUST((how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED) == (lifetime == 0)
         || c->limits.min == 0);
    MUST(how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED
         || lifetime >= c->limits.min);

    if (!isfinite(value) || value < 1) {
        MUST(how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED);

    } else if (value < 1e16) {
        check_stated(c, (fixed_t) (value * (double) ONE), c->unit, how,
                     lifetime);
    }

    if (!isfinite(value)) {
        return;
    }

    before = lifetime;
    rc = ngx_http_oauth_token_lifetime_cap(value, c->now, &lifetime);
    until = (long double) value * 1000 - c->now;

    MUST(rc == -1 || lifetime <= before);
    MUST(rc != 0 || lifetime == before);
    MUST(rc != 1 || (lifetime > 0 && fabsl(until - lifetime) <= 2));
    MUST(rc != -1 || until <= 2);
    MUST(rc != 0 || until >= lifetime - 2);
}


static void
check_margins(const case_t *c)
{
    int64_t   life, leeway, in;
    unsigned  percent;

    life = c->a;
    percent = (unsigned) (c->random % 101);

    leeway = ngx_http_oauth_token_leeway(life, c->b - 1);

    MUST(leeway >= 0 && leeway <= life / 2);
    MUST(c->b == 0 || leeway == (c->b - 1 < life / 2 ? c->b - 1 : life / 2));
    MUST(c->b != 0 || leeway == (life / 10 > 10000 ? 10000 : life / 10));
    MUST(ngx_http_oauth_token_leeway(-life, c->b - 1) == 0);

    in = ngx_http_oauth_token_refresh_in(life, c->b - 1, percent, c->random);

    MUST(in >= 0 && in <= life && (life < 20 || in >= life / 10 / 2));

    if (c->b > 0 && c->b - 1 <= life - life / 10) {
        MUST(in <= life - (c->b - 1) || in == life / 10 / 2);
        MUST(in >= life - (c->b - 1) - life / 10);
    }

    in = ngx_http_oauth_token_again_in(life);

    MUST(in == (life / 2 > 2000 ? life / 2 : 2000));
}


static void
check_backoff(const case_t *c)
{
    int64_t                         retry, probe, max;
    uint64_t                        failures;
    ngx_http_oauth_token_result_t   result;
    ngx_http_oauth_token_backoff_t  conf;

    memset(&result, 0, sizeof(result));

    conf.min = c->limits.min;
    conf.max = c->limits.max;
    failures = (uint64_t) c->a;

    result.outcome = (unsigned) c->b % (NGX_HTTP_OAUTH_TOKEN_INTERNAL + 1);
    result.status = c->b & 0x100 ? 429 : 503;
    result.retry_after = (c->b & 0x200) ? c->a % 3600001 : -1;

    ngx_http_oauth_token_backoff(&conf, &result, failures, c->random, &retry,
                                 &probe);

    max = 2 * conf.max;
    max = max > result.retry_after ? max : result.retry_after;

    MUST(retry >= 0 && retry <= max + NGX_HTTP_OAUTH_TOKEN_BACKOFF_CLOCK);
    MUST(probe >= 0 && probe <= retry);
    MUST(retry >= conf.min && retry > result.retry_after - 1);
    MUST(probe >= result.retry_after);

    if (result.retry_after < 0
        && result.outcome < NGX_HTTP_OAUTH_TOKEN_REFUSED
        && result.status != 429)
    {
        MUST(retry <= conf.max);
        MUST(probe <= (failures < NGX_HTTP_OAUTH_TOKEN_BACKOFF_BRIEF
                           ? NGX_HTTP_OAUTH_TOKEN_BACKOFF_EARLY
                           : NGX_HTTP_OAUTH_TOKEN_BACKOFF_PROBE));
    }
}
