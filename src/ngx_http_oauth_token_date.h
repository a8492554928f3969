
/*
 * Row 0: dates as providers write them -> milliseconds since the epoch.
 *
 * Plain C, no nginx types, no locale, no clock of its own.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_DATE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_DATE_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/*
 * Reads a date of RFC 3339 or of ISO 8601's extended format: "2018-07-23",
 * alone (midnight) or with "T11:29", "T11:29:32" and any number of fraction
 * digits, a blank instead of "T", then "Z", "+hh:mm", "+hhmm", "+hh" or no
 * zone (taken as UTC).  Returns 0 and the moment in *wall, or -1.  Dates that
 * do not exist (30 February, 25:00) are refused; a leap second counts as the
 * second after it.
 */
int ngx_http_oauth_token_iso8601(const char *text, size_t len, int64_t *wall);

/*
 * Reads a date in one of the three formats of RFC 9110, section 5.6.7, in any
 * locale.  now_wall settles the century of the two-digit year of RFC 850: not
 * more than 50 years ahead.  Returns 0 and the moment in *wall, or -1.
 */
int ngx_http_oauth_token_http_date(const char *text, size_t len,
    int64_t now_wall, int64_t *wall);


#endif /* _NGX_HTTP_OAUTH_TOKEN_DATE_H_INCLUDED_ */
