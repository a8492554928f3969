
/*
 * What is counted of a provider: fetch times, the latest fetches, and reasons,
 * which a provider may word anew each time.
 */

#include "check.h"
#include "ngx_http_oauth_token_stats.h"


#define STATS(name)  ngx_http_oauth_token_stats_##name

#define BUCKETS  NGX_HTTP_OAUTH_TOKEN_STATS_BUCKETS
#define REASONS  NGX_HTTP_OAUTH_TOKEN_STATS_REASONS
#define RECENT   NGX_HTTP_OAUTH_TOKEN_STATS_RECENT
#define LONGEST  NGX_HTTP_OAUTH_TOKEN_STATS_LONGEST


typedef struct {
    int64_t    ms;
    unsigned   bucket;
    uint32_t   kept;
} time_case_t;


static ngx_http_oauth_token_stats_t  s;
static char                          text[NGX_HTTP_OAUTH_TOKEN_STATS_REASON];


static const time_case_t  times[] = {
    { 0, 0, 0 }, { 10, 0, 10 }, { 11, 1, 11 }, { 25, 1, 25 }, { 26, 2, 26 },
    { 100, 3, 100 }, { 500, 5, 500 }, { 30000, 10, 30000 },
    { 30001, 11, 30001 }, { LONGEST, 11, LONGEST },
    { (int64_t) LONGEST + 1, 11, LONGEST }, { INT64_MAX, 11, LONGEST },
    { -1, 0, 0 }, { INT64_MIN, 0, 0 }
};


static void
clear(void)
{
    memset(&s, 0, sizeof(s));
}


static void
test_times(void)
{
    int       outcome;
    size_t    i;
    uint32_t  ms;
    uint64_t  sum;

    clear();
    CHECK(!STATS(recent)(&s, 0, &outcome, &ms), "nothing was fetched");

    sum = 0;

    for (i = 0; i < COUNT(times); i++) {
        clear();
        STATS(fetched)(&s, 2, times[i].ms, 1700000000000);

        CHECK_ROW(s.buckets[times[i].bucket] == 1, "its bucket");
        CHECK_ROW(s.fetches[2] == 1, "its outcome");
        CHECK_ROW(s.fetched_ms == times[i].kept, "its time");
        CHECK_ROW(STATS(recent)(&s, 0, &outcome, &ms) && outcome == 2
                  && ms == times[i].kept, "what is remembered of it");
        CHECK_ROW(s.success_at == 0, "no success");

        sum += times[i].kept;
    }

    CHECK_ROWS("fetch times");

    clear();
    STATS(fetched)(&s, 0, 5, 1700000000000);
    CHECK(s.success_at == 1700000000000 && sum > 0, "a success");
}


static void
test_recent(void)
{
    int       outcome;
    uint32_t  ms;
    uint64_t  i;

    clear();

    for (i = 0; i < 2 * RECENT + 5; i++) {
        STATS(fetched)(&s, (int) (i % 8), (int64_t) i, 1);
    }

    for (i = 0; i < RECENT; i++) {
        CHECK_ROW(STATS(recent)(&s, i, &outcome, &ms)
                  && ms == 2 * RECENT + 4 - i
                  && outcome == (int) (ms % 8), "one of the last");
    }

    CHECK_ROW(!STATS(recent)(&s, RECENT, &outcome, &ms), "no other");
    CHECK_ROWS("the latest fetches");
}


static void
test_reasons(void)
{
    char      name[64];
    uint64_t  i;

    clear();
    CHECK(!STATS(reason)(&s, 0, text) && !STATS(reason)(&s, REASONS - 1, text)
          && !STATS(reason)(&s, REASONS, text)
          && !STATS(reason)(&s, UINT64_MAX, text), "there are no reasons");

    for (i = 0; i < REASONS + 5; i++) {
        snprintf(name, sizeof(name), "reason_%d", (int) i);

        STATS(failed)(&s, name, 42);
        STATS(failed)(&s, name, 43);
        STATS(refused)(&s, name);
    }

    for (i = 0; i < REASONS - 1; i++) {
        snprintf(name, sizeof(name), "reason_%d", (int) i);

        CHECK_ROW(STATS(reason)(&s, i, text) && strcmp(text, name) == 0,
                  "its text");
        CHECK_ROW(s.reasons[i].fetches == 2 && s.reasons[i].requests == 1,
                  "its counts");
    }

    CHECK_ROWS("reasons that there is room for");
    CHECK(STATS(reason)(&s, REASONS - 1, text) && strcmp(text, "other") == 0
          && s.reasons[REASONS - 1].fetches == 12
          && s.reasons[REASONS - 1].requests == 6, "all others");
    CHECK(s.failure == REASONS - 1 && s.failure_at == 43, "the last failure");
    CHECK(s.requests[NGX_HTTP_OAUTH_TOKEN_STATS_ERROR] == REASONS + 5,
          "requests that got no token");

    clear();
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    STATS(failed)(&s, name, 1);
    name[31] = '\0';
    STATS(failed)(&s, name, 1);
    CHECK(s.reasons[0].fetches == 2 && STATS(reason)(&s, 0, text)
          && strcmp(text, name) == 0, "a long one is cut");

    s.reasons[0].text[0]++;
    CHECK(!STATS(reason)(&s, 0, text), "one that is just being written");

    clear();
    STATS(refused)(&s, "");
    CHECK(s.reasons[0].requests == 1 && STATS(reason)(&s, 0, text)
          && text[0] == '\0', "an empty one counts, too");
}


int
main(void)
{
    test_times();
    test_recent();
    test_reasons();

    return DONE();
}
