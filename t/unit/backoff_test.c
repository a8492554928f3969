
/*
 * How long nobody asks again: by what has failed, how often, and what the
 * provider asks for.
 */

#include <stdint.h>

#include "check.h"
#include "ngx_http_oauth_token_backoff.h"


#define CLOCK       NGX_HTTP_OAUTH_TOKEN_BACKOFF_CLOCK
#define EARLY       NGX_HTTP_OAUTH_TOKEN_BACKOFF_EARLY
#define PROBE       NGX_HTTP_OAUTH_TOKEN_BACKOFF_PROBE

#define OK          NGX_HTTP_OAUTH_TOKEN_OK
#define TRANSPORT   NGX_HTTP_OAUTH_TOKEN_TRANSPORT
#define TIMEOUT     NGX_HTTP_OAUTH_TOKEN_TIMEOUT
#define UNUSABLE    NGX_HTTP_OAUTH_TOKEN_UNUSABLE
#define REFUSED     NGX_HTTP_OAUTH_TOKEN_REFUSED
#define THROTTLED   NGX_HTTP_OAUTH_TOKEN_THROTTLED
#define CHALLENGED  NGX_HTTP_OAUTH_TOKEN_CHALLENGED
#define INTERNAL    NGX_HTTP_OAUTH_TOKEN_INTERNAL

/* steps of a sweep of all random numbers */
#define STEP  104729


/* a failure and both pauses, without jitter; MIN 1 s, MAX 10 s */
typedef struct {
    ngx_http_oauth_token_outcome_e   outcome;
    int                              status;
    int64_t                          retry_after;
    uint64_t                         failures;
    int64_t                          retry;
    int64_t                          probe;
} pause_case_t;


typedef struct {
    ngx_http_oauth_token_backoff_t   conf;
    ngx_http_oauth_token_outcome_e   outcome;
    uint64_t                         failures;
    int64_t                          retry;
    int64_t                          probe;
} conf_case_t;


/* the least and the most of both pauses over all random numbers */
typedef struct {
    int64_t                          retry[2];
    int64_t                          probe[2];
} range_t;


typedef struct {
    ngx_http_oauth_token_backoff_t   conf;
    ngx_http_oauth_token_outcome_e   outcome;
    uint64_t                         failures;
    range_t                          want;
} range_case_t;


static const ngx_http_oauth_token_backoff_t  backoff = { 1000, 10000 };


static const pause_case_t  pauses[] = {

    /* what may pass by itself */
    { TRANSPORT, 0, -1, 0, 1000, EARLY },
    { TRANSPORT, 0, -1, 1, 2000, EARLY },
    { TRANSPORT, 0, -1, 2, 4000, EARLY },
    { TRANSPORT, 0, -1, 3, 8000, EARLY },
    { TRANSPORT, 0, -1, 4, 10000, EARLY },
    { TRANSPORT, 0, -1, 7, 10000, EARLY },
    { TRANSPORT, 0, -1, 8, 10000, PROBE },
    { TRANSPORT, 0, -1, 1000, 10000, PROBE },
    { TRANSPORT, 0, -1, UINT64_MAX, 10000, PROBE },
    { TIMEOUT, 0, -1, 0, 1000, EARLY },
    { TIMEOUT, 0, -1, 1, 2000, EARLY },
    { TIMEOUT, 0, -1, 1000, 10000, PROBE },
    { UNUSABLE, 500, -1, 0, 1000, EARLY },
    { UNUSABLE, 200, -1, 3, 8000, EARLY },
    { UNUSABLE, 302, -1, 1000, 10000, PROBE },
    { THROTTLED, 503, -1, 0, 1000, EARLY },
    { THROTTLED, 503, -1, 3, 8000, EARLY },
    { THROTTLED, 503, -1, 1000, 10000, PROBE },

    /* what asking on makes worse */
    { REFUSED, 401, -1, 0, 1000, 1000 },
    { REFUSED, 400, -1, 1, 2000, 2000 },
    { REFUSED, 400, -1, 3, 8000, 8000 },
    { REFUSED, 403, -1, 4, 16000, 16000 },
    { REFUSED, 403, -1, 5, 20000, 20000 },
    { REFUSED, 200, -1, 1000, 20000, 20000 },
    { REFUSED, 401, -1, UINT64_MAX, 20000, 20000 },
    { THROTTLED, 429, -1, 0, 1000, 1000 },
    { THROTTLED, 429, -1, 2, 4000, 4000 },
    { THROTTLED, 429, -1, 5, 20000, 20000 },
    { THROTTLED, 429, -1, 1000, 20000, 20000 },
    { UNUSABLE, 429, -1, 1, 2000, 2000 },

    /* what says nothing of the next attempt */
    { CHALLENGED, 401, -1, 0, 1000, 1000 },
    { CHALLENGED, 401, -1, 1, 1000, 1000 },
    { CHALLENGED, 401, -1, 1000, 1000, 1000 },
    { INTERNAL, 0, -1, 0, 1000, 0 },
    { INTERNAL, 0, -1, 1, 1000, 0 },
    { INTERNAL, 0, -1, 1000, 1000, 0 },

    /* Retry-After makes both longer, and none shorter */
    { THROTTLED, 503, 0, 0, 1000, EARLY },
    { THROTTLED, 503, 1, 3, 8000, EARLY },
    { THROTTLED, 503, EARLY - CLOCK, 3, 8000, EARLY },
    { THROTTLED, 503, EARLY, 3, 8000, EARLY + CLOCK },
    { THROTTLED, 503, PROBE, 9, 10000, PROBE + CLOCK },
    { THROTTLED, 503, PROBE + 1, 3, 8000, PROBE + 1 + CLOCK },
    { THROTTLED, 503, 8000, 3, 8000 + CLOCK, 8000 + CLOCK },
    { THROTTLED, 503, 8001, 3, 8001 + CLOCK, 8001 + CLOCK },
    { THROTTLED, 503, 300000, 0, 300000 + CLOCK, 300000 + CLOCK },
    { THROTTLED, 429, 500, 0, 1000, 1000 },
    { THROTTLED, 429, 15000, 3, 15000 + CLOCK, 15000 + CLOCK },
    { THROTTLED, 429, 300000, 5, 300000 + CLOCK, 300000 + CLOCK },
    { REFUSED, 401, 300000, 5, 300000 + CLOCK, 300000 + CLOCK },
    { UNUSABLE, 500, 300000, 0, 300000 + CLOCK, 300000 + CLOCK },
    { CHALLENGED, 401, 5000, 3, 5000 + CLOCK, 5000 + CLOCK },
    { TRANSPORT, 0, 3600000, 3, 3600000 + CLOCK, 3600000 + CLOCK }
};


