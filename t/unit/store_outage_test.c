
/*
 * The shared store and an endpoint that does not answer: one key's failure is
 * a pause for all that have it, and one of them tries whether it is back.
 */

#include "store.h"
#include "ngx_http_oauth_token_outage.h"


#define TRIED  NGX_HTTP_OAUTH_TOKEN_OUTAGE_TRIED
#define HANGS  NGX_HTTP_OAUTH_TOKEN_OUTAGE_HANGS

/* the keys of two endpoints, and none */
#define HERE     1001
#define THERE    1002
#define NOWHERE  0


/* another key after the failure of a first one, HERE */
typedef struct {
    uint64_t                       where;
    int64_t                        now;
    int                            patient;
    int                            served;    /* it has a token that is due */
    ngx_http_oauth_token_store_e   want;
} other_case_t;


/* how the one that may try ends */
typedef enum {
    PUBLISHED,
    REFUSED,
    TOO_LATE,
    TOO_LARGE
} answer_e;


/* the pause is until 200, for those who can wait until 400 */
static const other_case_t  others[] = {
    { HERE, 10, 0, 0, RC(PAUSED) },
    { HERE, 199, 0, 0, RC(PAUSED) },
    { HERE, 200, 0, 0, RC(OK) },
    { HERE, 199, 1, 0, RC(PAUSED) },
    { HERE, 200, 1, 0, RC(PAUSED) },
    { HERE, 399, 1, 0, RC(PAUSED) },
    { HERE, 400, 1, 0, RC(OK) },

    { HERE, 199, 0, 1, RC(PAUSED) },
    { HERE, 399, 0, 1, RC(PAUSED) },
    { HERE, 400, 0, 1, RC(OK) },
    { HERE, 399, 1, 1, RC(PAUSED) },
    { HERE, 400, 1, 1, RC(OK) },

    { THERE, 10, 0, 0, RC(OK) },
    { THERE, 10, 1, 1, RC(OK) },
    { NOWHERE, 10, 0, 0, RC(OK) },
    { NOWHERE, 10, 1, 1, RC(OK) }
};


static const answer_e  answers[] = {
    PUBLISHED, REFUSED, TOO_LATE, TOO_LARGE
};


static ngx_http_oauth_token_store_e
ask(uint64_t n, uint64_t where, int64_t now)
{
    endpoint = where;

    return take(n, now);
}


/* a first key finds out that nobody answers HERE; returns its claim */

static ngx_http_oauth_token_claim_t
begin(uint64_t n, int64_t now, int64_t probe_at, int64_t retry_at)
{
    ngx_http_oauth_token_claim_t  first;

    CHECK_ROW(ask(n, HERE, now) == RC(OK), "the first asks");
    first = claim;

    CHECK_ROW(fail_so(n, &first, 1, now, probe_at, retry_at) == RC(OK),
              "nobody answers");

    return first;
}


/* a pause that is the first one's, whatever key hears of it */

static int
says(uint64_t id, int64_t probe_at, int64_t retry_at)
{
    return failure.claim == id && failure.outcome == 43
           && strcmp(failure.reason, "timeout") == 0
           && failure.probe_at == probe_at && failure.retry_at == retry_at;
}


static void
test_others(void)
{
    size_t                         i;
    char                           name[64];
    uint64_t                       id;
    const other_case_t            *c;
    ngx_http_oauth_token_store_e   rc;

    for (i = 0; i < COUNT(others); i++) {
        c = &others[i];
        snprintf(name, sizeof(name), "%zu: at %d", i, (int) c->now);

        fresh(SIZE);

        if (c->served) {
            CHECK_ROW(put_due(2, 9, 0, 1, 9999), name);
        }

        id = begin(1, 0, 200, 400).id;
        patient = c->patient;
        rc = ask(2, c->where, c->now);

        CHECK_ROW(rc == c->want, name);
        CHECK_ROW(rc != RC(PAUSED) || says(id, 200, 400), name);
        CHECK_ROW(claim.unanswered == (c->where == HERE), name);
        CHECK_ROW(claim.failures == 0, name);
        CHECK_ROW(finds(2, c->now) == c->served, name);
    }

    CHECK_ROWS("a pause for all keys of the endpoint, and for no other");

    fresh(SIZE);
    (void) begin(1, 0, 200, 400);
    CHECK(ask(1, HERE, 199) == RC(PAUSED) && ask(1, THERE, 199) == RC(PAUSED)
          && ask(1, NOWHERE, 199) == RC(PAUSED),
          "a pause for the key itself, whatever its endpoint");
    CHECK(knows(HERE) && !finds(HERE, 0)
          && !STORE(detail)(st, key(HERE), claim.id, &stored),
          "the record holds nothing");
}


