
/*
 * The shared store: what is told without its lock.
 */

#include "store.h"
#include "ngx_http_oauth_token_zone.h"


/* requests of other processes that wait for a claim */

static void
test_wanted(void)
{
    ngx_http_oauth_token_claim_t  none, first;

    memset(&none, 0, sizeof(none));

    fresh(SIZE);
    (void) take(1, 0);
    first = claim;

    CHECK(!STORE(wanted)(st, &first) && !STORE(wanted)(st, &none),
          "nobody wants it");
    STORE(want)(st, &first);
    CHECK(STORE(wanted)(st, &first) && !STORE(wanted)(st, &none), "wanted");

    (void) take(1, FETCH);
    CHECK(!STORE(wanted)(st, &claim), "a claim that took it over is not");
    STORE(want)(st, &claim);
    STORE(want)(st, &first);
    CHECK(STORE(wanted)(st, &claim) && !STORE(wanted)(st, &first),
          "unless by who waits for it");
    CHECK(take(2, 0) == RC(OK) && !STORE(wanted)(st, &claim),
          "of one key only");
}


/* another process, that lives, has the lock when a claim is to end */

static void
test_busy(void)
{
    ngx_http_oauth_token_claim_t  first;

    fresh(SIZE);
    (void) take(1, 0);
    first = claim;

    st->zone.lock = (uint32_t) getppid();
    CHECK(publish(1, &first, 1, 9, 1, 100) == RC(BUSY)
          && fail(1, &first, 1, 100, 0, 0) == RC(BUSY), "busy");
    CHECK(STORE(claimed)(st, &first, 1), "the claim is there still");
    STORE(leave)(st, &first);
    CHECK(!STORE(claimed)(st, &first, 1), "given back without the lock");
    st->zone.lock = 0;

    CHECK(take(1, 1) == RC(OK) && claim.id != first.id, "for the next one");
    STORE(leave)(st, &first);
    CHECK(STORE(claimed)(st, &claim, 1), "which the first cannot give back");
}


/* what tells a process that has a copy that it is not good any more */

static void
test_losses(void)
{
    uint64_t                       losses;
    ngx_http_oauth_token_stored_t  old;

    fresh(SIZE);
    losses = STORE(losses)(st);

    (void) put(1, 9, 0, 1000);
    old = stored;
    CHECK(STORE(losses)(st) == losses, "a token is no loss");
    CHECK(STORE(drop)(st, key(1), &old, 10, 20) == RC(FRESH)
          && STORE(losses)(st) == losses, "nor one that is not dropped");
    CHECK(STORE(drop)(st, key(1), &old, 20, 20) == RC(OK)
          && STORE(losses)(st) != losses, "a drop is");

    losses = STORE(losses)(st);
    CHECK(STORE(drop)(st, key(1), &old, 20, 20) == RC(STALE)
          && STORE(losses)(st) == losses, "no more than once");
    CHECK(STORE(purge)(st, 0) == RC(OK) && STORE(losses)(st) != losses,
          "so is a purge");
}


int
main(void)
{
    test_wanted();
    test_busy();
    test_losses();

    free(memory);

    return DONE();
}
