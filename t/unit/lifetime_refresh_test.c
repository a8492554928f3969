
/*
 * How long a token lives before it is to be refreshed: a new one, and one that
 * was handed out once more.
 */

#include <stdint.h>

#include "check.h"
#include "ngx_http_oauth_token_lifetime.h"


#define HOUR  3600000LL
#define DAY   86400000LL

/* as short as that a tenth of it, halved, is no time at all */
#define SHORT  20

/* enough random numbers in a row to have all remainders of a tenth */
#define RANDOMS  100000

/* tokens that come at once, and their lifetime: due over 360 s */
#define SPREAD       10000
#define SPREAD_LIFE  HOUR


/* the times of all random numbers; the latest is that of 0 */
typedef struct {
    int64_t   lifetime;
    int64_t   before;
    unsigned  percent;
    int64_t   earliest;
    int64_t   latest;
} refresh_case_t;


typedef struct {
    int64_t   lifetime;
    int64_t   want;
} again_case_t;


static const refresh_case_t  refreshes[] = {

    /* by a part */
    { 100000, -1, 1, 89000, 99000 },
    { 100000, -1, 20, 70000, 80000 },
    { 100000, -1, 50, 40000, 50000 },
    { 100000, -1, 85, 5000, 15000 },
    { 100000, -1, 86, 5000, 14000 },
    { 100000, -1, 90, 5000, 10000 },
    { 100000, -1, 91, 40000, 50000 },
    { 100000, -1, 99, 40000, 50000 },
    { 100000, INT64_MIN, 20, 70000, 80000 },
    { HOUR, -1, 20, 2520000, 2880000 },
    { DAY, -1, 20, 60480000, 69120000 },

    /* by a time, whatever the part */
    { 100000, 0, 0, 90000, 100000 },
    { 100000, 0, 99, 90000, 100000 },
    { 100000, 1, 20, 89999, 99999 },
    { 100000, 30000, 0, 60000, 70000 },
    { 100000, 85000, 0, 5000, 15000 },
    { 100000, 90000, 0, 5000, 10000 },
    { 100000, 90001, 0, 40000, 50000 },
    { 100000, 100000, 0, 40000, 50000 },
    { 100000, INT64_MAX, 0, 40000, 50000 },
    { HOUR, 600000, 0, 2640000, 3000000 },

    /* what a hundred and ten do not divide */
    { 1050, -1, 33, 599, 704 },
    { 199, -1, 50, 81, 100 },
    { 99, -1, 50, 41, 50 },
    { 199, -1, 99, 81, 100 },

    /* short ones */
    { 1000, -1, 20, 700, 800 },
    { 100, -1, 20, 70, 80 },
    { 20, -1, 20, 14, 16 },
    { 20, -1, 90, 1, 2 },
    { 9, -1, 50, 5, 5 },
    { 1, -1, 20, 1, 1 },
    { 1, -1, 99, 1, 1 },
    { 1, 5, 0, 1, 1 },
    { 0, -1, 20, 0, 0 },
    { 0, 5, 0, 0, 0 }
};


static const again_case_t  agains[] = {
    { 0, 2000 }, { 1, 2000 }, { 2000, 2000 }, { 3999, 2000 },
    { 4000, 2000 }, { 4001, 2000 }, { 4002, 2001 },
    { 100000, 50000 }, { HOUR, HOUR / 2 }, { DAY, DAY / 2 },
    { INT64_MAX, INT64_MAX / 2 }
};


static const int64_t  lifetimes[] = {
    1, 2, 3, 7, 9, 10, 11, 19, 20, 21, 59, 99, 100, 101, 999, 1000, 1001,
    1999, 59999, 60000, 300000, 899000, HOUR - 1, HOUR, DAY - 1, DAY
};


static const uint32_t  randoms[] = {
    0, 1, 2, 9, 10, 11, 0x7fffffff, 0x80000000, 0xdeadbeef, UINT32_MAX - 1,
    UINT32_MAX
};


static void
test_refresh(void)
{
    char                   name[64];
    size_t                 i;
    int64_t                in, least, most;
    uint32_t               random, step;
    const refresh_case_t  *c;

    for (i = 0; i < COUNT(refreshes); i++) {
        c = &refreshes[i];
        snprintf(name, sizeof(name), "%jd, %jd or %u%%",
                 (intmax_t) c->lifetime, (intmax_t) c->before, c->percent);

        CHECK_ROW(ngx_http_oauth_token_refresh_in(c->lifetime, c->before,
                                                  c->percent, 0)
                  == c->latest, name);

        least = INT64_MAX;
        most = INT64_MIN;

        /* every tenth above divides by it, so that its end is not missed */

        step = c->lifetime > 10LL * RANDOMS ? 120 : 1;

        for (random = 0; random < RANDOMS; random++) {
            in = ngx_http_oauth_token_refresh_in(c->lifetime, c->before,
                                                 c->percent, random * step);
            least = in < least ? in : least;
            most = in > most ? in : most;
        }

        CHECK_ROW(most == c->latest, name);
        CHECK_ROW(least == c->earliest, name);
    }

    CHECK_ROWS("[C11] a new token's time, and up to a tenth earlier");
}


