
/*
 * The shared store's tokens that come without a claim, and those that are
 * taken away: one by one, or a whole group.
 */

#include "store.h"

#include <signal.h>

#include "ngx_http_oauth_token_zone.h"


/* so many entries a purge looks at in one go */
#define STEP   256

/* of a store that takes more than two goes */
#define LARGE  (1024 * 1024)


/* which token is named, when the one that is there is of 100 */
typedef enum {
    WHATEVER,
    THAT_ONE,
    ITS_FORERUNNER,
    ANOTHER_ENTRY
} named_e;


typedef struct {
    named_e                        named;
    int64_t                        now;
    int64_t                        min_age;
    ngx_http_oauth_token_store_e   want;
} drop_case_t;


static const drop_case_t  drops[] = {
    { WHATEVER, 100, 0, RC(OK) },
    { WHATEVER, 104, 5, RC(FRESH) },
    { WHATEVER, 105, 5, RC(OK) },
    { WHATEVER, 100, 1, RC(FRESH) },
    { WHATEVER, 9999, 0, RC(OK) },

    { THAT_ONE, 100, 0, RC(OK) },
    { THAT_ONE, 104, 5, RC(FRESH) },
    { THAT_ONE, 105, 5, RC(OK) },

    { ITS_FORERUNNER, 100, 0, RC(STALE) },
    { ITS_FORERUNNER, 104, 5, RC(STALE) },
    { ANOTHER_ENTRY, 100, 0, RC(STALE) },
    { ANOTHER_ENTRY, 104, 5, RC(STALE) }
};


static ngx_http_oauth_token_store_e
save(uint64_t n, uint64_t text, size_t len, int64_t now, int64_t until)
{
    ngx_http_oauth_token_fresh_t  f;

    f = *fresh_token(token(text), len, until);
    f.refresh_at = until - 3;
    f.again_at = until - 7;

    return STORE(save)(st, errand(key(n), now, 0), &f);
}


static ngx_http_oauth_token_store_e
drop(uint64_t n, int64_t now, int64_t min_age)
{
    return STORE(drop)(st, key(n), NULL, now, min_age);
}


static void
test_save(void)
{
    uint64_t                       n;
    uint32_t                       start;
    ngx_http_oauth_token_stored_t  old;

    fresh(SIZE);
    start = cells_free();
    CHECK(save(1, 5, 500, 10, 100) == RC(OK) && has(1, 5, 500, 99)
          && !finds(1, 100), "bytes are kept without a claim");
    CHECK(stored.born == 10 && stored.refresh_at == 97
          && stored.usable_until == 100 && stored.expires == 105,
          "with their times");
    old = stored;

    CHECK(save(1, 6, 300, 20, 200) == RC(OK) && has(1, 6, 300, 150)
          && remains(5, 500) == 0 && stored.generation > old.generation
          && stored.entry == old.entry && stored.born == 20
          && cells_free() == start - 2, "in the place of others");
    CHECK(save(1, 6, 300, 30, 200) == RC(OK) && finds(1, 30)
          && stored.refresh_at == 197 && stored.born == 30
          && cells_free() == start - 2, "also of the same");

    for (n = 0; n < entries(); n++) {
        CHECK_ROW(save(n, n, CELL, 40, 1000) == RC(OK), "one more");
    }

    for (n = 0; n < entries(); n++) {
        CHECK_ROW(has(n, n, CELL, 40), "all there");
    }

    CHECK_ROWS("a place of its own for each key");

    CHECK(save(900, 900, 9, 50, 1000) == RC(OK) && has(900, 900, 9, 50)
          && room().entries_free == 0, "an older one makes room");
    CHECK(save(900, 901, SIZE, 60, 1000) == RC(FULL) && has(900, 900, 9, 60),
          "too large bytes change nothing");

    fresh(RC(MIN));

    for (n = 0; n < entries(); n++) {
        (void) take(n, 0);
    }

    CHECK(save(100, 100, 9, 0, 1000) == RC(FULL) && !knows(100),
          "full when every entry is claimed");
}


