
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_prose.h"


#define PROSE_SECOND  INT64_C(1000)
#define PROSE_MINUTE  (60 * PROSE_SECOND)
#define PROSE_HOUR    (60 * PROSE_MINUTE)
#define PROSE_DAY     (24 * PROSE_HOUR)


/* below "below" ms, in steps of "unit" and of "part"; 0: without the parts */
typedef struct {
    int64_t      below;
    int64_t      unit;
    const char  *name;
    int64_t      part;
    const char  *part_name;
} ngx_http_oauth_token_prose_span_t;


static const ngx_http_oauth_token_prose_span_t
    ngx_http_oauth_token_prose_spans[] =
{
    { PROSE_SECOND, 1, "ms", 0, NULL },
    { PROSE_MINUTE, PROSE_SECOND, "s", 0, NULL },
    { 10 * PROSE_MINUTE, PROSE_MINUTE, "min", PROSE_SECOND, "s" },
    { PROSE_HOUR, PROSE_MINUTE, "min", 0, NULL },
    { PROSE_DAY, PROSE_HOUR, "h", PROSE_MINUTE, "min" },
    { INT64_MAX, PROSE_DAY, "d", PROSE_HOUR, "h" }
};


/* all that could end an element, or an attribute in quotes of either kind */
static const ngx_http_oauth_token_escape_t
    ngx_http_oauth_token_prose_escapes[] =
{
    { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
    { '\'', "&#39;" }, { 0, "" }
};


void
ngx_http_oauth_token_prose_words(ngx_http_oauth_token_text_t *text,
    const u_char *data, size_t len)
{
    ngx_str_t  words;

    words.data = (u_char *) data;
    words.len = len;

    ngx_http_oauth_token_text_escaped(text, &words,
                                      ngx_http_oauth_token_prose_escapes);
}


void
ngx_http_oauth_token_prose_string(ngx_http_oauth_token_text_t *text,
    const char *string)
{
    ngx_http_oauth_token_prose_words(text, (const u_char *) string,
                                     ngx_strlen(string));
}


void
ngx_http_oauth_token_prose_number(ngx_http_oauth_token_text_t *text,
    uint64_t n)
{
    if (n >= 1000) {
        ngx_http_oauth_token_prose_number(text, n / 1000);
        ngx_http_oauth_token_text_printf(text, ",%03uL", n % 1000);
        return;
    }

    ngx_http_oauth_token_text_printf(text, "%uL", n);
}


void
ngx_http_oauth_token_prose_span(ngx_http_oauth_token_text_t *text, int64_t ms)
{
    int64_t                                   part;
    const ngx_http_oauth_token_prose_span_t  *span;

    ms = ngx_max(ms, 0);

    for (span = ngx_http_oauth_token_prose_spans; ms >= span->below; span++) {
        /* void */
    }

    ngx_http_oauth_token_text_printf(text, "%L&nbsp;%s", ms / span->unit,
                                     span->name);

    part = span->part ? ms % span->unit / span->part : 0;

    if (part) {
        ngx_http_oauth_token_text_printf(text, " %L&nbsp;%s", part,
                                         span->part_name);
    }
}


void
ngx_http_oauth_token_prose_ago(ngx_http_oauth_token_text_t *text, int64_t at,
    int64_t now)
{
    ngx_tm_t  tm;

    ngx_gmtime((time_t) (at / 1000), &tm);

    ngx_http_oauth_token_text_printf(text,
                         "<time datetime=\"%4d-%02d-%02dT%02d:%02d:%02dZ\">",
                         tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                         tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec);

    ngx_http_oauth_token_prose_span(text, ngx_max(now - at, PROSE_SECOND));

    ngx_http_oauth_token_text_printf(text, " ago</time> <span class=\"note\">"
                                     "%02d:%02d:%02d&nbsp;UTC</span>",
                                     tm.ngx_tm_hour, tm.ngx_tm_min,
                                     tm.ngx_tm_sec);
}
