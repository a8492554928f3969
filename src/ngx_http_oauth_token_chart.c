
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_chart.h"


/* units that a bar is wide; the browser makes of it what there is room for */
#define CHART_WIDTH   1000

/* a bar with more of it than this is full, per mille */
#define CHART_FULL    900

/* of the bars of fetches: distance, width, the highest, and what is above */
#define CHART_STEP    11
#define CHART_BAR     8
#define CHART_HEIGHT  34
#define CHART_ABOVE   10

#define CHART_RECENT  NGX_HTTP_OAUTH_TOKEN_STATS_RECENT


static int64_t ngx_http_oauth_token_chart_place(int64_t at, int64_t all);
static void ngx_http_oauth_token_chart_part(ngx_http_oauth_token_text_t *text,
    const char *class, int64_t from, int64_t to, int64_t all);
static void ngx_http_oauth_token_chart_fetch(ngx_http_oauth_token_text_t *text,
    ngx_uint_t place, int outcome, uint32_t ms, uint32_t longest);


void
ngx_http_oauth_token_chart_life(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row)
{
    int64_t  age, all, due;

    age = ngx_max(row->age, 0);
    all = age + ngx_max(row->expires_in, 0);
    all = ngx_max(all, 1);

    due = age + row->refresh_in;
    due = ngx_min(ngx_max(due, 0), all);

    ngx_http_oauth_token_prose(text,
        "<svg class=\"bar\" viewBox=\"0 0 1000 14\" role=\"img\" "
        "preserveAspectRatio=\"none\"><title>Life of the token: fetched ");
    ngx_http_oauth_token_prose_span(text, age);
    ngx_http_oauth_token_prose(text, " ago, ends in ");
    ngx_http_oauth_token_prose_span(text, row->expires_in);
    ngx_http_oauth_token_prose(text, "</title>");

    ngx_http_oauth_token_chart_part(text, "past", 0, age, all);
    ngx_http_oauth_token_chart_part(text, "fresh", age, due, all);
    ngx_http_oauth_token_chart_part(text, "win", ngx_max(age, due), all, all);

    age = ngx_http_oauth_token_chart_place(age, all);

    ngx_http_oauth_token_text_printf(text,
        "<rect class=\"now\" x=\"%L\" width=\"5\" height=\"14\"/></svg>",
        ngx_min(ngx_max(age - 2, 0), CHART_WIDTH - 5));
}


static int64_t
ngx_http_oauth_token_chart_place(int64_t at, int64_t all)
{
    /* a life of ms is far below 2^53 */

    return at * CHART_WIDTH / all;
}


static void
ngx_http_oauth_token_chart_part(ngx_http_oauth_token_text_t *text,
    const char *class, int64_t from, int64_t to, int64_t all)
{
    from = ngx_http_oauth_token_chart_place(from, all);
    to = ngx_http_oauth_token_chart_place(to, all);

    if (from < to) {
        ngx_http_oauth_token_text_printf(text,
            "<rect class=\"%s\" x=\"%L\" width=\"%L\" height=\"14\"/>",
            class, from, to - from);
    }
}


void
ngx_http_oauth_token_chart_fetches(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_stats_t *stats)
{
    int         outcome[CHART_RECENT];
    uint32_t    ms[CHART_RECENT], longest;
    ngx_uint_t  i, n, failed;

    n = 0;
    failed = 0;
    longest = 1;

    for (i = CHART_RECENT; i > 0; i--) {
        if (ngx_http_oauth_token_stats_recent(stats, i - 1, &outcome[n],
                                              &ms[n]))
        {
            longest = ngx_max(longest, ms[n]);
            failed += outcome[n] != 0;
            n++;
        }
    }

    if (n == 0) {
        ngx_http_oauth_token_prose(text,
                                   "<p class=\"note\">No fetch so far.</p>");
        return;
    }

    ngx_http_oauth_token_text_printf(text,
        "<svg class=\"spark\" viewBox=\"0 0 %d %d\" role=\"img\" "
        "preserveAspectRatio=\"xMinYMax meet\"><title>The last %ui fetches, "
        "%ui of them failed</title><rect class=\"b\" y=\"%d\" width=\"%d\" "
        "height=\"1\"/>", CHART_RECENT * CHART_STEP,
        CHART_HEIGHT + CHART_ABOVE + 1, n, failed, CHART_HEIGHT + CHART_ABOVE,
        CHART_RECENT * CHART_STEP);

    for (i = 0; i < n; i++) {
        ngx_http_oauth_token_chart_fetch(text, CHART_RECENT - n + i,
                                         outcome[i], ms[i], longest);
    }

    ngx_http_oauth_token_text_printf(text, "</svg><p class=\"note\">Last %ui: ",
                                     n);

    if (failed) {
        ngx_http_oauth_token_text_printf(text, "%ui failed (\xc3\x97), ",
                                         failed);
    }

    ngx_http_oauth_token_prose(text, "slowest ");
    ngx_http_oauth_token_prose_span(text, longest);
    ngx_http_oauth_token_prose(text, "</p>");
}


static void
ngx_http_oauth_token_chart_fetch(ngx_http_oauth_token_text_t *text,
    ngx_uint_t place, int outcome, uint32_t ms, uint32_t longest)
{
    ngx_uint_t  x, height;

    x = place * CHART_STEP;
    height = (ngx_uint_t) ((uint64_t) ms * CHART_HEIGHT / longest);
    height = ngx_max(height, 2);

    ngx_http_oauth_token_text_printf(text,
        "<g><title>%s, ", ngx_http_oauth_token_report_outcome(outcome));
    ngx_http_oauth_token_prose_span(text, ms);

    ngx_http_oauth_token_text_printf(text,
        "</title><rect class=\"%s\" x=\"%ui\" y=\"%ui\" width=\"%d\" "
        "height=\"%ui\"/>", outcome == 0 ? "s" : "f", x,
        CHART_HEIGHT + CHART_ABOVE - height, CHART_BAR, height);

    if (outcome != 0) {
        ngx_http_oauth_token_text_printf(text,
            "<path class=\"x\" d=\"M%ui %uil6 6m0-6l-6 6\"/>", x + 1,
            CHART_HEIGHT - height + 1);
    }

    ngx_http_oauth_token_prose(text, "</g>");
}


void
ngx_http_oauth_token_chart_share(ngx_http_oauth_token_text_t *text,
    const char *what, uint64_t used, uint64_t all)
{
    uint64_t  share;

    share = all ? used * CHART_WIDTH / all : 0;

    ngx_http_oauth_token_text_printf(text,
                              "<div class=\"ends\"><span>%s</span><span><b>",
                                     what);
    ngx_http_oauth_token_prose_number(text, used);
    ngx_http_oauth_token_prose(text, "</b> of ");
    ngx_http_oauth_token_prose_number(text, all);

    ngx_http_oauth_token_text_printf(text,
        " (%uL&nbsp;%%)</span></div><svg class=\"bar\" "
        "viewBox=\"0 0 1000 8\" preserveAspectRatio=\"none\" role=\"img\">"
        "<title>%s: %uL %% used</title><rect class=\"%s\" width=\"%uL\" "
        "height=\"8\"/></svg>", share / 10, what, share / 10,
        share > CHART_FULL ? "full" : "fill", share);
}
