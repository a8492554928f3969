
/*
 * The life of a token in the shared store: when it is due, what a failure does
 * to one that serves on, and what is counted.
 */

#include "store.h"


typedef struct {
    int64_t                        now;
    ngx_http_oauth_token_store_e   want;
    int                            served;
} due_case_t;


/* after a failure at 110 of a token that was due at 100 */
typedef struct {
    int64_t                        until;
    int64_t                        probe_at;
    int64_t                        retry_at;
    int64_t                        now;
    int                            patient;
    ngx_http_oauth_token_store_e   want;
} pause_case_t;


/* 0: without it; a token is of 0, a failure of 10 */
typedef struct {
    int64_t                        until;
    int64_t                        refresh_at;
    int64_t                        retry_at;
    int64_t                        now;
    int64_t                        want;
} when_case_t;


/* of a token that is due at 100 and ends at 1000 */
static const due_case_t  dues[] = {
    { 0, RC(FRESH), 1 }, { 99, RC(FRESH), 1 },
    { 100, RC(OK), 1 }, { 101, RC(OK), 1 }, { 999, RC(OK), 1 },
    { 1000, RC(OK), 0 }, { 1001, RC(OK), 0 }
};


static const pause_case_t  pauses[] = {

    /* it ends before both */
    { 300, 350, 400, 110, 0, RC(PAUSED) },
    { 300, 350, 400, 299, 0, RC(PAUSED) },
    { 300, 350, 400, 299, 1, RC(PAUSED) },
    { 300, 350, 400, 300, 0, RC(PAUSED) },
    { 300, 350, 400, 349, 0, RC(PAUSED) },
    { 300, 350, 400, 350, 0, RC(OK) },
    { 300, 350, 400, 350, 1, RC(PAUSED) },
    { 300, 350, 400, 399, 1, RC(PAUSED) },
    { 300, 350, 400, 400, 1, RC(OK) },
    { 300, 350, 400, 400, 0, RC(OK) },

    /* between them: those who need it try as soon as it has ended */
    { 300, 200, 400, 199, 0, RC(PAUSED) },
    { 300, 200, 400, 200, 0, RC(PAUSED) },
    { 300, 200, 400, 299, 0, RC(PAUSED) },
    { 300, 200, 400, 300, 0, RC(OK) },
    { 300, 200, 400, 300, 1, RC(PAUSED) },
    { 300, 200, 400, 399, 1, RC(PAUSED) },
    { 300, 200, 400, 400, 1, RC(OK) },

    /* after both */
    { 300, 200, 250, 200, 0, RC(PAUSED) },
    { 300, 200, 250, 249, 0, RC(PAUSED) },
    { 300, 200, 250, 249, 1, RC(PAUSED) },
    { 300, 200, 250, 250, 0, RC(OK) },
    { 300, 200, 250, 250, 1, RC(OK) },

    /* it was never there */
    { 0, 200, 400, 110, 0, RC(PAUSED) },
    { 0, 200, 400, 199, 0, RC(PAUSED) },
    { 0, 200, 400, 200, 0, RC(OK) },
    { 0, 200, 400, 200, 1, RC(PAUSED) },
    { 0, 200, 400, 399, 1, RC(PAUSED) },
    { 0, 200, 400, 400, 1, RC(OK) },

    /* no pause at all for those who do not wait */
    { 0, 0, 400, 110, 0, RC(OK) },
    { 0, 0, 400, 110, 1, RC(PAUSED) }
};


static const when_case_t  whens[] = {
    { 0, 0, 0, 5, 5 },
    { 1000, 500, 0, 0, 500 },
    { 1000, 500, 0, 499, 500 },
    { 1000, 500, 0, 700, 500 },
    { 1000, 500, 0, 999, 500 },
    { 1000, 500, 0, 1000, 1000 },
    { 1000, 500, 0, 1700, 1700 },
    { 1000, 1500, 0, 0, 1000 },
    { 1000, 1500, 0, 999, 1000 },

    { 0, 0, 80, 20, 80 },
    { 0, 0, 80, 79, 80 },
    { 0, 0, 80, 80, 80 },
    { 0, 0, 80, 90, 90 },

    { 1000, 5, 80, 20, 80 },
    { 1000, 5, 80, 90, 80 },
    { 1000, 5, 1200, 90, 1200 },
    { 1000, 5, 1200, 1100, 1200 },
    { 1000, 5, 1200, 1300, 1300 },
    { 1000, 5, 80, 1000, 1000 }
};


