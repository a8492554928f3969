
/*
 * Row 3: the constant parts of the page for people: its style, its script and
 * its shapes.
 *
 * The page allows the one style and the one script by their hashes, and no
 * other: neither may be changed without the other, so both are one constant.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_STYLE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_STYLE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* what stands between the tags */
extern const ngx_str_t  ngx_http_oauth_token_style_css;
extern const ngx_str_t  ngx_http_oauth_token_style_js;

/* shapes of moods, to be used all over the page */
extern const ngx_str_t  ngx_http_oauth_token_style_shapes;

/* a format that shows the one of a mood, which it takes the name of */
#define NGX_HTTP_OAUTH_TOKEN_STYLE_SHAPE                                      \
    "<svg class=\"sym\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">"          \
    "<use href=\"#s-%s\"/></svg>"


#endif /* _NGX_HTTP_OAUTH_TOKEN_STYLE_H_INCLUDED_ */
