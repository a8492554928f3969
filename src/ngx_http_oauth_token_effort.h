
/*
 * Row 5: all that is tried within fetch_timeout to get one answer.
 *
 *   - with an issuer, its metadata, which say where to ask;
 *   - a token request with the refresh token, if there is one; when the
 *     provider does not take it, one with the configured grant in its place;
 *   - when nothing was answered, the same once more at once;
 *   - when requests fail and this one hangs, another beside it every
 *     NGX_HTTP_OAUTH_TOKEN_BACKOFF_PROBE: what hangs was sent before the
 *     provider came back, perhaps.  The first good answer counts.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_EFFORT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_EFFORT_H_INCLUDED_


#include "ngx_http_oauth_token_attempt.h"
#include "ngx_http_oauth_token_seek.h"


/*
 * So many token requests run side by side at most: those of the default
 * fetch_timeout.  With a longer one the later ones take each other's place.
 */
#define NGX_HTTP_OAUTH_TOKEN_EFFORT_MAX  3


typedef struct ngx_http_oauth_token_effort_s  ngx_http_oauth_token_effort_t;


typedef struct {
    ngx_http_oauth_token_effort_t    *effort;
    ngx_http_oauth_token_fetch_t     *fetch;     /* NULL: it does not run */
    ngx_msec_t                        sent;
    unsigned                          refresh:1; /* with the refresh token */
} ngx_http_oauth_token_try_t;


/* the caller's, part of a larger structure */
struct ngx_http_oauth_token_effort_s {
    ngx_http_oauth_token_attempt_t   *attempt;

    /* called once, may be before start returns; as the done of a fetch */
    ngx_http_oauth_token_fetch_pt     done;
    void                             *data;

    ngx_http_oauth_token_seek_t       seek;      /* with an issuer */
    ngx_http_oauth_token_try_t        tries[NGX_HTTP_OAUTH_TOKEN_EFFORT_MAX];
    ngx_uint_t                        ntries;    /* so far */
    ngx_uint_t                        running;
    ngx_msec_t                        started;
    ngx_event_t                       timer;     /* for the next beside it */
    unsigned                          repeated:1;
    unsigned                          eager:1;   /* requests fail meanwhile */
};


/* attempt, done, data and eager are set, the rest is zero */
void ngx_http_oauth_token_effort_start(ngx_http_oauth_token_effort_t *effort);

/* gives up what runs, done is not called; frees what it holds */
void ngx_http_oauth_token_effort_end(ngx_http_oauth_token_effort_t *effort);

/* from now on requests fail while it hangs; may be repeated */
void ngx_http_oauth_token_effort_hurry(ngx_http_oauth_token_effort_t *effort);


#endif /* _NGX_HTTP_OAUTH_TOKEN_EFFORT_H_INCLUDED_ */
