
/*
 * Row 5: a report as a page for people: HTML that needs nothing else.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PAGE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PAGE_H_INCLUDED_


#include "ngx_http_oauth_token_report.h"
#include "ngx_http_oauth_token_text.h"


/* headers that it is sent with; the last one has no key */
extern ngx_keyval_t  ngx_http_oauth_token_page_headers[];


/* makes the headers, as the configuration is read */
ngx_int_t ngx_http_oauth_token_page_prepare(ngx_conf_t *cf);

void ngx_http_oauth_token_page(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_text_t *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PAGE_H_INCLUDED_ */
