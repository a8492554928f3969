
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_backoff.h"


/* what a failure says of the next attempt */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_PASSING = 0,  /* it may pass by itself */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_REFUSED,      /* asking on may do harm */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_ONCE,         /* the next may be different */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_OURS          /* the provider has no part */
} ngx_http_oauth_token_backoff_e;


/* of the outcomes, in their order */
static const ngx_http_oauth_token_backoff_e  ngx_http_oauth_token_kinds[] = {
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_PASSING,      /* OK: is no failure */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_PASSING,      /* TRANSPORT */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_PASSING,      /* TIMEOUT */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_PASSING,      /* UNUSABLE */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_REFUSED,      /* REFUSED */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_PASSING,      /* THROTTLED, but 429 */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_ONCE,         /* CHALLENGED */
    NGX_HTTP_OAUTH_TOKEN_BACKOFF_OURS          /* INTERNAL */
};


static ngx_http_oauth_token_backoff_e ngx_http_oauth_token_backoff_kind(
    const ngx_http_oauth_token_result_t *result);
static int64_t ngx_http_oauth_token_backoff_pause(int64_t min, int64_t max,
    uint64_t failures, uint32_t random);


void
ngx_http_oauth_token_backoff(const ngx_http_oauth_token_backoff_t *conf,
    const ngx_http_oauth_token_result_t *result, uint64_t failures,
    uint32_t random, int64_t *retry, int64_t *probe)
{
    int64_t                         after, limit, max;
    ngx_http_oauth_token_backoff_e  kind;

    kind = ngx_http_oauth_token_backoff_kind(result);
    max = conf->max;

    if (kind == NGX_HTTP_OAUTH_TOKEN_BACKOFF_REFUSED) {
        max *= 2;

    } else if (kind != NGX_HTTP_OAUTH_TOKEN_BACKOFF_PASSING) {
        failures = 0;
    }

    *retry = ngx_http_oauth_token_backoff_pause(conf->min, max, failures,
                                                random);
    *probe = *retry;

    if (kind == NGX_HTTP_OAUTH_TOKEN_BACKOFF_OURS) {
        /* another worker may have what this one lacks */
        *probe = 0;
    }

    if (kind == NGX_HTTP_OAUTH_TOKEN_BACKOFF_PASSING) {
        limit = ngx_http_oauth_token_backoff_pause(0,
                            failures < NGX_HTTP_OAUTH_TOKEN_BACKOFF_BRIEF
                                ? NGX_HTTP_OAUTH_TOKEN_BACKOFF_EARLY
                                : NGX_HTTP_OAUTH_TOKEN_BACKOFF_PROBE,
                            failures, random);
        *probe = *retry < limit ? *retry : limit;
    }

    if (result->retry_after >= 0) {
        after = result->retry_after + NGX_HTTP_OAUTH_TOKEN_BACKOFF_CLOCK;

        *retry = *retry > after ? *retry : after;
        *probe = *probe > after ? *probe : after;
    }
}


static ngx_http_oauth_token_backoff_e
ngx_http_oauth_token_backoff_kind(const ngx_http_oauth_token_result_t *result)
{
    /* asking on within a quota is what keeps it used up */

    if (result->status == 429) {
        return NGX_HTTP_OAUTH_TOKEN_BACKOFF_REFUSED;
    }

    return ngx_http_oauth_token_kinds[result->outcome];
}


/* min, doubled by each failure up to max, less up to a quarter */

static int64_t
ngx_http_oauth_token_backoff_pause(int64_t min, int64_t max, uint64_t failures,
    uint32_t random)
{
    int64_t  pause;

    pause = min ? min : max;

    while (failures > 0 && pause < max) {
        pause *= 2;
        failures--;
    }

    if (pause > max) {
        pause = max;
    }

    pause -= random % (uint64_t) (pause / 4 + 1);

    return pause < min ? min : pause;
}


int
ngx_http_oauth_token_backoff_shared(
    const ngx_http_oauth_token_result_t *result)
{
    return result->outcome == NGX_HTTP_OAUTH_TOKEN_TRANSPORT
           || result->outcome == NGX_HTTP_OAUTH_TOKEN_TIMEOUT;
}
