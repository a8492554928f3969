
/*
 * Row 2: the headers of a client that go upstream beside ours.
 *
 * Those that ours replace stay away, also when their names differ by "_" and
 * "-", which are the same to all that speak CGI.  So do our names in the
 * client's Connection, where they would make the next proxy drop our headers.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CLIENT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CLIENT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * provider->lengths: those of our headers' names, as bits, so that nearly all
 * of the client's are passed over at once.  To be called when ours are known.
 */
void ngx_http_oauth_token_client_init(
    ngx_http_oauth_token_provider_t *provider);

/* whether all of them go on as they came, and stand in one part of a list */
ngx_uint_t ngx_http_oauth_token_client_stays(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider);

/* how many there are at most */
ngx_uint_t ngx_http_oauth_token_client_count(ngx_http_request_t *r);

/* copies those that go on to a part that has room for all */
ngx_int_t ngx_http_oauth_token_client_headers(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_list_part_t *dst);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CLIENT_H_INCLUDED_ */
