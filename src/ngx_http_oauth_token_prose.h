
/*
 * Row 3: words, numbers and times as people read them, for a page in HTML.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PROSE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PROSE_H_INCLUDED_


#include "ngx_http_oauth_token_text.h"


/* HTML of our own, as it is */
#define ngx_http_oauth_token_prose(text, html)                                \
    ngx_http_oauth_token_text_add(text, "" html, sizeof(html) - 1)


/* what others have worded: fit for an element and for a quoted attribute */
void ngx_http_oauth_token_prose_words(ngx_http_oauth_token_text_t *text,
    const u_char *data, size_t len);

/* the same of what ends with a NUL */
void ngx_http_oauth_token_prose_string(ngx_http_oauth_token_text_t *text,
    const char *string);

/* 1,234,567 */
void ngx_http_oauth_token_prose_number(ngx_http_oauth_token_text_t *text,
    uint64_t n);

/* "1 h 12 min"; what is below 0 is 0 */
void ngx_http_oauth_token_prose_span(ngx_http_oauth_token_text_t *text,
    int64_t ms);

/* "12 min ago, 03:04:05 UTC"; at and now are ms since 1970 */
void ngx_http_oauth_token_prose_ago(ngx_http_oauth_token_text_t *text,
    int64_t at, int64_t now);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PROSE_H_INCLUDED_ */
