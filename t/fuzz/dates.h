
/*
 * A second reader of dates, for comparison: a text is read loosely, written
 * anew, and has to be the same.  Days are counted by formula.
 */

#ifndef _DATES_H_INCLUDED_
#define _DATES_H_INCLUDED_


#include "fuzz.h"


#define DAY_MS   86400000LL


/* the days from 1970-01-01 to a day of the Gregorian calendar; month 1-12 */

static inline int64_t
days_until(int year, int month, int day)
{
    int64_t  y, m;

    /* years from March on, so that the leap day is the last one */

    y = year - (month < 3);
    m = (month + 9) % 12;

    return y * 365 + (y >= 0 ? y / 4 - y / 100 + y / 400
                             : -((3 - y) / 4) + (99 - y) / 100
                               - (399 - y) / 400)
           + (m * 306 + 5) / 10 + day - 1 - 719468;
}


static inline int
days_in(int year, int month)
{
    return (int) (days_until(month == 12 ? year + 1 : year, month % 12 + 1, 1)
                  - days_until(year, month, 1));
}


static inline int
year_of(int64_t wall)
{
    int  year;

    year = (int) (1970 + wall / DAY_MS / 366);

    while (days_until(year + 1, 1, 1) * DAY_MS <= wall) {
        year++;
    }

    return year;
}


/* -1: there is no such moment */

static inline int
moment(int year, int month, int day, int hour, int minute, int second,
    int64_t offset, int64_t *wall)
{
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month)
        || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0
        || second > 60)
    {
        return -1;
    }

    *wall = days_until(year, month, day) * DAY_MS
            + ((hour * 60 + minute) * 60 + second) * 1000LL - offset;

    return second == 60 && *wall % DAY_MS != 0 ? -1 : 0;
}


static inline int
name_at(const char *name, const char *const *names, int n)
{
    int  i;

    for (i = 0; i < n && strcmp(name, names[i]) != 0; i++) { /* void */ }

    return i < n ? i : -1;
}


/* the three formats of RFC 9110, section 5.6.7 */

static inline int
http_date(const char *text, int64_t now, int64_t *wall)
{
    int   year, month, day, h, m, s, around;
    char  a[16], b[4], again[80];

    static const char *const  months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    static const char *const  days[] = {
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sunday", "Monday",
        "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"
    };

    again[0] = '\0';
    around = 0;

    if (sscanf(text, "%3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d", a, &day, b,
               &year, &h, &m, &s)
        == 7)
    {
        snprintf(again, sizeof(again), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                 a, day, b, year, h, m, s);

    } else if (sscanf(text, "%15[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d", a,
                      &day, b, &year, &h, &m, &s)
               == 7)
    {
        snprintf(again, sizeof(again), "%s, %02d-%s-%02d %02d:%02d:%02d GMT",
                 a, day, b, year, h, m, s);
        around = 1;

    } else if (sscanf(text, "%3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d", a, b,
                      &day, &h, &m, &s, &year)
               == 7)
    {
        snprintf(again, sizeof(again), "%s %s %2d %02d:%02d:%02d %04d", a, b,
                 day, h, m, s, year);

        if (strlen(text) > 8 && text[8] == '0') {
            again[8] = '0';
        }
    }

    month = name_at(b, months, 12) + 1;

    if (again[0] == '\0' || strcmp(text, again) != 0 || month == 0 || year < 0
        || name_at(a, around ? days + 7 : days, 7) < 0)
    {
        return -1;
    }

    if (around) {
        year += year_of(now) / 100 * 100;
        year += year > year_of(now) + 50 ? -100
                : year <= year_of(now) - 50 ? 100 : 0;
    }

    return moment(year, month, day, h, m, s, 0, wall);
}


/* "+hh:mm", "+hhmm" or "+hh", behind it nothing; -1: it is none */

static inline int
iso_zone(const char *text, int64_t *offset)
{
    int    h, m;
    char   again[8];
    size_t  len;

    len = strlen(text);
    m = 0;
    *offset = 0;

    if (len == 0 || strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        return 0;
    }

    if (text[0] != '+' && text[0] != '-') {
        return -1;
    }

    if (sscanf(text + 1, len == 6 ? "%2d:%2d" : "%2d%2d", &h, &m)
        != (len == 3 ? 1 : 2) || h < 0 || m < 0)
    {
        return -1;
    }

    snprintf(again, sizeof(again), len == 6 ? "%02d:%02d" : len == 5
                                   ? "%02d%02d" : "%02d", h, m);

    *offset = (text[0] == '-' ? -1 : 1) * (h * 60 + m) * 60000LL;

    return strcmp(text + 1, again) != 0 || h > 23 || m > 59 ? -1 : 0;
}


static inline int
iso_date(const char *text, int64_t *wall)
{
    int          y, mo, d, h, m, s, ms, digits;
    char         again[48];
    const char  *rest;
    int64_t      offset;

    h = m = s = ms = 0;
    offset = 0;

    if (sscanf(text, "%4d-%2d-%2d", &y, &mo, &d) != 3 || y < 0 || mo < 0
        || d < 0)
    {
        return -1;
    }

    snprintf(again, sizeof(again), "%04d-%02d-%02d", y, mo, d);

    if (strncmp(text, again, 10) != 0) {
        return -1;
    }

    rest = text + 10;

    if (*rest != '\0') {

        if (strchr("Tt ", *rest) == NULL
            || sscanf(rest + 1, "%2d:%2d", &h, &m) != 2 || h < 0 || m < 0)
        {
            return -1;
        }

        snprintf(again, sizeof(again), "%02d:%02d", h, m);

        if (strncmp(rest + 1, again, 5) != 0) {
            return -1;
        }

        rest += 6;

        if (rest[0] == ':' && strspn(rest + 1, "0123456789") >= 2) {
            s = (rest[1] - '0') * 10 + (rest[2] - '0');
            rest += 3;

            if ((*rest == '.' || *rest == ',')
                && strspn(rest + 1, "0123456789") > 0)
            {
                for (digits = 0, rest++; strspn(rest, "0123456789") > 0;
                     rest++, digits++)
                {
                    ms = digits < 3 ? ms * 10 + (*rest - '0') : ms;
                }

                for ( /* void */ ; digits < 3; digits++) {
                    ms *= 10;
                }
            }
        }

        if (iso_zone(rest, &offset) != 0) {
            return -1;
        }
    }

    if (moment(y, mo, d, h, m, s, offset, wall) != 0) {
        return -1;
    }

    *wall += ms;

    return 0;
}


#endif /* _DATES_H_INCLUDED_ */