static const conf_case_t  confs[] = {

    /* MIN is a minimum of those who can wait */
    { { 10000, 60000 }, TIMEOUT, 0, 10000, EARLY },
    { { 10000, 60000 }, TIMEOUT, 1000, 60000, PROBE },
    { { 10000, 60000 }, REFUSED, 0, 10000, 10000 },
    { { 10000, 60000 }, REFUSED, 1000, 120000, 120000 },
    { { 10000, 60000 }, INTERNAL, 7, 10000, 0 },
    { { EARLY, 60000 }, TIMEOUT, 0, EARLY, EARLY },
    { { EARLY + 1, 60000 }, TIMEOUT, 0, EARLY + 1, EARLY },

    { { 1000, 1000 }, TIMEOUT, 0, 1000, EARLY },
    { { 1000, 1000 }, TIMEOUT, 9, 1000, 1000 },
    { { 1000, 1000 }, REFUSED, 0, 1000, 1000 },
    { { 1000, 1000 }, REFUSED, 1, 2000, 2000 },
    { { 1000, 1000 }, REFUSED, 9, 2000, 2000 },
    { { 1000, 1001 }, TIMEOUT, 1, 1001, EARLY },

    { { 1, 1 }, TIMEOUT, 0, 1, 1 },
    { { 1, 1 }, REFUSED, 9, 2, 2 },
    { { 1, 10000 }, TIMEOUT, 10, 1024, 1024 },
    { { 1, 10000 }, TIMEOUT, 14, 10000, PROBE },
    { { 1, 2000000000 }, TIMEOUT, 31, 2000000000, PROBE },

    /* far beyond what can be configured, and not too large to be doubled */
    { { 1, INT64_MAX / 4 }, TIMEOUT, UINT64_MAX, INT64_MAX / 4, PROBE },
    { { 1, INT64_MAX / 4 }, REFUSED, UINT64_MAX, INT64_MAX / 4 * 2,
      INT64_MAX / 4 * 2 },
    { { INT64_MAX / 4, INT64_MAX / 4 }, REFUSED, 1, INT64_MAX / 4 * 2,
      INT64_MAX / 4 * 2 }
};


static const range_case_t  ranges[] = {
    { { 1000, 10000 }, TIMEOUT, 0, { { 1000, 1000 }, { 675, EARLY } } },
    { { 1000, 10000 }, TIMEOUT, 1, { { 1500, 2000 }, { 675, EARLY } } },
    { { 1000, 10000 }, TIMEOUT, 2, { { 3000, 4000 }, { 675, EARLY } } },
    { { 1000, 10000 }, TIMEOUT, 9, { { 7500, 10000 }, { 1350, PROBE } } },
    { { 1000, 10000 }, REFUSED, 9, { { 15000, 20000 }, { 15000, 20000 } } },
    { { 1000, 10000 }, REFUSED, 1, { { 1500, 2000 }, { 1500, 2000 } } },
    { { 1000, 10000 }, CHALLENGED, 9, { { 1000, 1000 }, { 1000, 1000 } } },
    { { 1000, 10000 }, INTERNAL, 9, { { 1000, 1000 }, { 0, 0 } } },
    { { 900, 1000 }, TIMEOUT, 1, { { 900, 1000 }, { 675, EARLY } } },
    { { 800, 9000 }, TIMEOUT, 0, { { 800, 800 }, { 675, 800 } } },
    { { 10000, 60000 }, TIMEOUT, 0, { { 10000, 10000 }, { 675, EARLY } } },
    { { 10000, 60000 }, TIMEOUT, 1, { { 15000, 20000 }, { 675, EARLY } } },
    { { 3, 9 }, TIMEOUT, 1, { { 5, 6 }, { 5, 6 } } },
    { { 1, 3 }, TIMEOUT, 0, { { 1, 1 }, { 1, 1 } } }
};


