
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_card.h"

#include "ngx_http_oauth_token_advice.h"
#include "ngx_http_oauth_token_chart.h"
#include "ngx_http_oauth_token_mood.h"
#include "ngx_http_oauth_token_prose.h"
#include "ngx_http_oauth_token_tally.h"


#define CARD_NONE  NGX_HTTP_OAUTH_TOKEN_REPORT_NONE

#define card_get(member)  ngx_http_oauth_token_stats_get(member)


static void ngx_http_oauth_token_card_top(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row);
static void ngx_http_oauth_token_card_life(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row);
static void ngx_http_oauth_token_card_facts(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row);
static void ngx_http_oauth_token_card_failure(
    ngx_http_oauth_token_text_t *text, ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row);


void
ngx_http_oauth_token_card(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row)
{
    ngx_http_oauth_token_card_top(text, row);

    ngx_http_oauth_token_prose(text, "<div class=\"two\"><div>");
    ngx_http_oauth_token_card_life(text, row);
    ngx_http_oauth_token_card_facts(text, report, row);
    ngx_http_oauth_token_prose(text, "</div><div>");
    ngx_http_oauth_token_chart_fetches(text, row->provider->stats);
    ngx_http_oauth_token_prose(text, "</div></div>");

    ngx_http_oauth_token_tally(text, report, row);

    ngx_http_oauth_token_prose(text, "</article>\n");
}


static void
ngx_http_oauth_token_card_top(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row)
{
    ngx_str_t                    *name, *zone;
    ngx_http_oauth_token_mood_e   mood;

    name = &row->provider->name;
    zone = &row->provider->zone->name;
    mood = ngx_http_oauth_token_mood(row);

    ngx_http_oauth_token_text_printf(text,
        "<article class=\"%s\" data-state=\"%s\" data-provider=\"",
        ngx_http_oauth_token_mood_name(mood),
        ngx_http_oauth_token_report_state(row->state));
    ngx_http_oauth_token_prose_words(text, name->data, name->len);

    ngx_http_oauth_token_prose(text, "\"><div class=\"top\"><h2>");
    ngx_http_oauth_token_prose_words(text, name->data, name->len);

    ngx_http_oauth_token_prose(text, "</h2>");
    ngx_http_oauth_token_mood_show(text, mood, row->state);
    ngx_http_oauth_token_prose(text, " <span class=\"say\">");
    ngx_http_oauth_token_mood_say(text, row);

    ngx_http_oauth_token_prose(text, "</span><span class=\"zn\">zone ");
    ngx_http_oauth_token_prose_words(text, zone->data, zone->len);
    ngx_http_oauth_token_prose(text, "</span></div>");
}


static void
ngx_http_oauth_token_card_life(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row)
{
    if (row->expires_in == CARD_NONE) {
        return;
    }

    ngx_http_oauth_token_chart_life(text, row);

    ngx_http_oauth_token_prose(text, "<div class=\"ends\"><span>fetched ");
    ngx_http_oauth_token_prose_span(text, row->age);
    ngx_http_oauth_token_prose(text, " ago</span><span>");

    if (row->refresh_in > 0) {
        ngx_http_oauth_token_prose(text, "refresh in <b>");
        ngx_http_oauth_token_prose_span(text, row->refresh_in);

    } else {
        ngx_http_oauth_token_prose(text, "refresh due since <b>");
        ngx_http_oauth_token_prose_span(text, -row->refresh_in);
    }

    ngx_http_oauth_token_prose(text, "</b></span><span>expires in <b>");
    ngx_http_oauth_token_prose_span(text, row->expires_in);
    ngx_http_oauth_token_prose(text, "</b></span></div>");
}


static void
ngx_http_oauth_token_card_facts(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row)
{
    uint64_t  at;

    ngx_http_oauth_token_prose(text, "<dl class=\"facts\">");

    ngx_http_oauth_token_card_failure(text, report, row);

    if (row->next_try_in != CARD_NONE) {
        ngx_http_oauth_token_prose(text, "<dt>Next try</dt><dd>");

        if (row->next_try_in > 0) {
            ngx_http_oauth_token_prose(text, "in <b>");
            ngx_http_oauth_token_prose_span(text, row->next_try_in);
            ngx_http_oauth_token_prose(text, "</b>");

        } else {
            ngx_http_oauth_token_prose(text, "with the next request");
        }

        ngx_http_oauth_token_text_printf(text, ", after %uL failure%s in a row"
                                         "</dd>", row->failures,
                                         row->failures == 1 ? "" : "s");
    }

    at = card_get(row->provider->stats->success_at);

    ngx_http_oauth_token_prose(text, "<dt>Last success</dt><dd>");

    if (at) {
        ngx_http_oauth_token_prose_ago(text, (int64_t) at, report->wall);

    } else {
        ngx_http_oauth_token_prose(text, "never");
    }

    ngx_http_oauth_token_prose(text, "</dd></dl>");
}


static void
ngx_http_oauth_token_card_failure(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row)
{
    char                                  reason[
                                           NGX_HTTP_OAUTH_TOKEN_STATS_REASON];
    uint64_t                              at;
    ngx_http_oauth_token_stats_t         *stats;
    const ngx_http_oauth_token_advice_t  *advice;

    stats = row->provider->stats;
    at = card_get(stats->failure_at);

    if (at == 0
        || !ngx_http_oauth_token_stats_reason(stats, card_get(stats->failure),
                                              reason))
    {
        return;
    }

    ngx_http_oauth_token_prose(text, "<dt>Last failure</dt><dd><code>");
    ngx_http_oauth_token_prose_string(text, reason);
    ngx_http_oauth_token_prose(text, "</code> ");
    ngx_http_oauth_token_prose_ago(text, (int64_t) at, report->wall);

    /* what is over needs no advice */

    if (row->failures) {
        advice = ngx_http_oauth_token_advice(reason);
        ngx_http_oauth_token_text_printf(text,
                                    "<p class=\"why\"><b>%s</b> %s</p>",
                                         advice->means, advice->help);
    }

    ngx_http_oauth_token_prose(text, "</dd>");
}
