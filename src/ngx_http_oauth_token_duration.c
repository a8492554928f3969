
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: durations as text.  See the header.
 */

#include "ngx_http_oauth_token_duration.h"


/* of one number: 10^9 seconds are 31 years */
#define NGX_HTTP_OAUTH_TOKEN_DURATION_DIGITS  9


typedef struct {
    char    letter;
    double  seconds;
} ngx_http_oauth_token_span_t;


static size_t ngx_http_oauth_token_duration_number(const char *text,
    size_t len, double *number);
static int ngx_http_oauth_token_duration_clock(const char *text, size_t len,
    double *seconds);


/* the larger first; "h:m:s" begins with the second */
static const ngx_http_oauth_token_span_t  ngx_http_oauth_token_spans[] = {
    { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 }, { '\0', 0 }
};


int
ngx_http_oauth_token_duration(const char *text, size_t len, double *seconds)
{
    size_t                              n;
    double                              number;
    const ngx_http_oauth_token_span_t  *span;

    if (ngx_http_oauth_token_duration_clock(text, len, seconds) == 0) {
        return 0;
    }

    *seconds = 0;
    span = ngx_http_oauth_token_spans;

    do {
        n = ngx_http_oauth_token_duration_number(text, len, &number);

        if (n == 0 || n == len) {
            return -1;
        }

        while (span->letter != '\0' && span->letter != text[n]) {
            span++;
        }

        if (span->letter == '\0') {
            return -1;
        }

        *seconds += number * span->seconds;

        span++;
        text += n + 1;
        len -= n + 1;

    } while (len > 0);

    return 0;
}


/* "h:m:s" */

static int
ngx_http_oauth_token_duration_clock(const char *text, size_t len,
    double *seconds)
{
    int     i;
    size_t  n;
    double  number;

    *seconds = 0;

    for (i = 1; i <= 3; i++) {
        n = ngx_http_oauth_token_duration_number(text, len, &number);

        if (n == 0 || (i > 1 && (n != 2 || number > 59))) {
            return -1;
        }

        *seconds += number * ngx_http_oauth_token_spans[i].seconds;

        text += n;
        len -= n;

        if (i < 3) {
            if (len == 0 || *text != ':') {
                return -1;
            }

            text++;
            len--;
        }
    }

    return len == 0 ? 0 : -1;
}


/* how many digits; 0: none, or too many */

static size_t
ngx_http_oauth_token_duration_number(const char *text, size_t len,
    double *number)
{
    size_t  n;

    *number = 0;

    for (n = 0; n < len && text[n] >= '0' && text[n] <= '9'; n++) {
        *number = *number * 10 + (text[n] - '0');
    }

    return n <= NGX_HTTP_OAUTH_TOKEN_DURATION_DIGITS ? n : 0;
}
