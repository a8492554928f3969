
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_page.h"

#include "ngx_http_oauth_token_card.h"
#include "ngx_http_oauth_token_chart.h"
#include "ngx_http_oauth_token_hash.h"
#include "ngx_http_oauth_token_mood.h"
#include "ngx_http_oauth_token_prose.h"
#include "ngx_http_oauth_token_style.h"


/* a SHA-256 in base64, without its NUL */
#define PAGE_HASH    44

/* room for the policy with its two hashes, bytes */
#define PAGE_POLICY  320


/* of each mood */
typedef struct {
    const char  *one;         /* "1 ..." */
    const char  *many;        /* "2 ..." */
} ngx_http_oauth_token_page_words_t;


static void ngx_http_oauth_token_page_head(ngx_http_oauth_token_text_t *text,
    ngx_uint_t *moods, ngx_uint_t all);
static void ngx_http_oauth_token_page_main(
    ngx_http_oauth_token_report_t *report, ngx_http_oauth_token_text_t *text,
    ngx_uint_t *moods);
static void ngx_http_oauth_token_page_zone(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_zone_t *zone);
static void ngx_http_oauth_token_page_foot(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report);


static u_char  ngx_http_oauth_token_page_policy[PAGE_POLICY];


ngx_keyval_t  ngx_http_oauth_token_page_headers[] = {

    /* the same in each configuration: its value is what the module is */
    { ngx_string("Content-Security-Policy"), ngx_null_string },

    { ngx_string("X-Content-Type-Options"), ngx_string("nosniff") },
    { ngx_string("Referrer-Policy"), ngx_string("no-referrer") },
    { ngx_null_string, ngx_null_string }
};


static const ngx_http_oauth_token_page_words_t
    ngx_http_oauth_token_page_moods[] =
{
    { "has no token", "have no token" },
    { "fails to refresh", "fail to refresh" },
    { "is fetching", "are fetching" },
    { "is due", "are due" },
    { "is fresh", "are fresh" },
    { "is idle", "are idle" }
};


ngx_int_t
ngx_http_oauth_token_page_prepare(ngx_conf_t *cf)
{
    u_char           *p, hash[2][PAGE_HASH + 1];
    ngx_uint_t        i;
    const ngx_str_t  *part;

    const ngx_str_t  *parts[] = { &ngx_http_oauth_token_style_css,
                                  &ngx_http_oauth_token_style_js };

    for (i = 0; i < 2; i++) {
        part = parts[i];

        if (ngx_http_oauth_token_hash(NGX_HTTP_OAUTH_TOKEN_HASH_SHA256, 1,
                                      part->data, part->len, NULL, 0, hash[i])
            != PAGE_HASH)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "OpenSSL cannot make a SHA-256");
            return NGX_ERROR;
        }
    }

    p = ngx_snprintf(ngx_http_oauth_token_page_policy, PAGE_POLICY,
                     "default-src 'none'; style-src 'sha256-%*s'; "
                     "script-src 'sha256-%*s'; connect-src 'self'; "
                     "base-uri 'none'; form-action 'none'; "
                     "frame-ancestors 'none'", (size_t) PAGE_HASH, hash[0],
                     (size_t) PAGE_HASH, hash[1]);

    ngx_http_oauth_token_page_headers[0].value.data =
                                              ngx_http_oauth_token_page_policy;
    ngx_http_oauth_token_page_headers[0].value.len =
                                          p - ngx_http_oauth_token_page_policy;

    return NGX_OK;
}


void
ngx_http_oauth_token_page(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_text_t *text)
{
    ngx_uint_t  i, moods[NGX_HTTP_OAUTH_TOKEN_MOODS];

    ngx_memzero(moods, sizeof(moods));

    for (i = 0; i < report->nproviders; i++) {
        moods[ngx_http_oauth_token_mood(&report->providers[i])]++;
    }

    ngx_http_oauth_token_page_head(text, moods, report->nproviders);
    ngx_http_oauth_token_page_main(report, text, moods);

    ngx_http_oauth_token_prose(text, "<script>");
    ngx_http_oauth_token_text_put(text, &ngx_http_oauth_token_style_js);
    ngx_http_oauth_token_prose(text, "</script>\n</body>\n</html>\n");
}


