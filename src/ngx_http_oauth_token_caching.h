
/*
 * Row 7: the directives of oauth_provider{} about the life of a token:
 * refresh_before, prefetch, expiry_leeway, fetch_timeout, backoff,
 * max_waiting.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CACHING_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CACHING_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* defaults: refresh_before, per cent of the lifetime */
#define NGX_HTTP_OAUTH_TOKEN_REFRESH_BEFORE  50

/* fetch_timeout, ms */
#define NGX_HTTP_OAUTH_TOKEN_FETCH_TIMEOUT   5000

/* backoff, ms */
#define NGX_HTTP_OAUTH_TOKEN_BACKOFF_MIN     1000
#define NGX_HTTP_OAUTH_TOKEN_BACKOFF_MAX     30000

/* max_waiting: each costs about 1 kB and a connection of its client */
#define NGX_HTTP_OAUTH_TOKEN_MAX_WAITING     10000


/* the functions of refresh_before and backoff */
char *ngx_http_oauth_token_caching_refresh(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_oauth_token_caching_backoff(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* for the post of a time that must not be 0 */
char *ngx_http_oauth_token_caching_not_zero(ngx_conf_t *cf, void *post,
    void *data);

/*
 * After the block was parsed: sets what was not written; logs when prefetch
 * was asked for and cannot be.
 */
ngx_int_t ngx_http_oauth_token_caching_defaults(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CACHING_H_INCLUDED_ */
