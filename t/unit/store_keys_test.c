
/*
 * The shared store's keys: whatever they have in common, each has its own
 * token; and a million of them take no more room than there is.
 */

#include "store.h"
#include "ngx_http_oauth_token_zone.h"


#define MEGABYTE  (1024 * 1024)
#define MILLION   1000000
#define NEVER     (INT64_MAX / 2)
#define LEN       40

/* ms between two of a million; nobody is noticed twice in a second */
#define STEP      10


/* short ones: there are many */

static const unsigned char *
text(uint64_t n)
{
    static unsigned char  bytes[LEN];

    memset(bytes, 'x', LEN);
    memcpy(bytes, &n, sizeof(n));

    return bytes;
}


static int
put_under(const void *name, uint64_t n, int64_t now)
{
    return STORE(claim)(st, errand(name, now, now + FETCH), &claim, &failure)
           == RC(OK)
           && STORE(publish)(st, errand(name, now, 0), &claim,
                             fresh_token(text(n), LEN, NEVER), &stored)
              == RC(OK);
}


static int
has_under(const void *name, uint64_t n, int64_t now)
{
    unsigned char  bytes[LEN];

    return STORE(find)(st, name, now, &stored) && stored.len == LEN
           && STORE(copy)(st, &stored, bytes)
           && memcmp(bytes, text(n), LEN) == 0;
}


/* a key that differs from all others of this kind in one bit or two */

static uint64_t *
bits(int a, int b)
{
    static uint64_t  words[4];

    words[0] = 0x1234567812345678;
    words[1] = words[2] = words[3] = ~words[0];

    words[a / 64] ^= (uint64_t) 1 << a % 64;

    if (b >= 0) {
        words[b / 64] ^= (uint64_t) 1 << b % 64;
    }

    return words;
}


static void
test_buckets(void)
{
    int                           i, same;
    ngx_http_oauth_token_zone_t  *z;

    fresh(MEGABYTE);
    z = (ngx_http_oauth_token_zone_t *) st;
    same = 0;

    for (i = 0; i < 256; i++) {
        same += ngx_http_oauth_token_zone_bucket(z, bits(i, -1))
                == ngx_http_oauth_token_zone_bucket(z, bits(255, -1));

        CHECK_ROW(put_under(bits(i, -1), i, 0), "put");
    }

    CHECK(same > 192, "keys that share a bucket");

    for (i = 0; i < 256; i++) {
        CHECK_ROW(has_under(bits(i, -1), i, 1), "its own");
        CHECK_ROW(!STORE(find)(st, (unsigned char *) bits(i, (i + 64) % 256),
                               1, &stored),
                  "one that nobody has put");
    }

    CHECK_ROWS("[F2] keys that differ in a bit have each its token");
}


static void
test_million(void)
{
    size_t    i;
    uint32_t  all;
    int64_t   now;
    uint64_t  n, words[4], x, wrong, lost;

    fresh(MEGABYTE);
    all = entries();
    x = 1;
    wrong = 0;
    lost = 0;

    (void) put_under(key(1), MILLION, 0);

    for (n = 0; n < MILLION; n++) {
        now = (int64_t) n * STEP;

        for (i = 0; i < 4; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            words[i] = x;
        }

        wrong += !put_under(words, n, now) || !has_under(words, n, now);

        if (n % (all / 2) == 0) {
            lost += !has_under(key(1), MILLION, now);
            STORE(touch)(st, &stored, now);
        }
    }

    CHECK(wrong == 0, "[F4] a million tenants, each gets its token");
    CHECK(lost == 0, "[F4] one who comes again and again keeps its own");
    CHECK(entries() == all && room().entries_free <= 1,
          "[F4] they take no more than there is");
}


static void
test_version(void)
{
    ngx_http_oauth_token_zone_t  *z;

    fresh(SIZE);
    z = (ngx_http_oauth_token_zone_t *) st;

    z->version++;
    CHECK(!STORE(valid)(st, SIZE), "[F8] not valid with another version");

    z->version--;
    CHECK(STORE(valid)(st, SIZE), "[F8] but with its own");
}


int
main(void)
{
    test_buckets();
    test_million();
    test_version();

    free(memory);

    return DONE();
}