static void
test_one(void)
{
    uint64_t                        n, id;
    ngx_http_oauth_token_failure_t  seen;

    for (n = 1; n <= 3; n++) {
        fresh(SIZE);
        id = begin(1, 0, 200, 400).id;

        CHECK_ROW(ask(n, HERE, 200) == RC(OK) && claim.unanswered == 1,
                  "one of them");
        CHECK_ROW(ask(n, HERE, 201) == RC(CLAIMED), "the same key");
        CHECK_ROW(ask(n % 3 + 1, HERE, 201) == RC(PAUSED)
                  && says(id, 201 + TRIED, 201 + TRIED), "the next");
        patient = 1;
        CHECK_ROW(ask((n + 1) % 3 + 1, HERE, 300) == RC(PAUSED), "the third");
        seen = failure;
        CHECK_ROW(ask((n + 1) % 3 + 1, HERE, 400) == RC(PAUSED)
                  && says(id, 400 + TRIED, 400 + TRIED), "the third again");
        CHECK_ROW(seen.retry_at == 400 || seen.retry_at == 300 + TRIED,
                  "until when");
        patient = 0;
        CHECK_ROW(ask(4, THERE, 201) == RC(OK), "another endpoint");
        CHECK_ROW(ask(5, NOWHERE, 201) == RC(OK), "none");
    }

    CHECK_ROWS("when the pause is over one tries, whichever, and only one");

    fresh(SIZE);
    (void) begin(1, 0, 200, 400);
    (void) ask(2, HERE, 200);
    id = claim.id;
    (void) fail_so(2, &claim, 1, 210, 600, 800);
    CHECK(ask(3, HERE, 599) == RC(PAUSED) && says(id, 600, 800)
          && claim.unanswered == 2, "it tried in vain, the pause is its own");
    CHECK(ask(1, HERE, 599) == RC(PAUSED) && claim.unanswered == 2
          && says(id, 600, 800), "also for the key that was the first");
    CHECK(ask(3, HERE, 600) == RC(OK) && claim.unanswered == 2
          && claim.failures == 0, "and it is counted");
    CHECK(ask(1, HERE, 601) == RC(PAUSED) && says(id, 601 + TRIED, 601 + TRIED),
          "one at a time, again");
}


/* fetches that were on their way when the first one failed */

static void
test_at_once(void)
{
    uint64_t                      n;
    ngx_http_oauth_token_claim_t  claims[3];

    fresh(SIZE);

    for (n = 0; n < 3; n++) {
        CHECK_ROW(ask(n, HERE, 0) == RC(OK) && claim.unanswered == 0, "ask");
        claims[n] = claim;
    }

    for (n = 0; n < 3; n++) {
        (void) fail_so(n, &claims[n], 1, 10, 200 + (int64_t) n * 100, 900);
    }

    CHECK_ROW(ask(9, HERE, 399) == RC(PAUSED) && says(claims[2].id, 400, 900),
              "the last one's pause");
    CHECK_ROW(claim.unanswered == 1, "they count as one");
    CHECK_ROWS("those who asked at once fail all by themselves");

    fresh(SIZE);
    (void) ask(1, HERE, 0);
    claims[0] = claim;
    (void) ask(1, HERE, FETCH);
    CHECK(fail_so(1, &claims[0], 1, FETCH, 9 * FETCH, 9 * FETCH) == RC(STALE)
          && !knows(HERE) && ask(2, HERE, FETCH) == RC(OK),
          "a late failure is nobody's pause");
}