static void
test_bounds(void)
{
    char      name[64];
    size_t    i, k;
    int64_t   in, before;
    unsigned  percent;

    for (i = 0; i < COUNT(lifetimes); i++) {

        for (percent = 1; percent < 100; percent++) {

            /* the part, and a time up to the whole */

            before = lifetimes[i] * percent / 99;
            snprintf(name, sizeof(name), "%jd, %u%%",
                     (intmax_t) lifetimes[i], percent);

            for (k = 0; k < COUNT(randoms); k++) {
                in = ngx_http_oauth_token_refresh_in(lifetimes[i], -1,
                                                     percent, randoms[k]);
                CHECK_ROW(in >= (lifetimes[i] >= SHORT), name);
                CHECK_ROW(in <= lifetimes[i], name);

                in = ngx_http_oauth_token_refresh_in(lifetimes[i], before,
                                                     0, randoms[k]);
                CHECK_ROW(in >= (lifetimes[i] >= SHORT), name);
                CHECK_ROW(in <= lifetimes[i], name);
            }
        }
    }

    CHECK_ROWS("later than now, and not after its end");

    CHECK(ngx_http_oauth_token_refresh_in(INT64_MAX, -1, 99, UINT32_MAX)
          == INT64_MAX - INT64_MAX / 2 - UINT32_MAX
          && ngx_http_oauth_token_refresh_in(INT64_MAX, -1, 20, 0)
             == INT64_MAX - (INT64_MAX / 100 * 20 + 1)
          && ngx_http_oauth_token_refresh_in(INT64_MAX, 0, 0, 7)
             == INT64_MAX - 7, "the longest lifetime does not overflow");
}


/* so many of 10,000 tokens of an hour become due in each second */

static void
test_spread(void)
{
    int64_t   in;
    uint32_t  n, most, seed, due[SPREAD_LIFE / 10000 + 1];

    memset(due, 0, sizeof(due));

    most = 0;
    seed = 1;

    for (n = 0; n < SPREAD; n++) {
        seed = seed * 1664525 + 1013904223;
        in = ngx_http_oauth_token_refresh_in(SPREAD_LIFE, -1, 50, seed >> 8);
        in = (in - SPREAD_LIFE * 4 / 10) / 1000;

        if (in < 0 || in > (int64_t) COUNT(due) - 1) {
            most = UINT32_MAX;
            break;
        }

        due[in]++;
        most = due[in] > most ? due[in] : most;
    }

    CHECK(most <= 3 * SPREAD / (SPREAD_LIFE / 10000),
          "[C11] of 10,000 tokens at most three times the mean in a second");
}


/* a provider that hands out one token until its end, which is not used then */

static void
test_same(void)
{
    int      n;
    size_t   i;
    int64_t  left;

    static const struct {
        int64_t  lifetime;
        int      requests;
    } lives[] = {
        { 300000, 6 }, { HOUR, 10 }, { DAY, 14 }
    };

    for (i = 0; i < COUNT(lives); i++) {
        n = 1;
        left = lives[i].lifetime
               - ngx_http_oauth_token_refresh_in(lives[i].lifetime, -1, 50, 0);

        while (left > ngx_http_oauth_token_leeway(lives[i].lifetime, -1)) {
            left -= ngx_http_oauth_token_again_in(left);
            n++;
        }

        CHECK_ROW(n <= lives[i].requests, "requests in a life");
    }

    CHECK_ROWS("[C12] the same token for its whole life: few requests");
}


static void
test_again(void)
{
    char    name[64];
    size_t  i;

    for (i = 0; i < COUNT(agains); i++) {
        snprintf(name, sizeof(name), "%jd", (intmax_t) agains[i].lifetime);

        CHECK_ROW(ngx_http_oauth_token_again_in(agains[i].lifetime)
                  == agains[i].want, name);
    }

    CHECK_ROWS("[C12] the same token once more: after half of what is left");
}


int
main(void)
{
    test_refresh();
    test_bounds();
    test_again();
    test_spread();
    test_same();

    return DONE();
}
