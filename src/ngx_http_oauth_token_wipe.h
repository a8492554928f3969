
/*
 * Row 2: wiping what nginx itself keeps of a request that holds a secret: its
 * pool, and the buffer of a TLS connection.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_WIPE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_WIPE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/*
 * Has all of the pool wiped when it is destroyed, after its other cleanups;
 * more than once is as good as once.
 */
ngx_int_t ngx_http_oauth_token_wipe_pool(ngx_pool_t *pool);

/* the same of some bytes in it */
ngx_int_t ngx_http_oauth_token_wipe_bytes(ngx_pool_t *pool, u_char *data,
    size_t len);

/*
 * The request that r->upstream is about to send over TLS is wiped out of the
 * connection's buffer, which may be kept alive for others.  To be called as
 * soon as the request is made.  answer: what comes back is a secret, too.
 */
ngx_int_t ngx_http_oauth_token_wipe_sent(ngx_http_request_t *r,
    ngx_uint_t answer);


#endif /* _NGX_HTTP_OAUTH_TOKEN_WIPE_H_INCLUDED_ */
