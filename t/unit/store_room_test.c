
/*
 * The shared store's room: who goes when there is none, what is left in the
 * memory, how keys are told apart.
 */

#include "store.h"


static const size_t  lengths[] = { 1, 7, 8, 247, 248, 249, 1200, 12000, 16384 };


static void
test_generations(void)
{
    size_t                         i;
    unsigned char                  dst[9];
    ngx_http_oauth_token_stored_t  seen[40];

    /* one token is live at a time: each pushes its forerunner out */

    fresh(RC(MIN));

    for (i = 0; i < entries() - 1; i++) {
        (void) take(1000 + i, 0);
    }

    for (i = 0; i < COUNT(seen); i++) {
        CHECK_ROW(put(i, 9, 0, 10), "put");
        seen[i] = stored;

        if (i == 0) {
            continue;
        }

        CHECK_ROW(stored.entry == seen[0].entry, "the same entry");
        CHECK_ROW(stored.generation > seen[i - 1].generation, "goes on");
        CHECK_ROW(!finds(i - 1, 0), "the forerunner is gone");
        CHECK_ROW(!STORE(copy)(st, &seen[i - 1], dst), "its copy fails");
        CHECK_ROW(*STORE(watch)(st, seen[i - 1].entry)
                  != seen[i - 1].generation, "its generation is over");
    }

    CHECK_ROWS("generations never come again, also for another key");

    (void) put(1, 9, 10, 20);
    CHECK(stored.generation > seen[i - 1].generation
          && !STORE(copy)(st, &seen[i - 1], dst), "nor for the same key");
}


static void
test_eviction(void)
{
    uint64_t  n, last;

    fresh(RC(MIN));
    last = entries() - 1;

    /* 0 is claimed, 1 has ended, all others are usable; the oldest is 2 */

    (void) take(0, 0);
    (void) put(1, 9, 1, 50);

    for (n = 2; n <= last; n++) {
        (void) put(n, 9, (int64_t) n, 9999);
    }

    CHECK(put(100, 9, 100, 9999) && !STORE(detail)(st, key(1), 0, &stored)
          && has(2, 2, 9, 100) && has(last, last, 9, 100),
          "evicted is first what is of no use");

    (void) finds(2, 100);
    STORE(touch)(st, &stored, 2000);

    CHECK(put(101, 9, 2000, 9999) && !finds(3, 2000) && has(2, 2, 9, 2000)
          && has(4, 4, 9, 2000), "then what was used the longest ago");
    CHECK(put(102, 9, 2000, 9999) && !finds(4, 2000) && has(2, 2, 9, 2000)
          && has(5, 5, 9, 2000) && has(100, 100, 9, 2000), "and the next");

    for (n = 200; n < 200 + last; n++) {
        CHECK_ROW(take(n, 2000) == RC(OK), "claimed");
    }

    CHECK_ROW(take(0, 2000) == RC(CLAIMED), "the claim of all that time");
    CHECK_ROWS("a live claim is never evicted");

    CHECK(take(300, 2000) == RC(FULL) && claim.id == 0,
          "full when every entry is claimed");
    CHECK(take(300, FETCH) == RC(OK), "room when a claim is over");
}


static ngx_http_oauth_token_store_e
save(uint64_t n, int64_t now)
{
    return STORE(save)(st, errand(key(n), now, 0),
                       fresh_token(token(n), 9, 9999));
}


/* what makes an entry new: all others are older, and one is in between */

static void
test_age(void)
{
    uint64_t                      n, last;
    ngx_http_oauth_token_claim_t  slow;

    fresh(RC(MIN));
    last = entries() - 1;

    (void) take(0, 0);
    slow = claim;

    for (n = 1; n <= last; n++) {
        (void) put(n, 9, 50, 9999);
    }

    (void) publish(0, &slow, 0, 9, 100, 9999);
    CHECK(put(100, 9, 200, 9999) && finds(0, 200) && !finds(1, 200),
          "a token is as old as its publication");

    fresh(RC(MIN));

    for (n = 1; n <= last; n++) {
        (void) put(n, 9, 50, 9999);
    }

    (void) take(0, 100);
    (void) fail(0, &claim, 100, 9999, 0, 0);
    CHECK(put(100, 9, 200, 9999) && knows(0) && !finds(1, 200),
          "a pause is as old as its entry");

    (void) save(101, 201);
    CHECK(put(102, 9, 202, 9999) && finds(101, 202) && !finds(3, 202),
          "what was saved is as old as its entry");
}


static void
test_room(void)
{
    size_t    i, n, cells;
    uint32_t  start;

    fresh(SIZE);
    start = cells_free();

    for (i = 0; i < COUNT(lengths); i++) {
        cells = (lengths[i] + 247) / 248;
        CHECK_ROW(put(1, lengths[i], (int64_t) i, (int64_t) i + 1), "put");
        CHECK_ROW(cells_free() == start - cells, "the cells of one token");
    }

    CHECK_ROWS("a token takes its cells and gives back the last one's");

    (void) take(1, 100);
    (void) fail(1, &claim, 100, 101, 0, 1000);
    CHECK(cells_free() == start - 5, "so does a detail");

    fresh(RC(MIN));
    start = cells_free();

    for (i = 0; i < 3; i++) {
        for (n = 0; n < entries(); n++) {
            CHECK_ROW(put(100 * i + n, 500, (int64_t) i, (int64_t) i + 1),
                      "put");
        }

        CHECK_ROW(cells_free() == start - 3 * entries(), "three cells each");
    }

    for (n = 0; n < entries(); n++) {
        CHECK_ROW(take(1000 + n, 10) == RC(OK), "push out");
    }

    CHECK_ROW(cells_free() == start, "all back");
    CHECK_ROWS("room returns to what it was at the start");
}


