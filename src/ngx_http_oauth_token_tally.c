
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_tally.h"

#include "ngx_http_oauth_token_mood.h"
#include "ngx_http_oauth_token_prose.h"


/* bytes of a key that are shown, as in the log */
#define TALLY_KEY  4

#define tally_get(member)  ngx_http_oauth_token_stats_get(member)


static void ngx_http_oauth_token_tally_counts(
    ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row);
static void ngx_http_oauth_token_tally_count(
    ngx_http_oauth_token_text_t *text, const char *name, uint64_t n,
    ngx_uint_t hot);
static void ngx_http_oauth_token_tally_reasons(
    ngx_http_oauth_token_text_t *text, ngx_http_oauth_token_stats_t *stats);
static void ngx_http_oauth_token_tally_keys(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row);
static void ngx_http_oauth_token_tally_key(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report, ngx_http_oauth_token_seen_t *seen);


/* of a request, as report_request() */
static const char  *ngx_http_oauth_token_tally_requests[] = {
    "hits", "misses", "waited", "stale", "errors"
};


void
ngx_http_oauth_token_tally(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row)
{
    ngx_http_oauth_token_tally_counts(text, row);
    ngx_http_oauth_token_tally_reasons(text, row->provider->stats);

    if (row->keys > 1) {
        ngx_http_oauth_token_tally_keys(text, report, row);
    }
}


static void
ngx_http_oauth_token_tally_counts(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row)
{
    uint64_t                       n, ok;
    ngx_uint_t                     i;
    ngx_http_oauth_token_stats_t  *stats;

    stats = row->provider->stats;

    ngx_http_oauth_token_prose(text, "<dl class=\"nums\">");

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_REQUESTS; i++) {
        ngx_http_oauth_token_tally_count(text,
                                        ngx_http_oauth_token_tally_requests[i],
                                        tally_get(stats->requests[i]),
                                     i == NGX_HTTP_OAUTH_TOKEN_STATS_ERROR);
    }

    ngx_http_oauth_token_tally_count(text, "waiting now", row->waiting, 0);

    ok = tally_get(stats->fetches[0]);
    n = 0;

    for (i = 1; i < NGX_HTTP_OAUTH_TOKEN_STATS_OUTCOMES; i++) {
        n += tally_get(stats->fetches[i]);
    }

    ngx_http_oauth_token_tally_count(text, "fetches", ok + n, 0);
    ngx_http_oauth_token_tally_count(text, "failed", n, 1);
    ngx_http_oauth_token_tally_count(text, "sent again",
                                    tally_get(stats->retries), 0);
    ngx_http_oauth_token_tally_count(text, "evicted", tally_get(stats->evicted),
                                    1);

    ngx_http_oauth_token_prose(text, "</dl>");
}


/* hot: one is one too many */

static void
ngx_http_oauth_token_tally_count(ngx_http_oauth_token_text_t *text,
    const char *name, uint64_t n, ngx_uint_t hot)
{
    ngx_http_oauth_token_text_printf(text, "<div><dt>%s</dt><dd%s>", name,
                                     n == 0 ? " class=\"z\""
                                     : hot ? " class=\"hot\"" : "");
    ngx_http_oauth_token_prose_number(text, n);
    ngx_http_oauth_token_prose(text, "</dd></div>");
}


/* why requests got no token */

static void
ngx_http_oauth_token_tally_reasons(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_stats_t *stats)
{
    char        reason[NGX_HTTP_OAUTH_TOKEN_STATS_REASON];
    uint64_t    n;
    ngx_uint_t  i, some;

    some = 0;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_REASONS; i++) {
        n = tally_get(stats->reasons[i].requests);

        if (n == 0 || !ngx_http_oauth_token_stats_reason(stats, i, reason)) {
            continue;
        }

        ngx_http_oauth_token_text_printf(text, "%s<code>",
                                         some ? ", "
                                         : "<p class=\"note\">Errors: ");
        ngx_http_oauth_token_prose_string(text, reason);
        ngx_http_oauth_token_prose(text, "</code> ");
        ngx_http_oauth_token_prose_number(text, n);
        some = 1;
    }

    if (some) {
        ngx_http_oauth_token_prose(text, "</p>");
    }
}


/* of many keys a summary, and those that need to be looked at */

static void
ngx_http_oauth_token_tally_keys(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = &row->provider->name;

    ngx_http_oauth_token_prose(text, "<details data-of=\"");
    ngx_http_oauth_token_prose_words(text, name->data, name->len);

    ngx_http_oauth_token_text_printf(text, "\"%s><summary>%ui keys",
        ngx_http_oauth_token_mood(row) < NGX_HTTP_OAUTH_TOKEN_MOOD_BUSY
            ? " open" : "", row->keys);

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_SEEN_STATES; i++) {
        if (row->states[i]) {
            ngx_http_oauth_token_text_printf(text, ", %ui %s", row->states[i],
                                         ngx_http_oauth_token_report_state(i));
        }
    }

    ngx_http_oauth_token_text_printf(text,
        "</summary><div class=\"wide\" tabindex=\"0\"><table>"
        "<caption class=\"note\">The %ui that need to be looked at "
        "the most</caption><thead><tr>"
        "<th scope=\"col\">Key</th><th scope=\"col\">State</th>"
        "<th scope=\"col\" class=\"n\">Expires in</th>"
        "<th scope=\"col\" class=\"n\">Failures</th>"
        "<th scope=\"col\" class=\"n\">Next try in</th>"
        "<th scope=\"col\">Reason</th></tr></thead><tbody>", row->nworst);

    for (i = 0; i < row->nworst; i++) {
        ngx_http_oauth_token_tally_key(text, report, &row->worst[i]);
    }

    ngx_http_oauth_token_prose(text, "</tbody></table></div></details>");
}


static void
ngx_http_oauth_token_tally_key(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report, ngx_http_oauth_token_seen_t *seen)
{
    u_char                        name[2 * TALLY_KEY];
    ngx_http_oauth_token_mood_e   mood;

    (void) ngx_hex_dump(name, seen->key, TALLY_KEY);
    mood = ngx_http_oauth_token_mood_of(seen->state);

    ngx_http_oauth_token_text_printf(text,
        "<tr><td><code>%*s</code></td><td class=\"%s\">",
        sizeof(name), name, ngx_http_oauth_token_mood_name(mood));
    ngx_http_oauth_token_mood_show(text, mood, seen->state);
    ngx_http_oauth_token_prose(text, "</td><td class=\"n\">");

    if (seen->usable) {
        ngx_http_oauth_token_prose_span(text, seen->expires - report->now);
    }

    ngx_http_oauth_token_text_printf(text,
        "</td><td class=\"n\">%uL</td><td class=\"n\">", seen->failures);

    if (seen->next_try) {
        ngx_http_oauth_token_prose_span(text, seen->next_try - report->now);
    }

    ngx_http_oauth_token_prose(text, "</td><td>");
    ngx_http_oauth_token_prose_string(text, seen->reason);
    ngx_http_oauth_token_prose(text, "</td></tr>");
}