static void
test_save_beside(void)
{
    ngx_http_oauth_token_claim_t  running;

    fresh(SIZE);
    (void) take(1, 0);
    running = claim;
    CHECK(save(1, 5, 500, 10, 100) == RC(OK)
          && STORE(claimed)(st, &running, 10), "a claim runs on");
    CHECK(publish(1, &running, 6, 9, 20, 200) == RC(OK) && has(1, 6, 9, 20)
          && remains(5, 500) == 0, "and ends as ever");

    (void) take(2, 0);
    (void) fail(2, &claim, 0, 300, 50, 400);
    CHECK(save(2, 5, 500, 10, 100) == RC(OK) && has(2, 5, 500, 10)
          && remains(50, 400) == 0
          && !STORE(detail)(st, key(2), claim.id, &stored),
          "the place of a detail");
    CHECK(take(2, 100) == RC(PAUSED) && failure.probe_at == 300,
          "no end of a pause");
}


static void
test_drop(void)
{
    size_t                          i;
    char                            name[64];
    uint64_t                        losses;
    ngx_http_oauth_token_stored_t   places[4];
    const drop_case_t              *c;
    ngx_http_oauth_token_store_e    rc;

    for (i = 0; i < COUNT(drops); i++) {
        c = &drops[i];
        snprintf(name, sizeof(name), "%zu: at %d", i, (int) c->now);

        fresh(SIZE);
        (void) put(1, 500, 0, 50);
        places[ITS_FORERUNNER] = stored;
        (void) put(2, 300, 100, 1000);
        (void) put(1, 400, 100, 1000);
        places[THAT_ONE] = stored;
        places[ANOTHER_ENTRY] = stored;
        places[ANOTHER_ENTRY].entry++;

        losses = STORE(losses)(st);
        rc = STORE(drop)(st, key(1),
                         c->named == WHATEVER ? NULL : &places[c->named],
                         c->now, c->min_age);

        CHECK_ROW(rc == c->want, name);
        CHECK_ROW((STORE(losses)(st) > losses) == (rc == RC(OK)), name);
        CHECK_ROW(has(1, 1, 400, 100) == (rc != RC(OK)), name);
        CHECK_ROW(remains(1, 400) == (rc == RC(OK) ? 0 : 50), name);
        CHECK_ROW((*STORE(watch)(st, places[THAT_ONE].entry)
                   == places[THAT_ONE].generation) == (rc != RC(OK)), name);
        CHECK_ROW(take(1, 200) == (rc == RC(OK) ? RC(OK) : RC(FRESH)), name);
        CHECK_ROW(has(2, 2, 300, 100), "another key");
    }

    CHECK_ROWS("a token is taken away: that one, when it is not too young");
}


