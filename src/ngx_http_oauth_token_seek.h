
/*
 * Row 4: looks for the token endpoint in an issuer's metadata, which are in one
 * of two places.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SEEK_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SEEK_H_INCLUDED_


#include "ngx_http_oauth_token_fetch.h"


/* the caller's, part of a larger structure; the first four are set */
typedef struct {
    ngx_http_oauth_token_provider_t  *provider;
    ngx_msec_t                        until;     /* no longer than that */

    /* called once, may be before start returns; result NULL: uri is known */
    ngx_http_oauth_token_fetch_pt     done;
    void                             *data;

    ngx_str_t                         uri;       /* empty: not known */
    ngx_http_oauth_token_fetch_t     *fetch;     /* NULL: none is running */
    unsigned                          second:1;  /* of the places */
} ngx_http_oauth_token_seek_t;


void ngx_http_oauth_token_seek_start(ngx_http_oauth_token_seek_t *seek);

/* gives up, done is not called any more; frees the uri */
void ngx_http_oauth_token_seek_end(ngx_http_oauth_token_seek_t *seek);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SEEK_H_INCLUDED_ */
