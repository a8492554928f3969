
/*
 * Row 4: the states of the page for people, in words and shapes.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_MOOD_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_MOOD_H_INCLUDED_


#include "ngx_http_oauth_token_report.h"
#include "ngx_http_oauth_token_text.h"


/* how much a provider needs to be looked at: the first ones the most */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_MOOD_BAD = 0,    /* requests fail */
    NGX_HTTP_OAUTH_TOKEN_MOOD_WARN,       /* they will, if nothing happens */
    NGX_HTTP_OAUTH_TOKEN_MOOD_BUSY,
    NGX_HTTP_OAUTH_TOKEN_MOOD_DUE,
    NGX_HTTP_OAUTH_TOKEN_MOOD_OK,
    NGX_HTTP_OAUTH_TOKEN_MOOD_IDLE,

    NGX_HTTP_OAUTH_TOKEN_MOODS
} ngx_http_oauth_token_mood_e;


/* of a provider, and of a key by itself */
ngx_http_oauth_token_mood_e ngx_http_oauth_token_mood(
    ngx_http_oauth_token_report_provider_t *row);
ngx_http_oauth_token_mood_e ngx_http_oauth_token_mood_of(
    ngx_http_oauth_token_seen_e state);

/* its class in the style */
const char *ngx_http_oauth_token_mood_name(ngx_http_oauth_token_mood_e mood);

/* its shape and the word for the state, in the colour of the class around */
void ngx_http_oauth_token_mood_show(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_mood_e mood, ngx_http_oauth_token_seen_e state);

/* the state as a sentence */
void ngx_http_oauth_token_mood_say(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row);


#endif /* _NGX_HTTP_OAUTH_TOKEN_MOOD_H_INCLUDED_ */
