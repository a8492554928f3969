
/*
 * Row 5: a report in the text format of Prometheus, version 0.0.4.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_METRICS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_METRICS_H_INCLUDED_


#include "ngx_http_oauth_token_report.h"
#include "ngx_http_oauth_token_text.h"


void ngx_http_oauth_token_metrics(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_text_t *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_METRICS_H_INCLUDED_ */
