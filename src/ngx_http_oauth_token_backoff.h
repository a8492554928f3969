
/*
 * Row 1: how long nobody asks again after a failure.
 *
 * Plain C, pure arithmetic; times in ms.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_BACKOFF_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_BACKOFF_H_INCLUDED_


#include "ngx_http_oauth_token_result.h"


/*
 * While requests fail, these are the longest pauses after what may pass by
 * itself, ms.  Service is to be back within 1 s of a provider that was away for
 * some seconds, its own time included, and within 2 s of one that was away for
 * longer, which gets less than one request a second.
 */
#define NGX_HTTP_OAUTH_TOKEN_BACKOFF_EARLY  900
#define NGX_HTTP_OAUTH_TOKEN_BACKOFF_PROBE  1800

/* after so many failures it is the longer one: 6 s of them in the mean */
#define NGX_HTTP_OAUTH_TOKEN_BACKOFF_BRIEF  8


/*
 * Added to a Retry-After, ms: the clock is that of the event loop, which may be
 * behind by the work of one turn.
 */
#define NGX_HTTP_OAUTH_TOKEN_BACKOFF_CLOCK  20


/* backoff MIN MAX */
typedef struct {
    int64_t  min;
    int64_t  max;
} ngx_http_oauth_token_backoff_t;


/*
 * The pauses after a failure that follows so many others: *retry for those who
 * can wait, *probe, which is not longer, while requests fail.  A Retry-After
 * makes both longer.  random is any number.
 */
void ngx_http_oauth_token_backoff(const ngx_http_oauth_token_backoff_t *conf,
    const ngx_http_oauth_token_result_t *result, uint64_t failures,
    uint32_t random, int64_t *retry, int64_t *probe);

/* whether the endpoint did not answer, whatever it was asked for */
int ngx_http_oauth_token_backoff_shared(
    const ngx_http_oauth_token_result_t *result);


#endif /* _NGX_HTTP_OAUTH_TOKEN_BACKOFF_H_INCLUDED_ */
