
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: dates as providers write them.  See the header.
 */

#include <string.h>
#include <time.h>

#include "ngx_http_oauth_token_date.h"


/* RFC 9110, section 5.6.7: a two-digit year is not further ahead */
#define NGX_HTTP_OAUTH_TOKEN_YEARS_AHEAD  50


/* the parts of a date as they are written: month 1-12, second 0-60 */
typedef struct {
    int  year;
    int  month;
    int  day;
    int  hour;
    int  minute;
    int  second;
} ngx_http_oauth_token_date_t;


/* a directive of a date's pattern that stands for a decimal number */
typedef struct {
    char     letter;
    int      digits;
    size_t   offset;     /* in ngx_http_oauth_token_date_t */
} ngx_http_oauth_token_part_t;


typedef struct {
    char                 letter;
    const char *const   *names;
    size_t               n;
} ngx_http_oauth_token_names_t;


static const char *ngx_http_oauth_token_date_scan(const char *pattern,
    const char *p, const char *last, ngx_http_oauth_token_date_t *date);
static const char *ngx_http_oauth_token_date_part(char letter, const char *p,
    const char *last, ngx_http_oauth_token_date_t *date);
static const char *ngx_http_oauth_token_digits(const char *p,
    const char *last, int digits, int *value);
static int ngx_http_oauth_token_date_wall(
    const ngx_http_oauth_token_date_t *date, int64_t offset, int64_t *wall);
static const char *ngx_http_oauth_token_fraction(const char *p,
    const char *last, int64_t *ms);
static const char *ngx_http_oauth_token_zone_offset(const char *p,
    const char *last, int64_t *ms);


#define ngx_http_oauth_token_date_offset(part)                                \
    offsetof(ngx_http_oauth_token_date_t, part)

static const ngx_http_oauth_token_part_t  ngx_http_oauth_token_parts[] = {
    { 'Y', 4, ngx_http_oauth_token_date_offset(year) },
    { 'y', 2, ngx_http_oauth_token_date_offset(year) },
    { 'm', 2, ngx_http_oauth_token_date_offset(month) },
    { 'd', 2, ngx_http_oauth_token_date_offset(day) },
    { 'e', 1, ngx_http_oauth_token_date_offset(day) },
    { 'H', 2, ngx_http_oauth_token_date_offset(hour) },
    { 'M', 2, ngx_http_oauth_token_date_offset(minute) },
    { 'S', 2, ngx_http_oauth_token_date_offset(second) }
};

static const char *const  ngx_http_oauth_token_months[] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

static const char *const  ngx_http_oauth_token_days[] = {
    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
};

static const char *const  ngx_http_oauth_token_long_days[] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
    "Saturday"
};

static const ngx_http_oauth_token_names_t  ngx_http_oauth_token_names[] = {
    { 'b', ngx_http_oauth_token_months, 12 },
    { 'a', ngx_http_oauth_token_days, 7 },
    { 'A', ngx_http_oauth_token_long_days, 7 }
};

/* IMF-fixdate, RFC 850, asctime() with a day of one and of two digits */
static const char *const  ngx_http_oauth_token_http_patterns[] = {
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b  %e %H:%M:%S %Y",
    "%a %b %d %H:%M:%S %Y"
};


int
ngx_http_oauth_token_iso8601(const char *text, size_t len, int64_t *wall)
{
    int64_t                       ms, offset;
    const char                   *p, *last, *next;
    ngx_http_oauth_token_date_t   date;

    memset(&date, 0, sizeof(date));

    last = text + len;
    ms = 0;
    offset = 0;

    p = ngx_http_oauth_token_date_scan("%Y-%m-%d", text, last, &date);
    if (p == NULL) {
        return -1;
    }

    if (p < last) {

        if (*p != 'T' && *p != 't' && *p != ' ') {
            return -1;
        }

        p = ngx_http_oauth_token_date_scan("%H:%M", p + 1, last, &date);
        if (p == NULL) {
            return -1;
        }

        next = ngx_http_oauth_token_date_scan(":%S", p, last, &date);

        if (next != NULL) {
            p = ngx_http_oauth_token_fraction(next, last, &ms);
        }

        p = ngx_http_oauth_token_zone_offset(p, last, &offset);
    }

    if (p != last
        || ngx_http_oauth_token_date_wall(&date, offset, wall) != 0)
    {
        return -1;
    }

    *wall += ms;

    return 0;
}


/* "." or "," and digits, if they are there, cut off after milliseconds */

static const char *
ngx_http_oauth_token_fraction(const char *p, const char *last, int64_t *ms)
{
    int64_t  weight;

    if (last - p < 2 || (*p != '.' && *p != ',') || p[1] < '0' || p[1] > '9') {
        return p;
    }

    p++;

    for (weight = 100; p < last && *p >= '0' && *p <= '9'; p++) {
        *ms += weight * (*p - '0');
        weight /= 10;
    }

    return p;
}


/* the distance of the zone from UTC; NULL when there is no such zone */