static void
answer(answer_e how, const ngx_http_oauth_token_claim_t *c)
{
    switch (how) {

    case PUBLISHED:
        CHECK_ROW(publish(2, c, 2, 9, 210, 9999) == RC(OK), "a token");
        break;

    case REFUSED:
        CHECK_ROW(fail_so(2, c, 0, 210, 9999, 9999) == RC(OK), "refused");
        break;

    case TOO_LATE:
        CHECK_ROW(ask(2, HERE, 200 + FETCH) == RC(OK), "somebody else");
        CHECK_ROW(publish(2, &claim, 2, 9, 200 + FETCH, 99 * FETCH) == RC(OK),
                  "a token of his");

        /* the endpoint fails anew, and then the first answer comes */

        (void) begin(3, 200 + FETCH, 99 * FETCH, 99 * FETCH);
        CHECK_ROW(publish(2, c, 2, 9, 201 + FETCH, 99 * FETCH)
                  == RC(STALE), "too late a token");
        break;

    case TOO_LARGE:
        CHECK_ROW(publish(2, c, 2, SIZE, 210, 9999) == RC(FULL),
                  "too large a token");
        break;
    }
}


static void
test_back(void)
{
    size_t                             i;
    int64_t                            now;
    ngx_http_oauth_token_claim_t       tries;
    ngx_http_oauth_token_store_room_t  before, after;

    for (i = 0; i < COUNT(answers); i++) {
        now = answers[i] == TOO_LATE ? 201 + FETCH : 211;

        fresh(SIZE);
        (void) begin(1, 0, 200, 400);
        CHECK_ROW(ask(2, HERE, 200) == RC(OK), "one tries");
        tries = claim;
        (void) ask(3, HERE, 200);
        before = room();

        answer(answers[i], &tries);

        after = room();
        CHECK_ROW(!knows(HERE), "no record any more");
        CHECK_ROW(after.entries_free == before.entries_free + 1, "its room");

        CHECK_ROW(ask(4, HERE, now) == RC(OK) && claim.unanswered == 0,
                  "another key");
        CHECK_ROW(ask(5, HERE, now) == RC(OK), "and another, at once");
        CHECK_ROW(answers[i] == TOO_LATE
                  || (ask(3, HERE, now) == RC(OK) && claim.unanswered == 0),
                  "the one that was sent away");
        CHECK_ROW(answers[i] != REFUSED
                  || (ask(2, HERE, now) == RC(PAUSED)
                      && failure.outcome == 42), "the refused");
    }

    CHECK_ROWS("whatever the endpoint answers, it is back for all");

    fresh(SIZE);
    before = room();
    (void) begin(1, 0, 200, 400);
    after = room();
    CHECK(after.entries_free == before.entries_free - 2
          && after.cells_free == before.cells_free, "a record is one entry");

    (void) ask(2, THERE, 10);
    (void) publish(2, &claim, 2, 9, 20, 9999);
    (void) ask(3, NOWHERE, 10);
    (void) publish(3, &claim, 3, 9, 20, 9999);
    (void) ask(4, THERE, 10);
    (void) fail_so(4, &claim, 0, 20, 9999, 9999);
    CHECK(knows(HERE) && ask(5, HERE, 30) == RC(PAUSED),
          "an answer of another endpoint says nothing");
}