static void
test_drop_leaves(void)
{
    uint32_t                       start;
    ngx_http_oauth_token_claim_t   running;
    ngx_http_oauth_token_stored_t  old;

    fresh(SIZE);
    start = cells_free();
    (void) put_due(1, 500, 0, 100, 1000);
    old = stored;
    CHECK(drop(1, 50, 0) == RC(OK) && cells_free() == start && knows(1)
          && room().entries_free == entries() - 1,
          "its cells are back, its entry stays");
    CHECK(*STORE(watch)(st, old.entry) > old.generation
          && !STORE(copy)(st, &old, NULL), "the generation goes on");
    CHECK(drop(1, 50, 0) == RC(STALE)
          && STORE(drop)(st, key(1), &old, 50, 0) == RC(STALE)
          && cells_free() == start, "once is enough");
    CHECK(drop(2, 50, 0) == RC(STALE) && !knows(2), "a key that is not there");

    CHECK(put(1, 400, 60, 1000) && has(1, 1, 400, 60)
          && STORE(drop)(st, key(1), &old, 70, 0) == RC(STALE)
          && has(1, 1, 400, 70), "its successor is another one");

    (void) put(3, 300, 0, 100);
    CHECK(drop(3, 200, 0) == RC(OK) && remains(3, 300) == 0,
          "also one that has ended");

    fresh(SIZE);
    (void) take(1, 0);
    (void) fail(1, &claim, 0, 300, 50, 400);
    CHECK(drop(1, 10, 0) == RC(STALE)
          && STORE(detail)(st, key(1), claim.id, &stored) && reads(50, 400),
          "a detail is no token");

    fresh(SIZE);
    (void) put_due(1, 500, 0, 100, 1000);
    (void) take(1, 100);
    running = claim;
    CHECK(drop(1, 110, 0) == RC(OK) && STORE(claimed)(st, &running, 110)
          && take(1, 110) == RC(CLAIMED)
          && publish(1, &running, 2, 9, 120, 1000) == RC(OK)
          && has(1, 2, 9, 120), "a claim runs on");

    fresh(SIZE);
    (void) put_due(1, 500, 0, 100, 1000);
    (void) take(1, 100);
    (void) fail_so(1, &claim, 0, 110, 200, 400);
    (void) drop(1, 120, 0);
    CHECK(take(1, 199) == RC(PAUSED) && take(1, 200) == RC(OK)
          && claim.failures == 1,
          "the pause is then the one of those without a token");
}


/* tokens of group n % 4 under the keys from 0 on; 0 is no group of any key */

static void
put_groups(uint64_t n)
{
    while (n-- > 0) {
        group = n % 4 + 1;
        CHECK_ROW(put(n, 20, 0, 1000), "put");
    }
}


static void
test_purge(void)
{
    uint64_t  g, n, count, losses;
    uint32_t  start;

    fresh(LARGE);
    count = entries();
    start = cells_free();
    CHECK(count > 2 * STEP && STORE(purge)(st, 1) == RC(OK)
          && STORE(purge)(st, 0) == RC(OK), "nothing to purge");

    for (g = 0; g <= 5; g++) {
        fresh(LARGE);
        put_groups(count);

        losses = STORE(losses)(st);
        CHECK_ROW(STORE(purge)(st, g) == RC(OK), "purge");
        CHECK_ROW(STORE(losses)(st) > losses, "counted");

        for (n = 0; n < count; n++) {
            if (g == 0 || n % 4 + 1 == g) {
                CHECK_ROW(!finds(n, 0) && knows(n), "taken away");

            } else {
                CHECK_ROW(has(n, n, 20, 0), "left");
            }
        }

        CHECK_ROW(g != 0 || cells_free() == start, "all cells");
    }

    CHECK_ROWS("a purge takes one group or all, of how many there may be");

    fresh(LARGE);
    put_groups(2 * STEP + 1);
    (void) STORE(purge)(st, 1);
    CHECK(STORE(purge)(st, 2) == RC(OK)
          && !finds(0, 0) && !finds(1, 0) && finds(2, 0) && finds(3, 0)
          && !finds(2 * STEP, 0), "one group after the other");
}


