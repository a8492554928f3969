
/*
 * The shared store, one call after another: tokens come back, claims and
 * failures, what is too late.
 */

#include "store.h"


#define LONGEST  16384


typedef struct {
    int64_t                        now;
    int                            usable;
} edge_case_t;


static const size_t  lengths[] = {
    1, 7, 8, 247, 248, 249, 1200, 12000, LONGEST
};


/* of a token that is usable until 1000 */
static const edge_case_t  edges[] = {
    { INT64_MIN, 1 }, { 0, 1 }, { 999, 1 },
    { 1000, 0 }, { 1001, 0 }, { INT64_MAX - FETCH, 0 }
};


static void
test_create(void)
{
    size_t    size;
    uint64_t  n;

    memory = grab(RC(MIN) - 1);
    CHECK(STORE(create)(memory, RC(MIN) - 1, 0) == NULL, "too small a store");

    fresh(RC(MIN));
    CHECK(st != NULL && entries() > 0 && cells_free() > 0, "smallest store");
    CHECK(STORE(valid)(st, RC(MIN)), "[F8] valid, so it can be used on");
    CHECK(!STORE(valid)(st, RC(MIN) + 4096),
          "[F8] not valid with another size");

    memset(memory, 0, memory_size);
    CHECK(!STORE(valid)(st, 0), "not valid when it was never created");

    for (size = RC(MIN); size < RC(MIN) + 1500; size += 13) {
        fresh(size);

        for (n = 1; n < entries(); n++) {
            CHECK_ROW(put(n, 248, 0, 10), "an entry");
        }

        CHECK_ROW(put(0, 248 * cells_free(), 0, 10), "all other cells");
        CHECK_ROW(cells_free() == 0, "full");

        for (n = 1; n < entries(); n++) {
            CHECK_ROW(has(n, n, 248, 0), "all there");
        }
    }

    CHECK_ROWS("stores of any size can be filled up");
}


static void
test_round_trip(void)
{
    size_t  i, len;

    fresh(SIZE);
    CHECK(!finds(1, 0) && !STORE(detail)(st, key(1), 1, &stored)
          && !STORE(detail)(st, key(1), 0, &stored), "nothing when empty");

    for (i = 0; i < COUNT(lengths); i++) {
        len = lengths[i];
        fresh(SIZE);

        CHECK_ROW(put(1, len, 0, 1000), "put");
        CHECK_ROW(reads(1, len), "where publish says");
        CHECK_ROW(stored.usable_until == 1000 && stored.expires == 1005,
                  "times of publish");
        CHECK_ROW(has(1, 1, len, 0), "found");
        CHECK_ROW(stored.usable_until == 1000 && stored.expires == 1005,
                  "times of find");
        CHECK_ROW(!finds(2, 0), "another key");
        CHECK_ROW(*STORE(watch)(st, stored.entry) == stored.generation,
                  "generation");
    }

    CHECK_ROWS("a token comes back as it was, whatever its length");

    for (i = 0; i < COUNT(edges); i++) {
        fresh(SIZE);
        (void) put(1, 9, 0, 1000);

        CHECK_ROW(finds(1, edges[i].now) == edges[i].usable, "find");
        CHECK_ROW(take(1, edges[i].now)
                  == (edges[i].usable ? RC(FRESH) : RC(OK)), "claim");
    }

    CHECK_ROWS("a token is used until its time, and not at it");
}


static void
test_claim(void)
{
    ngx_http_oauth_token_claim_t   first, second;
    ngx_http_oauth_token_errand_t  dead;

    fresh(SIZE);
    CHECK(take(1, 0) == RC(OK) && claim.id != 0, "claimed");
    first = claim;

    CHECK(take(1, FETCH - 1) == RC(CLAIMED)
          && claim.id == first.id && claim.entry == first.entry,
          "the other hears whose it is");
    CHECK(STORE(claimed)(st, &first, FETCH - 1), "being worked on");
    CHECK(!STORE(claimed)(st, &first, FETCH), "not after its deadline");
    CHECK(take(2, 0) == RC(OK) && claim.id != first.id, "each key on its own");

    CHECK(take(1, FETCH) == RC(OK) && claim.id != first.id,
          "taken over at its deadline");
    second = claim;
    CHECK(!STORE(claimed)(st, &first, 0) && STORE(claimed)(st, &second, FETCH),
          "the new claim counts");

    dead = *errand(key(3), 0, FETCH);
    dead.owner = dead_pid();
    CHECK(STORE(claim)(st, &dead, &first, &failure) == RC(OK)
          && !STORE(claimed)(st, &first, 0), "a dead owner works on nothing");
    CHECK(take(3, 0) == RC(OK) && claim.id != first.id
          && STORE(claimed)(st, &claim, 0), "taken over from the dead");
}


