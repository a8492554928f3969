
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_mood.h"

#include "ngx_http_oauth_token_style.h"


static const char  *ngx_http_oauth_token_mood_names[] = {
    "bad", "warn", "busy", "due", "ok", "idle"
};


static const ngx_http_oauth_token_mood_e  ngx_http_oauth_token_mood_states[] = {
    NGX_HTTP_OAUTH_TOKEN_MOOD_OK,        /* fresh */
    NGX_HTTP_OAUTH_TOKEN_MOOD_DUE,       /* due */
    NGX_HTTP_OAUTH_TOKEN_MOOD_BUSY,      /* fetching */
    NGX_HTTP_OAUTH_TOKEN_MOOD_BAD,       /* paused */
    NGX_HTTP_OAUTH_TOKEN_MOOD_IDLE       /* ended */
};


static const char  *ngx_http_oauth_token_mood_words[] = {
    "Fresh", "Due", "Fetching", "Paused", "Ended"
};


ngx_http_oauth_token_mood_e
ngx_http_oauth_token_mood(ngx_http_oauth_token_report_provider_t *row)
{
    if (row->failures == 0
        || row->state == NGX_HTTP_OAUTH_TOKEN_SEEN_PAUSED
        || row->state == NGX_HTTP_OAUTH_TOKEN_SEEN_ENDED)
    {
        return ngx_http_oauth_token_mood_states[row->state];
    }

    return row->expires_in == NGX_HTTP_OAUTH_TOKEN_REPORT_NONE
           ? NGX_HTTP_OAUTH_TOKEN_MOOD_BAD
           : NGX_HTTP_OAUTH_TOKEN_MOOD_WARN;
}


ngx_http_oauth_token_mood_e
ngx_http_oauth_token_mood_of(ngx_http_oauth_token_seen_e state)
{
    return ngx_http_oauth_token_mood_states[state];
}


const char *
ngx_http_oauth_token_mood_name(ngx_http_oauth_token_mood_e mood)
{
    return ngx_http_oauth_token_mood_names[mood];
}


void
ngx_http_oauth_token_mood_show(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_mood_e mood, ngx_http_oauth_token_seen_e state)
{
    ngx_http_oauth_token_text_printf(text,
        "<span class=\"mood\">" NGX_HTTP_OAUTH_TOKEN_STYLE_SHAPE "%s</span>",
        ngx_http_oauth_token_mood_names[mood],
        ngx_http_oauth_token_mood_words[state]);
}


void
ngx_http_oauth_token_mood_say(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row)
{
    const char                   *say;
    ngx_http_oauth_token_mood_e   mood;

    mood = ngx_http_oauth_token_mood(row);

    if (mood == NGX_HTTP_OAUTH_TOKEN_MOOD_BAD && row->keys > 1) {
        ngx_http_oauth_token_text_printf(text,
            "%ui of %ui keys have no token: their requests fail.",
            row->states[NGX_HTTP_OAUTH_TOKEN_SEEN_PAUSED], row->keys);
        return;
    }

    switch (mood) {

    case NGX_HTTP_OAUTH_TOKEN_MOOD_BAD:
        say = row->state == NGX_HTTP_OAUTH_TOKEN_SEEN_PAUSED
              ? "No token: requests fail until a fetch succeeds."
              : "No token: the last fetch failed, the next one is under way.";
        break;

    case NGX_HTTP_OAUTH_TOKEN_MOOD_WARN:
        say = "A token still serves, but its refresh fails.";
        break;

    case NGX_HTTP_OAUTH_TOKEN_MOOD_BUSY:
        say = row->expires_in == NGX_HTTP_OAUTH_TOKEN_REPORT_NONE
              ? "The first token is on its way."
              : "A token serves, the next one is on its way.";
        break;

    case NGX_HTTP_OAUTH_TOKEN_MOOD_DUE:
        say = "A token serves and is to be refreshed.";
        break;

    case NGX_HTTP_OAUTH_TOKEN_MOOD_OK:
        say = "A token serves.";
        break;

    default:
        say = "No token, and nobody has asked for one.";
    }

    ngx_http_oauth_token_text_printf(text, "%s", say);
}
