
/*
 * What the store makes of a zone whose lock a dead writer has: entries whose
 * chains cannot be right are given up, all others stay, and no cell is lost.
 */

#include "store.h"
#include "ngx_http_oauth_token_zone.h"


/* three cells each */
#define LEN   (2 * CELL + 100)
#define KEYS  3


static ngx_http_oauth_token_entry_t *
entry_of(uint64_t n)
{
    (void) STORE(find)(st, key(n), 0, &stored);

    return ngx_http_oauth_token_zone_entry(&st->zone, stored.entry);
}


static ngx_http_oauth_token_cell_t *
first_of(uint64_t n)
{
    return ngx_http_oauth_token_zone_cell(&st->zone,
                                          (uint32_t) entry_of(n)->cell);
}


static void
nothing(void)
{
    /* it died before it wrote anything */
}


static void
another_start(void)
{
    entry_of(2)->cell = entry_of(1)->cell;
}


static void
another_middle(void)
{
    first_of(2)->next = (uint32_t) entry_of(1)->cell;
}


static void
outside(void)
{
    first_of(2)->next = room().cells;
}


static void
circle(void)
{
    first_of(2)->next = (uint32_t) entry_of(2)->cell;
}


static void
odd(void)
{
    entry_of(2)->generation |= 1;
}


static const struct {
    void        (*damage)(void);
    const char   *name;
    unsigned      stays;
} damages[] = {
    { nothing, "nothing was begun", 1 },
    { another_start, "a chain that is another's", 0 },
    { another_middle, "a chain that leads into another", 0 },
    { outside, "a chain that leads out of the zone", 0 },
    { circle, "a chain that leads to its start", 0 },
    { odd, "a change that was not ended", 0 }
};


int
main(void)
{
    size_t    i;
    uint32_t  all;
    uint64_t  n;

    for (i = 0; i < COUNT(damages); i++) {
        fresh(SIZE);
        all = cells_free();

        for (n = 1; n <= KEYS; n++) {
            CHECK_ROW(put(n, LEN, 0, 1000), damages[i].name);
        }

        damages[i].damage();
        st->zone.lock = (uint32_t) dead_pid();

        CHECK_ROW(take(KEYS + 1, 0) == RC(OK), damages[i].name);
        CHECK_ROW(has(1, 1, LEN, 0) && has(3, 3, LEN, 0), damages[i].name);
        CHECK_ROW(finds(2, 0) == (int) damages[i].stays, damages[i].name);
        CHECK_ROW(cells_free() == all - 3 * (2 + damages[i].stays),
                  damages[i].name);
        CHECK_ROW(put(2, LEN, 0, 1000) == !damages[i].stays,
                  damages[i].name);
    }

    CHECK_ROWS("what is whole stays, what is not is given back");

    free(memory);

    return DONE();
}