static void
test_due(void)
{
    size_t                          i;
    ngx_http_oauth_token_stored_t   first;
    const due_case_t               *c;

    for (i = 0; i < COUNT(dues); i++) {
        c = &dues[i];
        fresh(SIZE);

        CHECK_ROW(put_due(1, 500, 0, 100, 1000), "put");
        CHECK_ROW(stored.refresh_at == 100, "what publish says");
        first = stored;

        CHECK_ROW(has(1, 1, 500, c->now) == c->served, "before");
        CHECK_ROW(take(1, c->now) == c->want, "claim");
        CHECK_ROW(has(1, 1, 500, c->now) == c->served, "after");

        CHECK_ROW(stored.refresh_at == 100 && stored.usable_until == 1000
                  && stored.wall_until == 993
                  && stored.expires == 1005 && stored.born == 0
                  && stored.generation == first.generation, "what find says");
    }

    CHECK_ROWS("a token that is due is claimed, and serves until its end");
}


/* where clocks of 32 bits, doubles and this one have their ends */

static void
test_moments(void)
{
    size_t   i;
    int64_t  at;

    static const int64_t  moments[] = {
        INT32_MAX, UINT32_MAX, 1LL << 53, INT64_MAX - 3 * FETCH
    };

    for (i = 0; i < COUNT(moments); i++) {
        at = moments[i];
        fresh(SIZE);

        CHECK_ROW(put_due(1, 500, at - 50, at + 20, at + 50), "put");
        CHECK_ROW(take(1, at - 1) == RC(FRESH), "before it is due");
        CHECK_ROW(STORE(due)(st, key(1), at - 1) == at + 20, "when it is");
        CHECK_ROW(has(1, 1, 500, at - 1), "before its end");
        CHECK_ROW(has(1, 1, 500, at + 49), "to its end");
        CHECK_ROW(!has(1, 1, 500, at + 50), "after its end");
        CHECK_ROW(take(1, at) == RC(FRESH), "not due yet");
        CHECK_ROW(take(1, at + 50) == RC(OK), "a claim");
        CHECK_ROW(take(1, at + FETCH + 49) == RC(CLAIMED), "it holds");
        CHECK_ROW(take(1, at + FETCH + 50) == RC(OK), "and is over");

        at += FETCH + 50;
        (void) fail_so(1, &claim, 0, at, at + 9, at + 9);
        CHECK_ROW(take(1, at + 8) == RC(PAUSED), "a pause");
        CHECK_ROW(take(1, at + 9) == RC(OK), "is over");
    }

    CHECK_ROWS("[C9] times near the ends of clocks");
}


static void
test_due_claimed(void)
{
    ngx_http_oauth_token_claim_t   first;
    ngx_http_oauth_token_stored_t  old;

    fresh(SIZE);
    (void) put_due(1, 500, 0, 100, 9 * FETCH);
    old = stored;
    (void) take(1, 100);
    first = claim;

    CHECK(take(1, 101) == RC(CLAIMED) && claim.id == first.id
          && STORE(claimed)(st, &first, 101),
          "somebody else is at the token that is due");
    patient = 1;
    CHECK(take(1, 101) == RC(CLAIMED), "also for those who can wait");
    patient = 0;
    CHECK(has(1, 1, 500, 101)
          && *STORE(watch)(st, old.entry) == old.generation,
          "it serves meanwhile, and copies of it are good");
    CHECK(take(1, 100 + FETCH) == RC(OK) && claim.id != first.id
          && has(1, 1, 500, 100 + FETCH), "taken over at the deadline");

    CHECK(publish(1, &first, 2, 90, 101 + FETCH, 8 * FETCH) == RC(OK)
          && has(1, 2, 90, 101 + FETCH),
          "a late token takes the place of one that is due");
    CHECK(publish(1, &claim, 3, 90, 102 + FETCH, 8 * FETCH) == RC(STALE)
          && has(1, 2, 90, 102 + FETCH),
          "and who was quicker is not overwritten");

    fresh(SIZE);
    (void) put_due(1, 500, 0, 100, 1000);
    old = stored;
    (void) take(1, 100);
    CHECK(publish(1, &claim, 2, 600, 110, 2000) == RC(OK)
          && !STORE(copy)(st, &old, NULL) && remains(1, 500) == 0
          && has(1, 2, 600, 1500) && take(1, 1999) == RC(FRESH),
          "the next token takes its place");
}


