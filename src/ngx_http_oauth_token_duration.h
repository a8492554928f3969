
/*
 * Row 0: durations as text.
 *
 * Plain C, no nginx types, no locale.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_DURATION_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_DURATION_H_INCLUDED_


#include <stddef.h>


/*
 * Reads "364:59:58" (hours, minutes, seconds, as Tableau writes it) or "1h"
 * (Leapsome): whole numbers, each with one of "d", "h", "m" and "s" behind it,
 * the larger first.  Returns 0 and the seconds, or -1: anything else, or more
 * digits than make sense.
 */
int ngx_http_oauth_token_duration(const char *text, size_t len,
    double *seconds);


#endif /* _NGX_HTTP_OAUTH_TOKEN_DURATION_H_INCLUDED_ */
