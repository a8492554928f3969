
/*
 * Row 5: a report as a JSON document, see docs/status.schema.json.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_DOCUMENT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_DOCUMENT_H_INCLUDED_


#include "ngx_http_oauth_token_report.h"
#include "ngx_http_oauth_token_text.h"


void ngx_http_oauth_token_document(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_text_t *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_DOCUMENT_H_INCLUDED_ */