static void
test_gone(void)
{
    ngx_http_oauth_token_claim_t   dead;
    ngx_http_oauth_token_errand_t  e;

    fresh(SIZE);
    (void) begin(1, 0, 200, 400);
    endpoint = HERE;
    e = *errand(key(2), 200, 200 + FETCH);
    e.owner = dead_pid();
    CHECK(STORE(claim)(st, &e, &dead, &failure) == RC(OK)
          && ask(3, HERE, 201) == RC(OK) && claim.unanswered == 1
          && ask(4, HERE, 201) == RC(PAUSED), "the one that tried is dead");

    fresh(SIZE);
    (void) begin(1, 0, 200, 400);
    (void) ask(2, HERE, 200);
    patient = 1;
    CHECK(ask(3, HERE, 199 + FETCH) == RC(PAUSED)
          && ask(3, HERE, 200 + FETCH) == RC(OK)
          && ask(4, HERE, 200 + FETCH) == RC(PAUSED),
          "the one that tried is beyond its time");

    fresh(SIZE);
    (void) put_due(5, 9, 0, 10, 9999);
    (void) begin(1, 0, 200, 400);
    (void) ask(2, HERE, 200);
    CHECK(ask(3, HERE, 199 + HANGS) == RC(PAUSED)
          && says(failure.claim, 199 + HANGS + TRIED, 199 + HANGS + TRIED),
          "one that hangs is waited for");
    CHECK(ask(5, HERE, 200 + HANGS) == RC(PAUSED),
          "by those who have a token");
    patient = 1;
    CHECK(ask(3, HERE, 200 + HANGS) == RC(PAUSED), "by those who can wait");
    patient = 0;
    CHECK(ask(3, HERE, 200 + HANGS) == RC(OK) && claim.unanswered == 1
          && ask(4, HERE, 200 + HANGS) == RC(PAUSED),
          "but requests go on without it, again one at a time");
    CHECK(ask(4, HERE, 199 + 2 * HANGS) == RC(PAUSED)
          && ask(4, HERE, 200 + 2 * HANGS) == RC(OK), "and so on");
}


static void
test_no_room(void)
{
    uint64_t                      n, all;
    ngx_http_oauth_token_claim_t  first;

    fresh(RC(MIN));
    all = entries();

    for (n = 1; n < all; n++) {
        (void) ask(n, HERE, 0);
    }

    (void) begin(0, 0, 200, 400);

    for (n = 1; n < all; n++) {
        CHECK_ROW(ask(n, HERE, 100) == RC(CLAIMED), "others go on");
    }

    CHECK_ROW(!knows(HERE), "no record");
    CHECK_ROW(ask(0, HERE, 199) == RC(PAUSED), "its own pause");
    CHECK_ROW(ask(0, HERE, 200) == RC(OK), "and no longer");
    CHECK_ROWS("without room for the record each key pauses by itself");

    /* the claim's time is over, so that its own entry would have to go */

    fresh(RC(MIN));
    endpoint = HERE;
    (void) STORE(claim)(st, errand(key(0), 0, 50), &first, &failure);

    for (n = 1; n < all; n++) {
        (void) ask(n, HERE, 0);
    }

    endpoint = HERE;
    failure.shared = 1;
    failure.probe_at = 200;
    failure.retry_at = 400;
    CHECK_ROW(STORE(fail)(st, errand(key(0), 60, 0), &first, &failure,
                          token(50), 300) == RC(OK), "fail");
    CHECK_ROW(knows(0) && !knows(HERE), "the key stays");
    CHECK_ROW(ask(0, HERE, 199) == RC(PAUSED), "its own pause");
    CHECK_ROW(STORE(detail)(st, key(0), first.id, &stored) && reads(50, 300),
              "its detail");
    CHECK_ROWS("a record does not push out the key that it is made for");
}


