
/*
 * Row 4: numbers of a report as small drawings: SVG within a page in HTML.
 *
 * All sizes are attributes, as the page's policy allows no style but its own.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CHART_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CHART_H_INCLUDED_


#include "ngx_http_oauth_token_prose.h"
#include "ngx_http_oauth_token_report.h"


/* from birth to end of the token that ends first, which there has to be */
void ngx_http_oauth_token_chart_life(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_provider_t *row);

/* how long the latest fetches took, and which of them failed */
void ngx_http_oauth_token_chart_fetches(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_stats_t *stats);

/* a share of a whole; what is a constant word of ours */
void ngx_http_oauth_token_chart_share(ngx_http_oauth_token_text_t *text,
    const char *what, uint64_t used, uint64_t all);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CHART_H_INCLUDED_ */
