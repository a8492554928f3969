
/*
 * Row 2: a token in this worker's memory, and the worker's own copy.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TOKEN_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TOKEN_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * A generation that no entry has: the copy is of a token that the store had
 * no room for.
 */
#define NGX_HTTP_OAUTH_TOKEN_NOT_STORED  1

/*
 * A token younger than this, ms, is not dropped because an upstream refuses
 * it: one that always refuses would have the provider asked each time.
 */
#define NGX_HTTP_OAUTH_TOKEN_DROP_AGE    5000

/*
 * How far the wall clock may get ahead of the monotonic one, ms, before it ends
 * tokens: it is adjusted all the time.
 */
#define NGX_HTTP_OAUTH_TOKEN_CLOCKS_APART  1000

/* a worker says once in this time, ms, that it has ended some */
#define NGX_HTTP_OAUTH_TOKEN_CLOCKS_TOLD   60000


/* the time since the epoch, ms */
int64_t ngx_http_oauth_token_wall(void);

/*
 * Whether a token is usable, by both clocks: the monotonic one stands still
 * while a host sleeps, and the wall clock may be set.
 */
ngx_uint_t ngx_http_oauth_token_usable(ngx_http_oauth_token_stored_t *stored);

/*
 * Room for a token and what was captured with it, len bytes as captured packs
 * them.  The caller holds the one reference, fills token->value and
 * token->stored, and then completes it.  NULL: no memory.
 */
ngx_http_oauth_token_t *ngx_http_oauth_token_create(
    ngx_http_oauth_token_provider_t *provider, const u_char *key, size_t len,
    ngx_log_t *log);

/*
 * Takes what was filled in apart, and lays the provider's plain inject_header
 * value around the token.
 */
void ngx_http_oauth_token_complete(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_t *token);

/* the last reference wipes and frees it; NULL is nothing */
void ngx_http_oauth_token_release(ngx_http_oauth_token_t *token);

/*
 * The token under a key: from the worker's own copy, else from the store.
 * Returns a reference, or NULL: there is none that is usable now.
 */
ngx_http_oauth_token_t *ngx_http_oauth_token_lookup(
    ngx_http_oauth_token_provider_t *provider, const u_char *key,
    ngx_log_t *log);

/* makes the token the worker's own copy, if its key is the provider's own */
void ngx_http_oauth_token_keep(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_t *token);

/* takes the worker's own copy away; the store has what is to be used */
void ngx_http_oauth_token_forget(ngx_http_oauth_token_provider_t *provider);

/* the same when it is of no use any more */
void ngx_http_oauth_token_tidy(ngx_http_oauth_token_provider_t *provider);

/*
 * A token was refused: takes it away from all workers.  NGX_OK: it is not in
 * use any more, by this or before; NGX_DECLINED: it stays, being too young, or
 * since the store is busy.
 */
ngx_int_t ngx_http_oauth_token_drop(ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_t *token);


#endif /* _NGX_HTTP_OAUTH_TOKEN_TOKEN_H_INCLUDED_ */
