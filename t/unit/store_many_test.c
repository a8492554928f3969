
/*
 * The shared store with 100,000 keys: the memory that they take, which of them
 * go when it is full, and that a key is found as fast as among few.
 */

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_store.h"


#define STORE(name)  ngx_http_oauth_token_store_##name
#define RC(name)     NGX_HTTP_OAUTH_TOKEN_STORE_##name

#define MANY         100000
#define LEN          1200
#define NEVER        (INT64_MAX / 2)

/* as README.md has it: bytes for a token of so many, at least four parts */
#define PART         248
#define PART_BYTES   320
#define PARTS(len)   (((len) + PART - 1) / PART < 4 ? 4                       \
                      : ((len) + PART - 1) / PART)
#define BYTES(len)   (PARTS(len) * PART_BYTES)

/* and so much beside them, for this number of providers and those to come */
#define BESIDE       24576
#define PROVIDERS    17

/* how many of the oldest an eviction looks at, at least */
#define LOOK         64

/* the most entries of a bucket that a look for a key may have to pass */
#define CHAIN_MAX    12


static ngx_http_oauth_token_store_t   *st;
static ngx_http_oauth_token_stored_t   stored;
static void                           *memory;


static void
fresh(size_t size)
{
    free(memory);

    size += BESIDE;
    memory = grab(size);
    st = STORE(create)(memory, size, PROVIDERS);
}


/* like a hash: no bits of one tell those of another */

static const unsigned char *
key(uint64_t n)
{
    size_t           i;
    uint64_t         x;
    static uint64_t  words[4];

    x = n;

    for (i = 0; i < 4; i++) {
        x += 0x9e3779b97f4a7c15;
        words[i] = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        words[i] = (words[i] ^ (words[i] >> 27)) * 0x94d049bb133111eb;
        words[i] ^= words[i] >> 31;
    }

    return (const unsigned char *) words;
}


static const unsigned char *
token(uint64_t n)
{
    size_t                i;
    static unsigned char  bytes[16384];

    for (i = 0; i + 8 <= sizeof(bytes); i += 8) {
        memcpy(bytes + i, &n, 8);
    }

    return bytes;
}


static ngx_http_oauth_token_store_e
take(uint64_t n, int64_t now, ngx_http_oauth_token_claim_t *claim)
{
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_failure_t  failure;

    memset(&errand, 0, sizeof(errand));

    errand.key = key(n);
    errand.group = 1;
    errand.owner = getpid();
    errand.now = now;
    errand.deadline = NEVER;

    return STORE(claim)(st, &errand, claim, &failure);
}


static int
put(uint64_t n, size_t len, int64_t now, int64_t until)
{
    ngx_http_oauth_token_claim_t   claim;
    ngx_http_oauth_token_fresh_t   token_;
    ngx_http_oauth_token_errand_t  errand;

    if (take(n, now, &claim) != RC(OK)) {
        return 0;
    }

    memset(&errand, 0, sizeof(errand));

    errand.key = key(n);
    errand.group = 1;
    errand.now = now;

    token_.data = token(n);
    token_.len = len;
    token_.refresh_at = until;
    token_.again_at = until;
    token_.usable_until = until;
    token_.expires = until;

    return STORE(publish)(st, &errand, &claim, &token_, &stored) == RC(OK);
}


static int
has(uint64_t n, size_t len, int64_t now)
{
    unsigned char  dst[16384];

    return STORE(find)(st, key(n), now, &stored) && stored.len == len
           && STORE(copy)(st, &stored, dst)
           && memcmp(dst, token(n), len) == 0;
}


static int
known(uint64_t n)
{
    return STORE(known)(st, key(n));
}


static void
test_memory(void)
{
    size_t    i, j;
    uint64_t  n, there;

    static const size_t  lens[] = { 27, 992, 993, LEN, 1500, 4000, 12000 };
    static const size_t  counts[] = { 100, 1000, 10000 };

    for (i = 0; i < COUNT(lens); i++) {
        for (j = 0; j < COUNT(counts); j++) {

            fresh(counts[j] * BYTES(lens[i]));

            for (n = 0; n < counts[j]; n++) {
                CHECK_ROW(put(n, lens[i], 0, NEVER), "put");
            }

            for (there = 0, n = 0; n < counts[j]; n++) {
                there += known(n);
            }

            CHECK_ROW(there == counts[j], "all there");
        }
    }

    CHECK_ROWS("the memory that the README tells has room for all");

    fresh((size_t) MANY * BYTES(LEN));

    for (n = 0; n < MANY; n++) {
        CHECK_ROW(put(n, LEN, 0, NEVER), "put");
    }

    for (n = 0; n < MANY; n++) {
        CHECK_ROW(has(n, LEN, 0), "has");
    }

    CHECK_ROWS("100,000 tokens of 1.2 kB, each as it was");
}