static void
test_pause(void)
{
    uint64_t  id;

    fresh(SIZE);
    (void) take(1, 0);
    id = claim.id;

    CHECK(fail(1, &claim, 10, 500, 0, 0) == RC(OK) && failure.claim == id,
          "failed");
    CHECK(!STORE(claimed)(st, &claim, 10), "a failure ends the claim");
    CHECK(take(1, 499) == RC(PAUSED) && failure.claim == id
          && failure.probe_at == 500 && failure.outcome == 42
          && strcmp(failure.reason, "http_401") == 0, "paused, with reason");
    CHECK(!finds(1, 10), "no token from a failure");
    CHECK(take(2, 499) == RC(OK), "the pause is of one key");
    CHECK(take(1, 500) == RC(OK), "a pause that is over");
    CHECK(publish(1, &claim, 1, 9, 501, 510) == RC(OK)
          && take(1, 510) == RC(OK), "a token ends the failure");

    (void) fail(1, &claim, 510, INT64_MAX, 0, 0);
    (void) put(3, 9, 0, 600);
    CHECK(take(1, 600) == RC(PAUSED) && take(3, 600) == RC(OK),
          "a long pause");
}


static void
test_late(void)
{
    ngx_http_oauth_token_claim_t  lost, won;

    fresh(SIZE);
    (void) take(1, 0);
    lost = claim;
    (void) take(1, FETCH);
    won = claim;

    CHECK(fail(1, &lost, FETCH, 99 * FETCH, 0, 0) == RC(STALE)
          && take(1, FETCH) == RC(CLAIMED) && claim.id == won.id,
          "a late failure is ignored");
    CHECK(publish(1, &won, 1, 90, FETCH, 2 * FETCH) == RC(OK)
          && publish(1, &lost, 2, 90, FETCH, 9 * FETCH) == RC(STALE)
          && has(1, 1, 90, FETCH), "a late token yields to a newer one");
    CHECK(fail(1, &lost, FETCH, 99 * FETCH, 0, 0) == RC(STALE)
          && has(1, 1, 90, FETCH), "so does a late failure");
    CHECK(publish(1, &lost, 2, 90, 2 * FETCH, 9 * FETCH) == RC(OK)
          && has(1, 2, 90, 2 * FETCH), "a late token is better than none");

    fresh(SIZE);
    (void) take(1, 0);
    lost = claim;
    (void) take(1, FETCH);
    CHECK(publish(1, &lost, 1, 90, FETCH, 9 * FETCH) == RC(OK)
          && has(1, 1, 90, FETCH), "also while another fetches");
    CHECK(publish(2, &lost, 2, 90, FETCH, 9 * FETCH) == RC(STALE)
          && !finds(2, FETCH) && has(1, 1, 90, FETCH),
          "never under another key");
}


static void
test_detail(void)
{
    uint64_t  first;

    fresh(SIZE);
    (void) take(1, 0);
    first = claim.id;
    (void) fail(1, &claim, 0, 100, 50, 300);

    CHECK(STORE(detail)(st, key(1), first, &stored) && reads(50, 300),
          "a detail comes back");
    CHECK(!finds(1, INT64_MIN) && !finds(1, 0), "it is no token");
    CHECK(!STORE(detail)(st, key(1), first + 1, &stored)
          && !STORE(detail)(st, key(2), first, &stored),
          "it is of that attempt and key");

    (void) take(1, 100);
    (void) fail(1, &claim, 100, 200, 51, 1);
    CHECK(STORE(detail)(st, key(1), claim.id, &stored) && reads(51, 1)
          && !STORE(detail)(st, key(1), first, &stored), "the next detail");

    (void) take(1, 200);
    (void) fail(1, &claim, 200, 300, 0, 0);
    CHECK(take(1, 200) == RC(PAUSED)
          && !STORE(detail)(st, key(1), failure.claim, &stored),
          "a failure without detail shows no older one");

    (void) take(1, 300);
    (void) publish(1, &claim, 52, 300, 300, 400);
    CHECK(has(1, 52, 300, 300)
          && !STORE(detail)(st, key(1), claim.id, &stored)
          && !STORE(detail)(st, key(1), 0, &stored),
          "a token is no detail");
}


int
main(void)
{
    test_create();
    test_round_trip();
    test_claim();
    test_pause();
    test_late();
    test_detail();

    free(memory);

    return DONE();
}