static void
test_due_failed(void)
{
    size_t               i;
    char                 name[64];
    uint64_t             failed;
    const pause_case_t  *c;

    for (i = 0; i < COUNT(pauses); i++) {
        c = &pauses[i];
        snprintf(name, sizeof(name), "%zu: at %d, patient %d", i,
                 (int) c->now, c->patient);

        fresh(SIZE);

        if (c->until) {
            CHECK_ROW(put_due(1, 500, 0, 100, c->until), name);
        }

        CHECK_ROW(take(1, 100) == RC(OK), name);
        failed = claim.id;
        CHECK_ROW(fail_so(1, &claim, 0, 110, c->probe_at, c->retry_at)
                  == RC(OK), name);
        CHECK_ROW(has(1, 1, 500, c->now) == (c->now < c->until), name);

        patient = c->patient;

        CHECK_ROW(take(1, c->now) == c->want, name);
        CHECK_ROW(c->want == RC(OK)
                  || (failure.retry_at == c->retry_at
                      && failure.probe_at == c->probe_at
                      && failure.claim == failed
                      && failure.outcome == 42), name);
    }

    CHECK_ROWS("the pause after a failure, with and without a token");

    fresh(SIZE);
    (void) put_due(1, 500, 0, 100, 1000);
    (void) take(1, 100);
    (void) fail(1, &claim, 110, 200, 50, 300);
    CHECK(has(1, 1, 500, 110) && remains(50, 300) == 0
          && !STORE(detail)(st, key(1), claim.id, &stored),
          "a detail does not push a token out that serves");

    (void) take(1, 1000);
    (void) fail(1, &claim, 1000, 1100, 50, 300);
    CHECK(!finds(1, 1000) && remains(1, 500) == 0
          && STORE(detail)(st, key(1), claim.id, &stored) && reads(50, 300),
          "but one that has ended");
}


/* the same key again at 200, with bytes that are the old ones or not */

static int64_t
published_again(const unsigned char *bytes, size_t len)
{
    ngx_http_oauth_token_fresh_t  f;

    f = *fresh_token(bytes, len, 5000);
    f.refresh_at = 3000;
    f.again_at = 2000;

    if (take(1, 200) != RC(OK)
        || STORE(publish)(st, errand(key(1), 210, 0), &claim, &f, &stored)
           != RC(OK)
        || stored.born != 210 || !finds(1, 210) || stored.born != 210)
    {
        return -1;
    }

    return stored.refresh_at;
}


static int64_t
changed_at(size_t len, size_t i)
{
    int64_t               at;
    static unsigned char  bytes[601];

    memcpy(bytes, token(1), len);
    bytes[i] ^= 0x10;

    (void) put_due(1, len, 0, 100, 1000);
    at = published_again(bytes, len);

    (void) STORE(drop)(st, key(1), NULL, 300, 0);

    return at;
}


static void
test_again(void)
{
    size_t  len;

    fresh(SIZE);

    for (len = 1; len <= 600; len++) {
        (void) put_due(1, len, 0, 100, 1000);
        CHECK_ROW(published_again(token(1), len) == 2000, "the same");
        (void) STORE(drop)(st, key(1), NULL, 300, 0);

        CHECK_ROW(changed_at(len, 0) == 3000, "the first differs");
        CHECK_ROW(changed_at(len, len / 2) == 3000, "one inside differs");
        CHECK_ROW(changed_at(len, len - 1) == 3000, "the last differs");
        CHECK_ROW(changed_at(len, (len - 1) / CELL * CELL) == 3000,
                  "the first of the last cell differs");

        (void) put_due(1, len, 0, 100, 1000);
        CHECK_ROW(published_again(token(1), len + 1) == 3000, "one more");
        (void) STORE(drop)(st, key(1), NULL, 300, 0);

        (void) put_due(1, len + 1, 0, 100, 1000);
        CHECK_ROW(published_again(token(1), len) == 3000, "one less");
        (void) STORE(drop)(st, key(1), NULL, 300, 0);
    }

    CHECK_ROWS("the old token once more is due at again_at, others are not");

    (void) put(1, 300, 0, 150);
    CHECK(published_again(token(1), 300) == 2000, "also one that had ended");

    (void) STORE(drop)(st, key(1), NULL, 300, 0);
    CHECK(published_again(token(1), 300) == 3000,
          "not one that had been taken away");

    fresh(SIZE);
    (void) take(1, 0);
    (void) fail(1, &claim, 0, 100, 1, 300);
    CHECK(published_again(token(1), 300) == 3000, "nor a detail");

    fresh(SIZE);
    (void) put(2, 300, 0, 5000);
    CHECK(published_again(token(2), 300) == 3000, "nor another key's");
}