/* of what test_memory has left, and of few: a look passes no more entries */

static void
test_chains(void)
{
    uint32_t                      e, i, n, longest;
    uint64_t                      passed;
    ngx_http_oauth_token_zone_t  *z;

    z = &st->zone;
    longest = 0;
    passed = 0;

    for (i = 0; i < z->nbuckets; i++) {
        e = ngx_http_oauth_token_zone_buckets(z)[i];

        for (n = 0; e != NGX_HTTP_OAUTH_TOKEN_ZONE_NONE; n++) {
            passed += n + 1;
            e = ngx_http_oauth_token_zone_entry(z, e)->next;
        }

        longest = n > longest ? n : longest;
    }

    CHECK(passed < MANY * 2, "fewer than two entries are looked at for a key");
    CHECK(longest <= CHAIN_MAX, "and never many");
}


/* full, of tokens that were put one after another */

static uint64_t
fill(void)
{
    uint64_t                           n;
    ngx_http_oauth_token_store_room_t  room;

    fresh((size_t) MANY * BYTES(LEN));

    for (n = 0; ; n++) {
        STORE(room)(st, &room);

        if (room.cells_free < (LEN + PART - 1) / PART) {
            return n;
        }

        CHECK_ROW(put(n, LEN, (int64_t) n, NEVER), "put");
    }
}


static void
test_order(void)
{
    int64_t                        now;
    uint64_t                       n, all, gone;
    ngx_http_oauth_token_claim_t   claim;

    all = fill();
    now = 10 * MANY;

    CHECK_ROWS("the store is filled");

    /* every third is in use, every tenth is being fetched, of those at first */

    for (n = 0; n < 30000; n += 3) {
        (void) STORE(find)(st, key(n), now, &stored);
        STORE(touch)(st, &stored, now);
    }

    for (n = 0; n < 30000; n += 10) {
        (void) STORE(drop)(st, key(n), NULL, now, 0);
        CHECK_ROW(take(n, now, &claim) == RC(OK), "a claim");
    }

    CHECK_ROWS("some are being fetched");

    /* what was dropped has left room for as many */

    for (n = 0; n < 3000; n++) {
        CHECK_ROW(put(all + n, LEN, now, NEVER), "in the room there is");
        CHECK_ROW(known(1), "nothing goes for it");
    }

    CHECK_ROWS("what has room pushes nothing out");

    /* 20,000 less those of both kinds are 18,000 - 6,000 = 12,000 */

    for (gone = 0, n = 0; n < 12000; n++) {
        CHECK_ROW(put(all + 3000 + n, LEN, now, NEVER), "put");
    }

    for (n = 0; n < all + 15000; n++) {
        if (!known(n)) {
            gone++;
            CHECK_ROW(n < 20000 && n % 3 && n % 10, "the oldest of no use");
        }
    }

    CHECK_ROW(gone == 12000, "one for each that comes");
    CHECK_ROWS("the least recently used goes, nothing in use does");

    for (n = 0; n < 30000; n++) {
        CHECK_ROW(known(n) || (n < 20000 && n % 3 && n % 10), "stays");
    }

    CHECK_ROWS("those that are used, or being fetched, stay");
}


static void
test_ended(void)
{
    uint64_t  n, all;
    int64_t   now;

    all = fill();
    now = 10 * MANY;

    /* the fiftieth of the oldest ends, and one that is not among them */

    (void) STORE(drop)(st, key(50), NULL, now, 0);
    (void) STORE(drop)(st, key(all / 2), NULL, now, 0);

    for (n = 0; n < 2; n++) {
        CHECK_ROW(put(all + n, LEN, now, NEVER), "in the room of both");
    }

    CHECK(known(0) && known(50), "an entry without a token is there still");
    CHECK(put(all + 2, LEN, now, NEVER) && !known(50),
          "of the oldest, the one that is of no use goes first");
    CHECK(!known(0) && known(1), "then the oldest, as it had no memory");
    CHECK(known(all / 2), "nobody looks further");
}


/* whatever is in use, one comes in, and of the rest nothing else goes */

static void
test_busy(void)
{
    int64_t   now;
    uint64_t  n, all, there;

    all = fill();
    now = 10 * MANY;

    for (n = 0; n < all; n++) {
        (void) STORE(find)(st, key(n), now, &stored);
        STORE(touch)(st, &stored, now + (int64_t) n);
    }

    CHECK(put(all, LEN, 20 * MANY, NEVER) && has(all, LEN, 20 * MANY),
          "all are in use, and one more comes");

    for (there = 0, n = 0; n < all; n++) {
        there += known(n);
    }

    CHECK(there == all - 1, "for which one goes");
}


int
main(void)
{
    test_memory();
    test_chains();
    test_order();
    test_ended();
    test_busy();

    free(memory);

    return DONE();
}
