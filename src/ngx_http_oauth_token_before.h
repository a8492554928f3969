
/*
 * Row 3: what the answer of an upstream changes in a request before it comes
 * to the header filter, so that the answer can be thrown away.
 *
 * ngx_http_clean_header() would also take what other modules have set in
 * earlier phases, which do not run again.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_BEFORE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_BEFORE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* what X-Accel-Limit-Rate and -Charset change as soon as they are read */
typedef struct {
    size_t                            limit_rate;
    ngx_str_t                        *override_charset;
    unsigned                          limit_rate_set:1;
} ngx_http_oauth_token_early_t;


/* and all the rest, which need not be saved for an answer that is wanted */
typedef struct {
    ngx_http_headers_out_t            headers_out;
    ngx_uint_t                        nheaders;    /* of the last part */
    ngx_uint_t                        ntrailers;
    ngx_http_oauth_token_early_t      early;
    unsigned                          allow_ranges:1;
    unsigned                          single_range:1;
    unsigned                          disable_not_modified:1;
} ngx_http_oauth_token_before_t;


/* before the upstream is asked; inline, as every request does it */
static ngx_inline void
ngx_http_oauth_token_before_note(ngx_http_request_t *r,
    ngx_http_oauth_token_early_t *early)
{
    early->limit_rate = r->limit_rate;
    early->limit_rate_set = r->limit_rate_set;
    early->override_charset = r->headers_out.override_charset;
}

/*
 * When the header of the answer has been read, and before it is gone through.
 * In the request's pool; NULL: no memory.
 */
ngx_http_oauth_token_before_t *ngx_http_oauth_token_before_save(
    ngx_http_request_t *r, ngx_http_oauth_token_early_t *early);

/* of the same request */
void ngx_http_oauth_token_before_restore(ngx_http_request_t *r,
    ngx_http_oauth_token_before_t *before);


#endif /* _NGX_HTTP_OAUTH_TOKEN_BEFORE_H_INCLUDED_ */
