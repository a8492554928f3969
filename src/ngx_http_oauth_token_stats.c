
#include "ngx_http_oauth_token_cold.h"

#include <string.h>

#include "ngx_http_oauth_token_stats.h"


#define STATS_ADD(member)  ngx_http_oauth_token_stats_add(member)
#define STATS_GET(member)  ngx_http_oauth_token_stats_get(member)
#define STATS_SET(member, value)                                              \
    __atomic_store_n(&(member), value, __ATOMIC_RELAXED)

#define REASONS  NGX_HTTP_OAUTH_TOKEN_STATS_REASONS
#define RECENT   NGX_HTTP_OAUTH_TOKEN_STATS_RECENT
#define WORDS    (NGX_HTTP_OAUTH_TOKEN_STATS_REASON / 8)

/* of a fetch that is remembered: set, so that 0 is none */
#define RECENT_SET      0x80000000
#define RECENT_OUTCOME  24


const uint32_t  ngx_http_oauth_token_stats_bounds[] = {
    10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000
};


static uint64_t ngx_http_oauth_token_stats_mark(const char *text);
static unsigned ngx_http_oauth_token_stats_place(
    ngx_http_oauth_token_stats_t *s, const char *reason);


void
ngx_http_oauth_token_stats_fetched(ngx_http_oauth_token_stats_t *s,
    int outcome, int64_t ms, int64_t wall)
{
    unsigned  i;
    uint32_t  value;
    uint64_t  n;

    if (ms < 0) {
        ms = 0;

    } else if (ms > NGX_HTTP_OAUTH_TOKEN_STATS_LONGEST) {
        ms = NGX_HTTP_OAUTH_TOKEN_STATS_LONGEST;
    }

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_BUCKETS - 1; i++) {
        if (ms <= ngx_http_oauth_token_stats_bounds[i]) {
            break;
        }
    }

    STATS_ADD(s->buckets[i]);
    STATS_ADD(s->fetches[outcome]);

    (void) __atomic_add_fetch(&s->fetched_ms, (uint64_t) ms, __ATOMIC_RELAXED);

    n = __atomic_fetch_add(&s->nrecent, 1, __ATOMIC_RELAXED);
    value = RECENT_SET | (uint32_t) outcome << RECENT_OUTCOME | (uint32_t) ms;

    STATS_SET(s->recent[n % RECENT], value);

    if (outcome == 0) {
        STATS_SET(s->success_at, (uint64_t) wall);
    }
}


void
ngx_http_oauth_token_stats_failed(ngx_http_oauth_token_stats_t *s,
    const char *reason, int64_t wall)
{
    unsigned  i;

    i = ngx_http_oauth_token_stats_place(s, reason);

    STATS_ADD(s->reasons[i].fetches);
    STATS_SET(s->failure, (uint64_t) i);
    STATS_SET(s->failure_at, (uint64_t) wall);
}


void
ngx_http_oauth_token_stats_refused(ngx_http_oauth_token_stats_t *s,
    const char *reason)
{
    unsigned  i;

    i = ngx_http_oauth_token_stats_place(s, reason);

    STATS_ADD(s->reasons[i].requests);
    STATS_ADD(s->requests[NGX_HTTP_OAUTH_TOKEN_STATS_ERROR]);
}


/* where a reason is counted, which may be new */

static unsigned
ngx_http_oauth_token_stats_place(ngx_http_oauth_token_stats_t *s,
    const char *reason)
{
    size_t                                len;
    uint64_t                              mark, there, words[WORDS];
    unsigned                              i, j;
    ngx_http_oauth_token_stats_reason_t  *r;

    mark = ngx_http_oauth_token_stats_mark(reason);

    for (i = 0; i < REASONS - 1; i++) {
        r = &s->reasons[i];
        there = STATS_GET(r->mark);

        if (there == mark) {
            return i;
        }

        if (there != 0) {
            continue;
        }

        if (!__atomic_compare_exchange_n(&r->mark, &there, mark, 0,
                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        {
            if (there == mark) {
                return i;
            }

            continue;
        }

        len = strlen(reason);
        len = len < sizeof(words) ? len : sizeof(words) - 1;

        memset(words, 0, sizeof(words));
        memcpy(words, reason, len);

        for (j = 0; j < WORDS; j++) {
            STATS_SET(r->text[j], words[j]);
        }

        return i;
    }

    return REASONS - 1;
}


/* FNV-1a, of what fits into a reason; not 0 */

static uint64_t
ngx_http_oauth_token_stats_mark(const char *text)
{
    size_t    i;
    uint64_t  mark;

    mark = UINT64_C(0xcbf29ce484222325);

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_REASON - 1 && text[i]; i++) {
        mark ^= (unsigned char) text[i];
        mark *= UINT64_C(0x100000001b3);
    }

    return mark | 1;
}


int
ngx_http_oauth_token_stats_reason(ngx_http_oauth_token_stats_t *s, uint64_t i,
    char text[NGX_HTTP_OAUTH_TOKEN_STATS_REASON])
{
    uint64_t                              mark, words[WORDS];
    unsigned                              j;
    ngx_http_oauth_token_stats_reason_t  *r;

    if (i >= REASONS) {
        return 0;
    }

    r = &s->reasons[i];

    if (i == REASONS - 1) {
        memcpy(text, "other", sizeof("other"));
        return STATS_GET(r->requests) || STATS_GET(r->fetches);
    }

    mark = STATS_GET(r->mark);

    for (j = 0; j < WORDS; j++) {
        words[j] = STATS_GET(r->text[j]);
    }

    memcpy(text, words, NGX_HTTP_OAUTH_TOKEN_STATS_REASON);
    text[NGX_HTTP_OAUTH_TOKEN_STATS_REASON - 1] = '\0';

    return mark != 0 && ngx_http_oauth_token_stats_mark(text) == mark;
}


int
ngx_http_oauth_token_stats_recent(ngx_http_oauth_token_stats_t *s, uint64_t n,
    int *outcome, uint32_t *ms)
{
    uint32_t  value;
    uint64_t  count;

    count = STATS_GET(s->nrecent);

    if (n >= RECENT || n >= count) {
        return 0;
    }

    value = STATS_GET(s->recent[(count - 1 - n) % RECENT]);

    *outcome = (int) (value >> RECENT_OUTCOME & 0x7f);
    *ms = value & NGX_HTTP_OAUTH_TOKEN_STATS_LONGEST;

    return value != 0;
}