static void
ngx_http_oauth_token_page_head(ngx_http_oauth_token_text_t *text,
    ngx_uint_t *moods, ngx_uint_t all)
{
    ngx_uint_t  i;

    ngx_http_oauth_token_prose(text,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n"
        "<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>\n"
        "<title>");

    for (i = 0; i <= NGX_HTTP_OAUTH_TOKEN_MOOD_WARN; i++) {
        if (moods[i]) {
            ngx_http_oauth_token_text_printf(text,
                "%ui of %ui %s \xe2\x80\x93 ", moods[i], all,
                moods[i] == 1 ? ngx_http_oauth_token_page_moods[i].one
                              : ngx_http_oauth_token_page_moods[i].many);
            break;
        }
    }

    ngx_http_oauth_token_prose(text, "OAuth tokens</title>\n<style>");
    ngx_http_oauth_token_text_put(text, &ngx_http_oauth_token_style_css);
    ngx_http_oauth_token_prose(text, "</style>\n</head>\n<body>\n");
    ngx_http_oauth_token_text_put(text, &ngx_http_oauth_token_style_shapes);
    ngx_http_oauth_token_prose(text,
        "<header><h1>OAuth tokens</h1><span id=\"live\" role=\"status\">"
        "</span></header>\n");
}


/* those that need to be looked at come first */

static void
ngx_http_oauth_token_page_main(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_text_t *text, ngx_uint_t *moods)
{
    ngx_uint_t                               i, mood;
    ngx_http_oauth_token_report_provider_t  *row;

    ngx_http_oauth_token_prose(text, "<main>\n<ul class=\"sum\">");

    for (mood = 0; mood < NGX_HTTP_OAUTH_TOKEN_MOODS; mood++) {
        if (moods[mood]) {
            ngx_http_oauth_token_text_printf(text,
                "<li class=\"%s\">" NGX_HTTP_OAUTH_TOKEN_STYLE_SHAPE
                "<b>%ui</b> %s</li>",
                ngx_http_oauth_token_mood_name(mood),
                ngx_http_oauth_token_mood_name(mood), moods[mood],
                moods[mood] == 1 ? ngx_http_oauth_token_page_moods[mood].one
                               : ngx_http_oauth_token_page_moods[mood].many);
        }
    }

    if (report->nproviders == 0) {
        ngx_http_oauth_token_prose(text, "<li>There are no providers.</li>");
    }

    ngx_http_oauth_token_prose(text, "</ul>\n");

    for (mood = 0; mood < NGX_HTTP_OAUTH_TOKEN_MOODS; mood++) {
        for (i = 0; i < report->nproviders; i++) {
            row = &report->providers[i];

            if (ngx_http_oauth_token_mood(row) == mood) {
                ngx_http_oauth_token_card(text, report, row);
            }
        }
    }

    ngx_http_oauth_token_prose(text, "<section><h2>Zones</h2>"
                               "<div class=\"zones\">\n");

    for (i = 0; i < report->nzones; i++) {
        ngx_http_oauth_token_page_zone(text, &report->zones[i]);
    }

    ngx_http_oauth_token_prose(text, "</div></section>\n");
    ngx_http_oauth_token_page_foot(text, report);
    ngx_http_oauth_token_prose(text, "</main>\n");
}


static void
ngx_http_oauth_token_page_zone(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_zone_t *zone)
{
    ngx_str_t                          *name;
    ngx_http_oauth_token_store_room_t  *room;

    name = &zone->zone->name;
    room = &zone->room;

    ngx_http_oauth_token_prose(text, "<article><div class=\"top\"><h2>");
    ngx_http_oauth_token_prose_words(text, name->data, name->len);
    ngx_http_oauth_token_text_printf(text, "</h2><span class=\"zn\">%uz&nbsp;"
                                     "KB</span></div>", room->size / 1024);

    ngx_http_oauth_token_chart_share(text, "Keys",
                                     room->entries - room->entries_free,
                                     room->entries);
    ngx_http_oauth_token_chart_share(text, "Cells of tokens",
                                     room->cells - room->cells_free,
                                     room->cells);

    if (room->evicted) {
        ngx_http_oauth_token_prose(text, "<p><b>");
        ngx_http_oauth_token_prose_number(text, room->evicted);
        ngx_http_oauth_token_prose(text, "</b> usable tokens had to make room: "
                            "if this grows, the zone is too small.</p>");
    }

    if (zone->partial) {
        ngx_http_oauth_token_prose(text, "<p class=\"note\">It has more keys "
                                   "than are counted on this page.</p>");
    }

    ngx_http_oauth_token_prose(text, "</article>\n");
}


static void
ngx_http_oauth_token_page_foot(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report)
{
    ngx_tm_t  tm;

    ngx_gmtime((time_t) (report->wall / 1000), &tm);

    ngx_http_oauth_token_text_printf(text,
        "<p class=\"note foot\">As of %4d-%02d-%02d %02d:%02d:%02d UTC. Bars "
        "are a token's life: grey is over, green is left until its refresh, "
        "pale or amber is the time for it.</p>\n",
        tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday, tm.ngx_tm_hour,
        tm.ngx_tm_min, tm.ngx_tm_sec);
}