static ngx_http_oauth_token_result_t
result(ngx_http_oauth_token_outcome_e outcome, int status, int64_t retry_after)
{
    ngx_http_oauth_token_result_t  r;

    ngx_http_oauth_token_result_failed(&r, outcome, "reason");

    r.status = status;
    r.retry_after = retry_after;

    return r;
}


static void
test_pauses(void)
{
    size_t                          i;
    char                            name[64];
    int64_t                         retry, probe;
    const pause_case_t             *c;
    ngx_http_oauth_token_result_t   r;

    for (i = 0; i < COUNT(pauses); i++) {
        c = &pauses[i];
        snprintf(name, sizeof(name), "%zu: outcome %d, status %d", i,
                 (int) c->outcome, c->status);

        r = result(c->outcome, c->status, c->retry_after);
        ngx_http_oauth_token_backoff(&backoff, &r, c->failures, 0, &retry,
                                     &probe);

        CHECK_ROW(retry == c->retry, name);
        CHECK_ROW(probe == c->probe, name);
    }

    CHECK_ROWS("pauses by outcome, status, Retry-After and failures");
}


static void
test_confs(void)
{
    size_t                          i;
    char                            name[64];
    int64_t                         retry, probe;
    const conf_case_t              *c;
    ngx_http_oauth_token_result_t   r;

    for (i = 0; i < COUNT(confs); i++) {
        c = &confs[i];
        snprintf(name, sizeof(name), "%zu: backoff %jd %jd", i,
                 (intmax_t) c->conf.min, (intmax_t) c->conf.max);

        r = result(c->outcome, 0, -1);
        ngx_http_oauth_token_backoff(&c->conf, &r, c->failures, 0, &retry,
                                     &probe);

        CHECK_ROW(retry == c->retry, name);
        CHECK_ROW(probe == c->probe, name);
    }

    CHECK_ROWS("pauses by MIN and MAX");
}


static void
widen(int64_t range[2], int64_t value)
{
    if (value < range[0]) {
        range[0] = value;
    }

    if (value > range[1]) {
        range[1] = value;
    }
}


static void
test_ranges(void)
{
    size_t                          i;
    char                            name[64];
    int64_t                         retry, probe;
    range_t                         seen;
    uint64_t                        random;
    const range_case_t             *c;
    ngx_http_oauth_token_result_t   r;

    for (i = 0; i < COUNT(ranges); i++) {
        c = &ranges[i];
        snprintf(name, sizeof(name), "%zu: backoff %jd %jd", i,
                 (intmax_t) c->conf.min, (intmax_t) c->conf.max);

        r = result(c->outcome, 0, -1);
        seen.retry[0] = INT64_MAX;
        seen.retry[1] = INT64_MIN;
        seen.probe[0] = INT64_MAX;
        seen.probe[1] = INT64_MIN;

        for (random = 0; random <= UINT32_MAX; /* void */ ) {
            ngx_http_oauth_token_backoff(&c->conf, &r, c->failures,
                                         (uint32_t) random, &retry, &probe);
            widen(seen.retry, retry);
            widen(seen.probe, probe);

            CHECK_ROW(probe <= retry, name);

            /* all small numbers, since a remainder of them is all there is */

            random += random < 20000 ? 1 : STEP;
        }

        ngx_http_oauth_token_backoff(&c->conf, &r, c->failures, UINT32_MAX,
                                     &retry, &probe);
        widen(seen.retry, retry);
        widen(seen.probe, probe);

        CHECK_ROW(memcmp(&seen, &c->want, sizeof(seen)) == 0, name);
    }

    CHECK_ROWS("a random number takes up to a quarter, but not below MIN");
}


static void
test_shared(void)
{
    int                            o;
    ngx_http_oauth_token_result_t  r;

    for (o = OK; o <= INTERNAL; o++) {
        r = result((ngx_http_oauth_token_outcome_e) o, 0, -1);

        CHECK_ROW(ngx_http_oauth_token_backoff_shared(&r)
                  == (o == TRANSPORT || o == TIMEOUT), "an outcome");
    }

    CHECK_ROWS("no answer is a matter of the endpoint, an answer of the key");
}


int
main(void)
{
    test_pauses();
    test_confs();
    test_ranges();
    test_shared();

    return DONE();
}
