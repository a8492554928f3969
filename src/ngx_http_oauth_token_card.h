
/*
 * Row 4: a provider on the page for people.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CARD_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CARD_H_INCLUDED_


#include "ngx_http_oauth_token_report.h"
#include "ngx_http_oauth_token_text.h"


void ngx_http_oauth_token_card(ngx_http_oauth_token_text_t *text,
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CARD_H_INCLUDED_ */
