
/*
 * Durations as text.
 */

#include <stdlib.h>

#include "check.h"
#include "ngx_http_oauth_token_duration.h"


/* none: it is no duration */
#define NONE  (-1)


static const struct {
    const char  *text;
    double       want;
} durations[] = {
    { "1h", 3600 },
    { "30m", 1800 },
    { "45s", 45 },
    { "2d", 172800 },
    { "1h30m", 5400 },
    { "1d2h3m4s", 93784 },
    { "1h5s", 3605 },
    { "0h", 0 },
    { "999999999d", 86399999913600 },
    { "364:59:58", 1313998 },
    { "1:00:00", 3600 },
    { "0:00:01", 1 },

    { "", NONE },
    { "h", NONE },
    { "1", NONE },
    { "3600", NONE },
    { "1h1", NONE },
    { "1m1h", NONE },
    { "1h1h", NONE },
    { "1 h", NONE },
    { " 1h", NONE },
    { "1h ", NONE },
    { "-1h", NONE },
    { "+1h", NONE },
    { "1.5h", NONE },
    { "1H", NONE },
    { "1w", NONE },
    { "1000000000h", NONE },
    { "99999999999999999999999999h", NONE },
    { "\xd9\xa3h", NONE },
    { ":", NONE },
    { "1:00", NONE },
    { "1:0:0", NONE },
    { "1:60:00", NONE },
    { "1:00:60", NONE },
    { "1:00:00:00", NONE },
    { "1:00:00s", NONE },
    { "1:00:", NONE },
    { ":00:00", NONE },
    { "1:-1:00", NONE }
};


int
main(void)
{
    int      rc;
    char    *copy;
    size_t   i, len;
    double   seconds;

    for (i = 0; i < COUNT(durations); i++) {

        /* of exactly this size, so that ASan watches its end */

        len = strlen(durations[i].text);
        copy = grab(len);
        memcpy(copy, durations[i].text, len);

        rc = ngx_http_oauth_token_duration(copy, len, &seconds);

        CHECK_ROW(durations[i].want < 0
                  ? rc == -1 : rc == 0 && seconds == durations[i].want,
                  durations[i].text);
        free(copy);
    }

    CHECK_ROWS("durations");

    return DONE();
}
