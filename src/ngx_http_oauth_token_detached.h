
/*
 * Row 3: a request that belongs to no client, to hang a subrequest on.
 *
 * It has a connection with a real file descriptor, a datagram socket that
 * nobody is connected to, so that everything nginx does with the connection
 * of a client is possible and means nothing.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_DETACHED_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_DETACHED_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * Makes connection and request; log_ctx->connection is set, its request as
 * nginx does.  log_ctx lives at least as long as the request, and handler
 * adds it to log lines.  The configuration is the hidden server's.
 *
 * Its end: ngx_http_finalize_request(), as of any request; with it go
 * c->pool and r->pool, which is wiped.  NULL: no memory, no descriptor or no
 * connection.
 */
ngx_http_request_t *ngx_http_oauth_token_detached_create(
    ngx_http_conf_ctx_t *ctx, ngx_http_log_ctx_t *log_ctx,
    ngx_log_handler_pt handler, ngx_uint_t log_secrets);


#endif /* _NGX_HTTP_OAUTH_TOKEN_DETACHED_H_INCLUDED_ */
