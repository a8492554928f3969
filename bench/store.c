
/*
 * What a request costs in a store with many keys, to be counted by callgrind:
 *
 *     store hit|evict KEYS TIMES
 *
 * "hit" finds, copies and touches tokens as a request does that finds its own;
 * "evict" stores tokens for which others have to go, all of which are in use.
 * Counted are the instructions of measure() alone.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ngx_http_oauth_token_store.h"


#define STORE(name)  ngx_http_oauth_token_store_##name
#define RC(name)     NGX_HTTP_OAUTH_TOKEN_STORE_##name

/* a token of 1.2 kB, and the memory for it as README.md tells */
#define LEN          1200
#define BYTES        1600

#define NEVER        (INT64_MAX / 2)


static ngx_http_oauth_token_store_t  *st;
static unsigned char                  bytes[LEN];


static void
key(uint64_t n, uint64_t words[4])
{
    size_t    i;
    uint64_t  x;

    x = n;

    for (i = 0; i < 4; i++) {
        x += 0x9e3779b97f4a7c15;
        words[i] = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        words[i] = (words[i] ^ (words[i] >> 27)) * 0x94d049bb133111eb;
        words[i] ^= words[i] >> 31;
    }
}


static int
put(uint64_t n, int64_t now)
{
    uint64_t                        words[4];
    ngx_http_oauth_token_claim_t    claim;
    ngx_http_oauth_token_fresh_t    fresh;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_stored_t   stored;
    ngx_http_oauth_token_failure_t  failure;

    key(n, words);

    memset(&errand, 0, sizeof(errand));

    errand.key = (unsigned char *) words;
    errand.group = 1;
    errand.owner = getpid();
    errand.now = now;
    errand.deadline = NEVER;

    fresh.data = bytes;
    fresh.len = LEN;
    fresh.refresh_at = NEVER;
    fresh.again_at = NEVER;
    fresh.usable_until = NEVER;
    fresh.wall_until = NEVER;
    fresh.expires = NEVER;

    return STORE(claim)(st, &errand, &claim, &failure) == RC(OK)
           && STORE(publish)(st, &errand, &claim, &fresh, &stored) == RC(OK);
}


static int
hit(uint64_t n, int64_t now)
{
    uint64_t                        words[4];
    unsigned char                   dst[LEN];
    ngx_http_oauth_token_stored_t   stored;

    key(n, words);

    if (!STORE(find)(st, (unsigned char *) words, now, &stored)
        || !STORE(copy)(st, &stored, dst))
    {
        return 0;
    }

    STORE(touch)(st, &stored, now);

    return 1;
}


/* its name is known to bench/run; returns how often it went well */

uint64_t measure(int evict, uint64_t keys, uint64_t times)
    __attribute__((noinline));


uint64_t
measure(int evict, uint64_t keys, uint64_t times)
{
    uint64_t  i, good;

    for (good = 0, i = 0; i < times; i++) {

        /* in no order, and every key as often as another */

        good += evict ? put(keys + i, 20000 + (int64_t) i)
                      : hit(i * 7919 % keys, (int64_t) i);
    }

    return good;
}


int
main(int argc, char **argv)
{
    int        evict;
    void      *memory;
    uint64_t   i, keys, times;

    if (argc != 4) {
        return 2;
    }

    evict = strcmp(argv[1], "evict") == 0;
    keys = strtoull(argv[2], NULL, 10);
    times = strtoull(argv[3], NULL, 10);

    memory = malloc(keys * BYTES);
    st = memory ? STORE(create)(memory, keys * BYTES, 1) : NULL;

    if (st == NULL) {
        return 2;
    }

    for (i = 0; i < keys; i++) {
        if (!put(i, 0)) {
            return 2;
        }
    }

    for (i = 0; evict && i < keys; i++) {
        (void) hit(i, 10000 + (int64_t) (i % 1000));
    }

    i = measure(evict, keys, times);
    free(memory);

    return i == times ? 0 : 1;
}