static void
test_evicted(void)
{
    uint64_t                      n, last;
    ngx_http_oauth_token_claim_t  tries;

    /* 0 has failed, and all but one of the rest have tokens since */

    fresh(RC(MIN));
    last = entries() - 2;
    (void) begin(0, 0, 2000, 4000);

    for (n = 1; n < last; n++) {
        (void) ask(n, NOWHERE, (int64_t) n);
        (void) publish(n, &claim, n, 9, (int64_t) n, 9999);
    }

    CHECK(ask(100, HERE, 100) == RC(PAUSED) && knows(HERE) && knows(0),
          "the record is there");
    CHECK(ask(101, THERE, 100) == RC(OK) && knows(HERE) && !knows(100),
          "first to go is a key that only asked");
    CHECK(ask(102, THERE, 100) == RC(OK) && ask(103, THERE, 100) == RC(OK)
          && !knows(HERE) && !knows(0) && knows(1),
          "then, as any other, the record that is the oldest");
    CHECK(ask(104, HERE, 100) == RC(OK) && claim.unanswered == 0,
          "after which nobody pauses");

    /* a record whose pause is over is of less use than any token */

    fresh(RC(MIN));
    (void) begin(0, 0, 200, 400);

    for (n = 1; n <= last; n++) {
        (void) ask(n, NOWHERE, 200);
        (void) publish(n, &claim, n, 9, 200, 9999);
    }

    CHECK(ask(100, NOWHERE, 200) == RC(OK) && ask(101, NOWHERE, 200) == RC(OK)
          && !knows(HERE) && !knows(0) && knows(1) && knows(last),
          "a pause that is over goes before any token");

    /* each failure makes it new */

    fresh(RC(MIN));
    (void) begin(0, 0, 200, 400);
    (void) ask(0, HERE, 300);
    tries = claim;

    for (n = 1; n <= last; n++) {
        (void) ask(n, NOWHERE, 310);
        (void) publish(n, &claim, n, 9, 310, 9999);
    }

    endpoint = HERE;
    (void) fail_so(0, &tries, 1, 320, 2000, 4000);

    CHECK(ask(100, NOWHERE, 330) == RC(OK) && ask(101, NOWHERE, 330) == RC(OK)
          && knows(HERE) && knows(0) && !knows(1),
          "a record is as old as its last failure");

    /* but not while one tries */

    fresh(RC(MIN));
    (void) begin(0, 0, 200, 400);
    CHECK(ask(0, HERE, 200) == RC(OK), "one tries");

    for (n = 1; n <= last; n++) {
        CHECK_ROW(ask(n, THERE, 200) == RC(OK), "claimed");
    }

    CHECK_ROW(ask(100, THERE, 200) == RC(FULL), "no room");
    CHECK_ROW(knows(HERE), "the record");
    CHECK_ROWS("a record stays while one tries");
}


static void
test_taken_away(void)
{
    ngx_http_oauth_token_claim_t  first;

    fresh(SIZE);
    first = begin(1, 0, 200, 400);
    CHECK(STORE(purge)(st, 0) == RC(OK) && STORE(purge)(st, 1) == RC(OK)
          && ask(2, HERE, 100) == RC(PAUSED) && says(first.id, 200, 400),
          "a purge leaves the record");
    CHECK(STORE(drop)(st, key(HERE), NULL, 100, 0) == RC(STALE)
          && knows(HERE), "nor is it dropped");

    (void) ask(2, HERE, 200);
    (void) STORE(purge)(st, 0);
    CHECK(ask(3, HERE, 201) == RC(PAUSED)
          && STORE(claimed)(st, &claim, 201) == 0, "nor who tries");
}


static void
test_nowhere(void)
{
    ngx_http_oauth_token_store_room_t  before;

    fresh(SIZE);
    (void) ask(1, NOWHERE, 0);
    before = room();

    CHECK(fail_so(1, &claim, 1, 0, 200, 400) == RC(OK)
          && room().entries_free == before.entries_free,
          "without an endpoint there is no record");
    CHECK(ask(1, NOWHERE, 199) == RC(PAUSED) && says(failure.claim, 200, 400)
          && ask(2, NOWHERE, 199) == RC(OK) && claim.unanswered == 0,
          "the pause is of that key");
    CHECK(publish(2, &claim, 2, 9, 199, 999) == RC(OK)
          && ask(1, NOWHERE, 199) == RC(PAUSED),
          "nor does an answer end it for others");
    CHECK(ask(1, NOWHERE, 200) == RC(OK)
          && fail_so(1, &claim, 0, 200, 300, 300) == RC(OK)
          && ask(1, NOWHERE, 299) == RC(PAUSED)
          && ask(1, NOWHERE, 300) == RC(OK)
          && publish(1, &claim, 1, 9, 300, 999) == RC(OK)
          && has(1, 1, 9, 300), "all else as ever");
}


int
main(void)
{
    test_others();
    test_one();
    test_at_once();
    test_back();
    test_gone();
    test_no_room();
    test_evicted();
    test_taken_away();
    test_nowhere();

    free(memory);

    return DONE();
}
