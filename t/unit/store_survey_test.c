
/*
 * The shared store for the eyes of people: the state of each token, what room
 * there is, where providers are counted, and requests that wait.
 */

#include "store.h"
#include "ngx_http_oauth_token_survey.h"
#include "ngx_http_oauth_token_zone.h"


#define SURVEY(name)  ngx_http_oauth_token_survey_##name
#define SEEN(name)    NGX_HTTP_OAUTH_TOKEN_SEEN_##name

#define WORKERS  NGX_HTTP_OAUTH_TOKEN_STATS_WORKERS

/* a pid that no process has */
#define NOBODY   0x7ffffff0


static ngx_http_oauth_token_seen_t  seen;


static int
see(uint64_t n, int64_t now)
{
    memset(&seen, 0xff, sizeof(seen));

    return SURVEY(key)(st, key(n), now, &seen);
}


static void
test_states(void)
{
    fresh(SIZE);
    group = 77;

    CHECK(SURVEY(end)(st) == 0 && !see(1, 0), "nothing is there");

    CHECK(take(1, 10) == RC(OK) && see(1, 11)
          && seen.state == SEEN(FETCHING) && !seen.usable
          && seen.next_try == 0 && seen.failures == 0, "a fetch");
    CHECK(see(1, 10 + FETCH) && seen.state == SEEN(ENDED),
          "whose time is over");

    CHECK(put_due(2, 100, 10, 500, 900) && see(2, 499)
          && seen.state == SEEN(FRESH) && seen.usable, "a fresh token");
    CHECK(seen.group == 77 && seen.kind == NGX_HTTP_OAUTH_TOKEN_KIND_TOKEN
          && memcmp(seen.key, key(2), 32) == 0, "whose it is");
    CHECK(seen.born == 10 && seen.refresh_at == 500 && seen.expires == 905,
          "its times");
    CHECK(see(2, 500) && seen.state == SEEN(DUE) && seen.usable, "due");
    CHECK(see(2, 900) && seen.state == SEEN(ENDED) && !seen.usable, "ended");

    CHECK(take(2, 600) == RC(OK) && see(2, 600)
          && seen.state == SEEN(FETCHING) && seen.usable, "a refresh");
    CHECK(fail_so(2, &claim, 0, 600, 700, 800) == RC(OK) && see(2, 600)
          && seen.state == SEEN(DUE) && seen.failures == 1
          && seen.next_try == 800 && strcmp(seen.reason, "http_401") == 0,
          "that has failed, while a token serves");
    CHECK(see(2, 901) && seen.state == SEEN(PAUSED) && seen.next_try == 700,
          "and when none does");
    CHECK(SURVEY(end)(st) == 2, "all of them");
}


static void
test_kinds(void)
{
    ngx_http_oauth_token_errand_t  e;

    fresh(SIZE);

    e = *errand(key(5), 10, 0);
    e.kind = NGX_HTTP_OAUTH_TOKEN_KIND_REFRESH;

    CHECK(STORE(save)(st, &e, fresh_token(token(5), 50, 100)) == RC(OK)
          && see(5, 20) && seen.kind == NGX_HTTP_OAUTH_TOKEN_KIND_REFRESH,
          "a refresh token");

    endpoint = 9;
    CHECK(take(6, 10) == RC(OK)
          && fail_so(6, &claim, 1, 10, 50, 60) == RC(OK) && see(9, 11)
          && seen.kind == NGX_HTTP_OAUTH_TOKEN_KIND_ENDPOINT
          && seen.next_try == 50 && seen.failures == 1,
          "an endpoint that does not answer");
}