static const char *
ngx_http_oauth_token_zone_offset(const char *p, const char *last, int64_t *ms)
{
    int                           sign;
    size_t                        i;
    const char                   *end;
    ngx_http_oauth_token_date_t   zone;

    static const char *const  patterns[] = { "%H:%M", "%H%M", "%H" };

    if (p == last) {
        return p;
    }

    if (*p == 'Z' || *p == 'z') {
        return p + 1;
    }

    if (*p != '+' && *p != '-') {
        return NULL;
    }

    sign = *p++ == '-' ? -1 : 1;

    for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        memset(&zone, 0, sizeof(zone));

        end = ngx_http_oauth_token_date_scan(patterns[i], p, last, &zone);

        if (end == last && zone.hour < 24 && zone.minute < 60) {
            *ms = sign * (zone.hour * 60LL + zone.minute) * 60000;
            return end;
        }
    }

    return NULL;
}


int
ngx_http_oauth_token_http_date(const char *text, size_t len, int64_t now_wall,
    int64_t *wall)
{
    int                           year;
    time_t                        now;
    size_t                        i, n;
    struct tm                     tm;
    const char                   *last;
    ngx_http_oauth_token_date_t   date;

    last = text + len;
    now = (time_t) (now_wall / 1000);
    n = sizeof(ngx_http_oauth_token_http_patterns)
        / sizeof(ngx_http_oauth_token_http_patterns[0]);

    for (i = 0; i < n; i++) {
        memset(&date, 0, sizeof(date));

        if (ngx_http_oauth_token_date_scan(
                ngx_http_oauth_token_http_patterns[i], text, last, &date)
            == last)
        {
            break;
        }
    }

    if (i == n || gmtime_r(&now, &tm) == NULL) {
        return -1;
    }

    if (strstr(ngx_http_oauth_token_http_patterns[i], "%y") != NULL) {
        year = tm.tm_year + 1900;
        date.year += year - year % 100;

        if (date.year > year + NGX_HTTP_OAUTH_TOKEN_YEARS_AHEAD) {
            date.year -= 100;

        } else if (date.year <= year - NGX_HTTP_OAUTH_TOKEN_YEARS_AHEAD) {
            date.year += 100;
        }
    }

    return ngx_http_oauth_token_date_wall(&date, 0, wall);
}


/*
 * A strict strptime() without a locale: every number has all its digits and
 * no sign, every other character stands for itself.  Returns the place after
 * what was read, NULL when the text does not follow the pattern.
 */

static const char *
ngx_http_oauth_token_date_scan(const char *pattern, const char *p,
    const char *last, ngx_http_oauth_token_date_t *date)
{
    for ( /* void */ ; *pattern != '\0'; pattern++) {

        if (*pattern == '%') {
            pattern++;

            p = ngx_http_oauth_token_date_part(*pattern, p, last, date);
            if (p == NULL) {
                return NULL;
            }

        } else if (p < last && *p == *pattern) {
            p++;

        } else {
            return NULL;
        }
    }

    return p;
}


static const char *
ngx_http_oauth_token_date_part(char letter, const char *p, const char *last,
    ngx_http_oauth_token_date_t *date)
{
    size_t                               i, j, len;
    const ngx_http_oauth_token_part_t   *part;
    const ngx_http_oauth_token_names_t  *names;

    part = ngx_http_oauth_token_parts;

    for (i = 0; i < sizeof(ngx_http_oauth_token_parts) / sizeof(*part); i++) {
        if (part[i].letter == letter) {
            return ngx_http_oauth_token_digits(p, last, part[i].digits,
                               (int *) ((char *) date + part[i].offset));
        }
    }

    names = ngx_http_oauth_token_names;

    for (i = 0; i < sizeof(ngx_http_oauth_token_names) / sizeof(*names); i++) {

        for (j = 0; names[i].letter == letter && j < names[i].n; j++) {
            len = strlen(names[i].names[j]);

            if ((size_t) (last - p) >= len
                && memcmp(p, names[i].names[j], len) == 0)
            {
                if (letter == 'b') {
                    date->month = (int) j + 1;
                }

                return p + len;
            }
        }
    }

    return NULL;
}


static const char *
ngx_http_oauth_token_digits(const char *p, const char *last, int digits,
    int *value)
{
    *value = 0;

    for ( /* void */ ; digits > 0; digits--, p++) {

        if (p == last || *p < '0' || *p > '9') {
            return NULL;
        }

        *value = *value * 10 + (*p - '0');
    }

    return p;
}


static int
ngx_http_oauth_token_date_wall(const ngx_http_oauth_token_date_t *date,
    int64_t offset, int64_t *wall)
{
    time_t     seconds;
    struct tm  tm;

    if (date->hour > 23 || date->minute > 59 || date->second > 60) {
        return -1;
    }

    memset(&tm, 0, sizeof(tm));

    tm.tm_year = date->year - 1900;
    tm.tm_mon = date->month - 1;
    tm.tm_mday = date->day;

    seconds = timegm(&tm);

    /* timegm() has moved a day that does not exist into another month */

    if (tm.tm_mon != date->month - 1) {
        return -1;
    }

    *wall = (seconds + date->hour * 3600LL + date->minute * 60LL + date->second)
            * 1000 - offset;

    /* a leap second ends a day of UTC */

    if (date->second == 60 && *wall % 86400000 != 0) {
        return -1;
    }

    return 0;
}