static void
test_purge_leaves(void)
{
    ngx_http_oauth_token_claim_t   running, failed;
    ngx_http_oauth_token_stored_t  old;

    fresh(SIZE);
    (void) put_due(1, 500, 0, 100, 1000);
    old = stored;
    (void) take(1, 100);
    running = claim;
    (void) take(2, 0);
    failed = claim;
    (void) fail(2, &failed, 0, 300, 50, 400);
    (void) save(3, 3, 800, 0, 9999);
    group = 2;
    (void) put_due(4, 160, 0, 10, 1000);
    (void) take(4, 20);
    (void) fail_so(4, &claim, 0, 20, 200, 400);
    group = 1;

    CHECK(STORE(purge)(st, 1) == RC(OK) && remains(1, 500) == 0
          && remains(3, 800) == 0 && has(4, 4, 160, 0), "wiped");
    CHECK(*STORE(watch)(st, old.entry) > old.generation
          && !STORE(copy)(st, &old, NULL), "the generation goes on");
    CHECK(STORE(claimed)(st, &running, 100) && take(1, 100) == RC(CLAIMED),
          "a claim runs on");
    CHECK(take(2, 299) == RC(PAUSED) && failure.claim == failed.id
          && STORE(detail)(st, key(2), failed.id, &stored) && reads(50, 400),
          "details and failures stay");
    CHECK(publish(1, &running, 7, 9, 110, 2000) == RC(STALE)
          && !finds(1, 110), "but what it fetches is of before the purge");
    CHECK(!STORE(claimed)(st, &running, 110) && take(1, 110) == RC(OK)
          && publish(1, &claim, 8, 9, 120, 1000) == RC(OK)
          && has(1, 8, 9, 120), "and who asks next fetches anew, at once");

    CHECK(STORE(purge)(st, 0) == RC(OK) && remains(4, 160) == 0
          && take(4, 199) == RC(PAUSED), "all, but for the pause");
    CHECK(take(4, 200) == RC(OK) && claim.failures == 1,
          "which is then one without a token");

    /* whoever asks last tells whose it is */

    fresh(SIZE);
    (void) put(1, 9, 0, 1000);
    group = 2;
    (void) take(1, 10);
    CHECK(STORE(purge)(st, 1) == RC(OK) && finds(1, 10)
          && STORE(purge)(st, 2) == RC(OK) && !finds(1, 10),
          "a key whose group has changed");
}


/* what a live process has locked is left as it is */

static void
test_busy(void)
{
    pid_t                          other;
    uint64_t                       losses;
    ngx_http_oauth_token_claim_t   running;
    ngx_http_oauth_token_stored_t  old;

    fresh(SIZE);
    (void) put_due(1, 500, 0, 100, 1000);
    old = stored;
    (void) take(1, 100);
    running = claim;
    losses = STORE(losses)(st);

    other = fork();

    if (other == 0) {
        (void) pause();
        _exit(0);
    }

    st->zone.lock = (uint32_t) other;

    CHECK_ROW(take(2, 0) == RC(BUSY) && claim.id == 0, "claim");
    CHECK_ROW(publish(1, &running, 2, 9, 110, 1000) == RC(BUSY), "publish");
    CHECK_ROW(fail(1, &running, 110, 200, 0, 0) == RC(BUSY)
              && failure.claim == running.id, "fail");
    CHECK_ROW(save(3, 3, 9, 0, 1000) == RC(BUSY), "save");
    CHECK_ROW(drop(1, 110, 0) == RC(BUSY), "drop");
    CHECK_ROW(STORE(purge)(st, 0) == RC(BUSY), "purge");
    CHECK_ROW(has(1, 1, 500, 110) && stored.generation == old.generation,
              "read without the lock");
    CHECK_ROW(STORE(due)(st, key(1), 110) == 100 && knows(1) && !knows(3)
              && STORE(claimed)(st, &running, 110), "asked without it");
    CHECK_ROWS("nothing is done without the lock, and all can be read");

    CHECK(STORE(losses)(st) > losses,
          "but copies that others have are over");

    st->zone.lock = 0;
    (void) kill(other, SIGKILL);
    (void) waitpid(other, NULL, 0);

    CHECK(drop(1, 110, 0) == RC(OK) && save(1, 2, 9, 110, 1000) == RC(OK)
          && has(1, 2, 9, 110), "as ever when it is given back");
}


int
main(void)
{
    test_save();
    test_save_beside();
    test_drop();
    test_drop_leaves();
    test_purge();
    test_purge_leaves();
    test_busy();

    free(memory);

    return DONE();
}