static void
test_room(void)
{
    uint64_t                       n;
    ngx_http_oauth_token_stats_t  *s;

    fresh(SIZE);
    group = 5;

    s = SURVEY(enroll)(st, 5, &group, 1);

    CHECK(room().size == SIZE && room().evicted == 0, "an empty store");

    for (n = 0; n < entries() + 7; n++) {
        CHECK_ROW(put(n, 100, (int64_t) n, 1000), "a token");
    }

    CHECK_ROW(room().entries_free == 0, "none is free");
    CHECK_ROW(room().evicted == 7 && s->evicted == 7, "those that had to go");
    CHECK_ROWS("a full store");

    CHECK(put(1000, 100, 2000, 3000), "another one");
    CHECK(room().evicted == 7, "one that has ended is no loss");
}


static void
test_enroll(void)
{
    uint32_t                       n, i;
    uint64_t                       groups[64];
    ngx_http_oauth_token_stats_t  *s;

    fresh(SIZE);
    free(memory);
    memory = grab(SIZE);
    st = STORE(create)(memory, SIZE, 3);
    n = st->zone.nstats;

    CHECK(n == 3, "so many records as were asked for");

    for (i = 0; i < 4; i++) {
        groups[i] = i + 1;
    }

    s = SURVEY(enroll)(st, 1, groups, 3);
    CHECK(s && s->group == 1, "a new one");
    ngx_http_oauth_token_stats_add(s->retries);
    CHECK(SURVEY(enroll)(st, 1, groups, 3) == s && s->retries == 1,
          "again: the counters go on");
    CHECK(SURVEY(enroll)(st, 2, groups, 3) && SURVEY(enroll)(st, 3, groups, 3),
          "all of them");
    CHECK(SURVEY(enroll)(st, 4, groups, 4) == NULL, "there is no other");

    groups[0] = 4;
    s = SURVEY(enroll)(st, 4, groups, 3);
    CHECK(s && s->group == 4 && s->retries == 0,
          "one gets the record of a provider that is no more");
    CHECK(SURVEY(enroll)(st, 2, groups, 3)->group == 2, "others stay");

    st = STORE(create)(memory, SIZE, 1000);
    CHECK(st->zone.nstats * sizeof(ngx_http_oauth_token_stats_t) <= SIZE / 4
          && st->zone.nstats > 3, "a quarter of the memory at most");
    memset(ngx_http_oauth_token_zone_stats(&st->zone, 0), 1,
           st->zone.nstats * sizeof(ngx_http_oauth_token_stats_t));
    st = STORE(create)(memory, RC(MIN) + 13, 1);
    CHECK(SURVEY(enroll)(st, 9, groups, 0) != NULL, "an odd size");
}


static void
test_waiting(void)
{
    uint32_t                       i, place;
    uint64_t                       own;
    ngx_http_oauth_token_stats_t  *s;

    fresh(SIZE);
    own = 8;
    s = SURVEY(enroll)(st, 8, &own, 1);

    CHECK(SURVEY(waiting)(st, s) == 0, "nobody waits");

    place = SURVEY(join)(st, getpid());
    CHECK(place < WORKERS, "a worker's place");
    s->waiting[place] = 3;
    CHECK(SURVEY(waiting)(st, s) == 3, "three wait in it");

    i = SURVEY(join)(st, NOBODY);
    CHECK(i < WORKERS && i != place, "that of another one");
    s->waiting[i] = 5;
    CHECK(SURVEY(waiting)(st, s) == 3, "which is dead");
    CHECK(SURVEY(join)(st, getpid()) == i && s->waiting[i] == 0,
          "its place is given away, and empty");

    SURVEY(part)(st, i);
    CHECK(SURVEY(join)(st, getpid()) == i, "so is that of one that has ended");

    for (i = 2; i < WORKERS; i++) {
        CHECK_ROW(SURVEY(join)(st, getpid()) < WORKERS, "a place");
    }

    CHECK_ROW(SURVEY(join)(st, getpid()) == WORKERS, "no place");
    CHECK_ROWS("places for so many workers");

    SURVEY(part)(st, WORKERS);
    CHECK(SURVEY(join)(st, getpid()) == WORKERS, "who has none leaves none");
}


int
main(void)
{
    test_states();
    test_kinds();
    test_room();
    test_enroll();
    test_waiting();

    free(memory);

    return DONE();
}
