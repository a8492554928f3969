
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_before.h"


static void ngx_http_oauth_token_before_cut(ngx_list_t *list,
    ngx_uint_t nelts);


ngx_http_oauth_token_before_t *
ngx_http_oauth_token_before_save(ngx_http_request_t *r,
    ngx_http_oauth_token_early_t *early)
{
    ngx_http_oauth_token_before_t  *before;

    before = ngx_palloc(r->pool, sizeof(ngx_http_oauth_token_before_t));
    if (before == NULL) {
        return NULL;
    }

    before->headers_out = r->headers_out;
    before->nheaders = r->headers_out.headers.last->nelts;
    before->ntrailers = r->headers_out.trailers.last->nelts;

    before->early = *early;
    before->allow_ranges = r->allow_ranges;
    before->single_range = r->single_range;
    before->disable_not_modified = r->disable_not_modified;

    return before;
}


void
ngx_http_oauth_token_before_restore(ngx_http_request_t *r,
    ngx_http_oauth_token_before_t *before)
{
    r->headers_out = before->headers_out;

    ngx_http_oauth_token_before_cut(&r->headers_out.headers, before->nheaders);
    ngx_http_oauth_token_before_cut(&r->headers_out.trailers,
                                    before->ntrailers);

    r->headers_out.override_charset = before->early.override_charset;
    r->limit_rate = before->early.limit_rate;
    r->limit_rate_set = before->early.limit_rate_set;
    r->allow_ranges = before->allow_ranges;
    r->single_range = before->single_range;
    r->disable_not_modified = before->disable_not_modified;
}


/* its last part, which may stand elsewhere, has got more elements since */

static void
ngx_http_oauth_token_before_cut(ngx_list_t *list, ngx_uint_t nelts)
{
    list->last->nelts = nelts;
    list->last->next = NULL;
}
