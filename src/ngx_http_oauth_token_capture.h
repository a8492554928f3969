
/*
 * Row 3: the answer to a token request, taken by our filters before any other
 * filter sees it, and judged when it has ended.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CAPTURE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CAPTURE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * The answer so far.  The context of the subrequest points to it, it is
 * zeroed before; it lives as long as the subrequest.
 */
typedef struct {
    ngx_uint_t   status;
    u_char      *body;          /* wiped and freed by _wipe() */
    size_t       len;
    size_t       size;
    const char  *fault;         /* why it is read no further; NULL: it is */
    unsigned     answered:1;    /* its header was seen */
    unsigned     last:1;        /* its end was seen */
    unsigned     no_memory:1;
    unsigned     final:1;       /* its interim answers are over */

    /* the proxy's own, see head */
    ngx_int_t  (*process_header)(ngx_http_request_t *r);
    ngx_int_t  (*reinit_request)(ngx_http_request_t *r);
    ngx_uint_t   interim;       /* interim answers so far */
} ngx_http_oauth_token_capture_t;


/* the filters, for requests in a hidden location only */
ngx_int_t ngx_http_oauth_token_capture_header(ngx_http_request_t *r);
ngx_int_t ngx_http_oauth_token_capture_body(ngx_http_request_t *r,
    ngx_chain_t *in);

/*
 * What the answer is, when the subrequest has ended with rc.  challenge points
 * into the request; it is empty unless the outcome is CHALLENGED.
 */
void ngx_http_oauth_token_capture_judge(
    ngx_http_oauth_token_capture_t *capture, ngx_http_request_t *r,
    ngx_int_t rc, ngx_http_oauth_token_result_t *result,
    ngx_str_t *challenge);

void ngx_http_oauth_token_capture_wipe(
    ngx_http_oauth_token_capture_t *capture);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CAPTURE_H_INCLUDED_ */
