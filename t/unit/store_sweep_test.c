
/*
 * The shared store's tokens that have ended, which are wiped where nobody asks
 * for them.
 */

#include "store.h"


#define TOKENS  20
#define LEN     1200


static uint32_t
sweep(int64_t now)
{
    return STORE(sweep)(st, 0, UINT32_MAX, now);
}


/* token n ends at 100 + n */

static void
fill(void)
{
    uint64_t  n;

    fresh(SIZE);

    for (n = 0; n < TOKENS; n++) {
        (void) put(n, LEN, 10, (int64_t) (100 + n));
    }
}


static void
test_ended(void)
{
    uint32_t  cells;
    uint64_t  n;

    fill();

    cells = cells_free();

    CHECK(sweep(99) == 0 && cells_free() == cells, "nothing has ended");

    (void) sweep(109);

    for (n = 0; n < TOKENS; n++) {
        CHECK_ROW(has(n, n, LEN, 99) == (n > 9), "those with time left stay");
        CHECK_ROW((remains(n, LEN) == 0) == (n <= 9), "the others are wiped");
    }

    CHECK_ROWS("[G5] a sweep wipes what has ended");
    CHECK(cells_free() == cells + 10 * ((LEN + CELL - 1) / CELL),
          "and gives its room back");
    CHECK(take(3, 200) == RC(OK) && publish(3, &claim, 3, LEN, 200, 300)
          == RC(OK) && has(3, 3, LEN, 250), "its key serves again");
}


static void
test_steps(void)
{
    uint32_t  entry, steps;

    fill();

    for (entry = 0, steps = 1;
         (entry = STORE(sweep)(st, entry, 7, 500)) != 0;
         steps++)
    {
        /* void */
    }

    CHECK(steps == (TOKENS + 6) / 7,
          "in steps, each entry once that ever was in use");
    CHECK(remains(0, LEN) + remains(TOKENS - 1, LEN) == 0, "to the end");

    /* those that are free again are taken first */

    (void) take(1000, 600);
    (void) publish(1000, &claim, 1000, LEN, 600, 610);

    for (entry = 0, steps = 1;
         (entry = STORE(sweep)(st, entry, 7, 700)) != 0;
         steps++)
    {
        /* void */
    }

    CHECK(steps == (TOKENS + 6) / 7 && remains(1000, LEN) == 0,
          "and those that are used again");
}


static void
test_failures(void)
{
    fresh(SIZE);

    (void) take(1, 10);
    (void) fail(1, &claim, 10, 1000, 1, 100);
    (void) sweep(5000);

    CHECK(remains(1, 96) > 0, "what a failure has left is none of it");
}


int
main(void)
{
    test_ended();
    test_steps();
    test_failures();

    return DONE();
}
