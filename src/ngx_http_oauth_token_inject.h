
/*
 * Row 4: put the headers on a request that goes upstream, take them off
 * again.
 *
 * The client's header list is never changed, since subrequests share it.  Ours
 * stand in a part of a list that follows the client's, when none of his has to
 * go, or else in a list of its own with copies of what stays of his.  While a
 * token is on, nginx's debug lines, which print headers, are silent.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_INJECT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_INJECT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * What was done to a request.  The caller's, zeroed at first, in the request's
 * pool: it outlives r->ctx, which internal redirects clear.
 * r->headers_in.authorization is left as the client set it, so that
 * $remote_user stays what it was.
 */
typedef struct {
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_t           *token;      /* NULL: nothing yet */
    ngx_list_t                        headers;    /* the client's */
    ngx_list_part_t                   part;       /* with ours */
    ngx_table_elt_t                   elt;        /* mostly the only one */
    ngx_uint_t                        log_level;  /* 0: not silenced */
} ngx_http_oauth_token_record_t;


/*
 * Puts on the provider's inject_header and upstream headers, instead of what
 * the record has put on before.  The record holds a reference to the token
 * until inject_free().  slots may be NULL when the provider has none.
 */
ngx_int_t ngx_http_oauth_token_inject(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    ngx_http_oauth_token_t *token, ngx_uint_t log_secrets);

/* whether the record's headers are on the request, or on one with its list */
#define ngx_http_oauth_token_inject_on(r, rec)                                \
    ((rec)->token                                                             \
     && ((r)->headers_in.headers.part.next == &(rec)->part                    \
         || (r)->headers_in.headers.part.elts == (rec)->part.elts))

/* gives the client's own headers back, when the record's are on */
void ngx_http_oauth_token_inject_undo(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec);

/* the end of the request, before it is logged */
void ngx_http_oauth_token_inject_end(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec);

/* the end of its memory: variables may have shown the token until now */
void ngx_http_oauth_token_inject_free(ngx_http_oauth_token_record_t *rec);


#endif /* _NGX_HTTP_OAUTH_TOKEN_INJECT_H_INCLUDED_ */
