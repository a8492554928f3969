
/*
 * Row 4: what was counted of a provider, and its keys, on the page for people.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TALLY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TALLY_H_INCLUDED_


#include "ngx_http_oauth_token_report.h"
#include "ngx_http_oauth_token_text.h"


void ngx_http_oauth_token_tally(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row);


#endif /* _NGX_HTTP_OAUTH_TOKEN_TALLY_H_INCLUDED_ */