static void
test_when(void)
{
    size_t              i;
    char                name[64];
    const when_case_t  *c;

    for (i = 0; i < COUNT(whens); i++) {
        c = &whens[i];
        snprintf(name, sizeof(name), "%zu: at %d", i, (int) c->now);

        fresh(SIZE);

        if (c->until) {
            CHECK_ROW(put_due(1, 9, 0, c->refresh_at, c->until), name);
        }

        if (c->retry_at) {
            CHECK_ROW(take(1, 10) == RC(OK), name);
            (void) fail_so(1, &claim, 0, 10, 11, c->retry_at);
        }

        CHECK_ROW(STORE(due)(st, key(1), c->now) == c->want, name);
        CHECK_ROW(STORE(due)(st, key(2), c->now) == c->now, "another key");
    }

    CHECK_ROWS("when to claim next");

    fresh(SIZE);
    (void) put_due(1, 9, 0, 100, 1000);
    (void) take(1, 100);
    CHECK(STORE(due)(st, key(1), 110) == 100, "a claim does not change it");
    (void) fail_so(1, &claim, 0, 110, 120, 400);
    (void) take(1, 400);
    (void) publish(1, &claim, 1, 9, 410, 420);
    CHECK(STORE(due)(st, key(1), 411) == 420
          && STORE(due)(st, key(1), 425) == 425, "a token ends the failure");
    (void) STORE(drop)(st, key(1), NULL, 411, 0);
    CHECK(STORE(due)(st, key(1), 411) == 411, "a token was taken away");

    (void) take(2, 0);
    CHECK(STORE(due)(st, key(2), 3) == 3, "never a token, a claim runs");
    (void) fail(2, &claim, 3, 90, 50, 300);
    CHECK(STORE(due)(st, key(2), 4) == 90, "a detail has no times of its own");
}


static void
test_failures(void)
{
    uint64_t  n;

    fresh(SIZE);

    for (n = 0; n < 5; n++) {
        CHECK_ROW(take(1, (int64_t) n) == RC(OK) && claim.failures == n,
                  "a failure");
        CHECK_ROW(claim.unanswered == 0, "an answer");
        CHECK_ROW(claim.outcome == (n ? 42 : 0), "what it was");
        (void) fail_so(1, &claim, 0, (int64_t) n, 0, 0);
    }

    CHECK_ROW(take(2, 9) == RC(OK) && claim.failures == 0, "another key");
    CHECK_ROW(take(1, 9) == RC(OK) && claim.failures == 5, "the last one");
    CHECK_ROW(take(1, 9 + FETCH) == RC(OK) && claim.failures == 5,
              "a claim that was lost");
    CHECK_ROWS("failures in a row are counted, for each key");

    (void) publish(1, &claim, 1, 9, 9 + FETCH, 100 + FETCH);
    CHECK(take(1, 100 + FETCH) == RC(OK) && claim.failures == 0
          && claim.outcome == 0, "a token begins anew");
    (void) fail_so(1, &claim, 0, 100 + FETCH, 0, 0);
    CHECK(take(1, 100 + FETCH) == RC(OK) && claim.failures == 1, "and so on");

    fresh(SIZE);
    (void) put_due(1, 9, 0, 100, 9999);
    (void) take(1, 100);
    (void) fail_so(1, &claim, 0, 110, 200, 200);
    CHECK(take(1, 200) == RC(OK) && claim.failures == 1,
          "a token that serves does not make up for a failure");

    (void) STORE(drop)(st, key(1), NULL, 300, 0);
    (void) fail_so(1, &claim, 0, 300, 0, 0);
    CHECK(take(1, 300) == RC(OK) && claim.failures == 2,
          "nor does its end");
}


int
main(void)
{
    test_due();
    test_moments();
    test_due_claimed();
    test_due_failed();
    test_again();
    test_when();
    test_failures();

    free(memory);

    return DONE();
}