static void
test_too_large(void)
{
    fresh(RC(MIN));
    (void) put(2, 248 * 20, 0, 9999);
    (void) put(3, 248 * 20, 1, 9999);
    (void) take(1, 2);

    CHECK(publish(1, &claim, 1, 248 * (size_t) (cells_free() + 41), 2, 9999)
          == RC(FULL), "too large a token");
    CHECK(!finds(1, 2) && !STORE(claimed)(st, &claim, 2)
          && take(1, 2) == RC(OK), "that ends the claim");
    CHECK(has(2, 2, 248 * 20, 2) && has(3, 3, 248 * 20, 2),
          "and costs no other its place");

    CHECK(publish(1, &claim, 1, 248 * (size_t) (cells_free() + 1), 2, 9999)
          == RC(OK) && !finds(2, 2) && has(3, 3, 248 * 20, 2),
          "a large one costs as many as needed");
    CHECK(memmem(memory, memory_size, key(2) + 8, 24) == NULL
          && memmem(memory, memory_size, key(3) + 8, 24) != NULL,
          "a free entry keeps no key");
}


static void
test_wiping(void)
{
    uint64_t  n;

    fresh(RC(MIN));
    (void) put(1, 1200, 0, 10);
    CHECK(remains(1, 1200) == 150, "the test sees a token's words");

    (void) take(1, 10);
    CHECK(publish(1, &claim, 2, 16, 10, 20) == RC(OK)
          && remains(1, 1200) == 0 && remains(2, 16) == 2,
          "nothing is left of a token that was replaced");

    (void) take(1, 20);
    (void) fail(1, &claim, 20, 30, 3, 504);
    CHECK(remains(2, 16) == 0 && remains(3, 504) == 63,
          "nor when a detail came in its place");

    (void) take(1, 30);
    (void) fail(1, &claim, 30, 40, 0, 0);
    CHECK(remains(3, 504) == 0, "nor of a detail that is over");

    (void) put(2, 1200, 0, 40);

    for (n = 0; n < entries(); n++) {
        (void) take(1000 + n, 40);
    }

    CHECK(remains(2, 1200) == 0, "nor of a token that was evicted");
    CHECK(memmem(memory, memory_size, key(2) + 8, 24) == NULL
          && memmem(memory, memory_size, "http_401", 8) == NULL,
          "nor of its key and failure");
}


static ngx_http_oauth_token_store_e
take_key(const unsigned char *name)
{
    return STORE(claim)(st, errand(name, 0, 10), &claim, &failure);
}


static ngx_http_oauth_token_store_e
publish_key(const unsigned char *name, uint64_t text, int64_t now)
{
    return STORE(publish)(st, errand(name, now, 0), &claim,
                          fresh_token(token(text), 9, now + 10), &stored);
}


static int
has_key(const unsigned char *name, uint64_t text)
{
    return STORE(find)(st, name, 0, &stored) && reads(text, 9);
}


/* three keys in one bucket, which the same first word has in the end */

static void
test_bucket(void)
{
    size_t         i;
    unsigned char  keys[3][NGX_HTTP_OAUTH_TOKEN_KEY_LEN];

    for (i = 0; i < 32; i++) {
        fresh(RC(MIN));
        memset(keys, 0x55, sizeof(keys));

        keys[1][i] = 0x56;
        keys[2][31 - i] = 0x57;

        CHECK_ROW(take_key(keys[0]) == RC(OK), "claim the first");
        CHECK_ROW(publish_key(keys[0], 0, 0) == RC(OK), "publish it");
        CHECK_ROW(!has_key(keys[1], 0), "find the second");
        CHECK_ROW(take_key(keys[1]) == RC(OK), "claim the second");
        CHECK_ROW(publish_key(keys[0], 1, 10) == RC(STALE), "the wrong one");
        CHECK_ROW(publish_key(keys[1], 1, 0) == RC(OK), "publish it");
        CHECK_ROW(take_key(keys[2]) == RC(OK), "claim the third");

        CHECK_ROW(has_key(keys[0], 0), "1st");
        CHECK_ROW(has_key(keys[1], 1), "2nd");
        CHECK_ROW(!STORE(find)(st, keys[2], 0, &stored), "3rd");
    }

    CHECK_ROWS("keys that differ in one byte, whichever, are kept apart");
}


/* takes each link out of a chain: the first, the middle and the last one */

static void
test_chain(void)
{
    uint64_t  i, n, out;

    for (out = 0; out < 3; out++) {
        fresh(RC(MIN));

        for (n = 0; n < entries() - 3; n++) {
            (void) take(1 + n, 0);
        }

        for (i = 0; i < 3; i++) {
            (void) put(i << 32, 9, 0, i == out ? 10 : 20);
        }

        CHECK_ROW(put(3ULL << 32, 9, 10, 20), "push one out");

        for (i = 0; i < 4; i++) {
            CHECK_ROW(i == out ? !finds(i << 32, 10)
                               : has(i << 32, i << 32, 9, 10), "a key");
        }
    }

    CHECK_ROWS("a bucket's other keys stay when one is evicted");
}


int
main(void)
{
    test_generations();
    test_eviction();
    test_age();
    test_room();
    test_too_large();
    test_wiping();
    test_bucket();
    test_chain();

    free(memory);

    return DONE();
}
