
/*
 * The shared store, one call after another: states, times, room, eviction and
 * what is left in the memory.
 */

#define _GNU_SOURCE

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "ngx_http_oauth_token_store.h"
#include "ngx_http_oauth_token_zone.h"


#define STORE(name)  ngx_http_oauth_token_store_##name
#define RC(name)     NGX_HTTP_OAUTH_TOKEN_STORE_##name

#define SIZE         65536
#define LONGEST      16384

/* ms; a claim made by take() lasts for so long */
#define FETCH        5000


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


static ngx_http_oauth_token_store_t   *st;
static unsigned char                  *memory;
static size_t                          memory_size;

/* what the last call has given */
static ngx_http_oauth_token_claim_t    claim;
static ngx_http_oauth_token_failure_t  failure;
static ngx_http_oauth_token_stored_t   stored;


/* in memory of just that size, so that ASan watches its end */

static void
fresh(size_t size)
{
    free(memory);

    memory = malloc(size);
    memory_size = size;
    memset(memory, 0xff, size);

    st = STORE(create)(memory, size);
}


/* neighbours in number are neighbours in the buckets */

static const unsigned char *
key(uint64_t n)
{
    static uint64_t  words[4];

    words[0] = n;
    words[1] = n * 3;
    words[2] = 1;
    words[3] = n + 7;

    return (const unsigned char *) words;
}


/* bytes that no other n has, not even eight in a row */

static const unsigned char *
token(uint64_t n)
{
    size_t                i;
    uint64_t              x;
    static unsigned char  bytes[SIZE];

    x = (n + 1) * 0x9e3779b97f4a7c15;

    for (i = 0; i < sizeof(bytes); i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(bytes + i, &x, 8);
    }

    return bytes;
}


static const ngx_http_oauth_token_errand_t *
errand(const unsigned char *name, int64_t now, int64_t deadline)
{
    static ngx_http_oauth_token_errand_t  e;

    memset(&e, 0, sizeof(e));

    e.key = name;
    e.group = 1;
    e.owner = getpid();
    e.now = now;
    e.deadline = deadline;

    return &e;
}


static const ngx_http_oauth_token_fresh_t *
fresh_token(const unsigned char *data, size_t len, int64_t until)
{
    static ngx_http_oauth_token_fresh_t  f;

    f.data = data;
    f.len = len;
    f.refresh_at = until;
    f.again_at = until;
    f.usable_until = until;
    f.expires = until + 5;

    return &f;
}


static ngx_http_oauth_token_store_e
take(uint64_t n, int64_t now)
{
    memset(&failure, 0, sizeof(failure));

    return STORE(claim)(st, errand(key(n), now, now + FETCH), &claim,
                        &failure);
}


static ngx_http_oauth_token_store_e
publish(uint64_t n, const ngx_http_oauth_token_claim_t *c, uint64_t text,
    size_t len, int64_t now, int64_t until)
{
    return STORE(publish)(st, errand(key(n), now, 0), c,
                          fresh_token(token(text), len, until), &stored);
}


static ngx_http_oauth_token_store_e
fail(uint64_t n, const ngx_http_oauth_token_claim_t *c, int64_t now,
    int64_t until, uint64_t text, size_t len)
{
    memset(&failure, 0, sizeof(failure));

    failure.retry_at = until;
    failure.probe_at = until;
    failure.outcome = 42;
    strcpy(failure.reason, "http_401");

    return STORE(fail)(st, errand(key(n), now, 0), c, &failure, token(text),
                       len);
}


/* the whole way of a token; its text is that of the key's number */

static int
put(uint64_t n, size_t len, int64_t now, int64_t until)
{
    return take(n, now) == RC(OK)
           && publish(n, &claim, n, len, now, until) == RC(OK);
}


/* whether the place that was found holds the text */

static int
reads(uint64_t text, size_t len)
{
    int             same;
    unsigned char  *dst;

    if (stored.len != len) {
        return 0;
    }

    dst = malloc(len);
    same = STORE(copy)(st, &stored, dst) && memcmp(dst, token(text), len) == 0;
    free(dst);

    return same;
}


static int
has(uint64_t n, uint64_t text, size_t len, int64_t now)
{
    memset(&stored, 0, sizeof(stored));

    return STORE(find)(st, key(n), now, &stored) && reads(text, len);
}


static int
finds(uint64_t n, int64_t now)
{
    return STORE(find)(st, key(n), now, &stored);
}


static uint32_t
cells_free(void)
{
    ngx_http_oauth_token_store_room_t  room;

    STORE(room)(st, &room);

    return room.cells_free;
}


static uint32_t
entries(void)
{
    ngx_http_oauth_token_store_room_t  room;

    STORE(room)(st, &room);

    return room.entries;
}


/* how many of the text's words are anywhere in the memory */

static size_t
remains(uint64_t text, size_t len)
{
    size_t                i, n;
    const unsigned char  *bytes;

    bytes = token(text);
    n = 0;

    for (i = 0; i + 8 <= len; i += 8) {
        n += memmem(memory, memory_size, bytes + i, 8) != NULL;
    }

    return n;
}


static void
test_create(void)
{
    size_t    size;
    uint64_t  n;

    memory = malloc(RC(MIN) - 1);
    CHECK(STORE(create)(memory, RC(MIN) - 1) == NULL, "too small a store");

    fresh(RC(MIN));
    CHECK(st != NULL && entries() > 0 && cells_free() > 0, "smallest store");
    CHECK(STORE(valid)(st, RC(MIN)), "valid, so it can be used on");
    CHECK(!STORE(valid)(st, RC(MIN) + 4096), "not valid with another size");

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
        CHECK_ROW(STORE(generation)(st, stored.entry) == stored.generation,
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


static pid_t
dead_pid(void)
{
    pid_t  pid;

    pid = fork();

    if (pid == 0) {
        _exit(0);
    }

    (void) waitpid(pid, NULL, 0);

    return pid;
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


static int64_t
due(uint64_t n, int64_t now)
{
    return STORE(due)(st, key(n), now);
}


static void
test_due(void)
{
    ngx_http_oauth_token_fresh_t  f;

    fresh(SIZE);
    CHECK(due(1, 7) == 7, "no token: now");

    (void) take(1, 0);
    f = *fresh_token(token(1), 9, 1000);
    f.refresh_at = 600;
    (void) STORE(publish)(st, errand(key(1), 0, 0), &claim, &f, &stored);
    CHECK(due(1, 7) == 600, "a token: its refresh");

    (void) take(1, 1000);
    f.data = token(2);
    f.refresh_at = 5000;
    f.usable_until = 2000;
    (void) STORE(publish)(st, errand(key(1), 1000, 0), &claim, &f, &stored);
    CHECK(due(1, 1500) == 2000, "not after its end");

    (void) take(1, 2000);
    (void) fail(1, &claim, 2000, 2500, 0, 0);
    CHECK(due(1, 2100) == 2500, "nor during a pause");
}


static ngx_http_oauth_token_store_e
take_by(uint64_t n, const unsigned char *endpoint, int64_t now, int patient)
{
    ngx_http_oauth_token_errand_t  e;

    e = *errand(key(n), now, now + FETCH);
    e.endpoint = endpoint;
    e.patient = patient;

    memset(&failure, 0, sizeof(failure));

    return STORE(claim)(st, &e, &claim, &failure);
}


/* one key of an endpoint at a time tries whether it is back, unless it hangs */

static void
test_endpoint(void)
{
    unsigned char                   endpoint[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_http_oauth_token_errand_t   e;
    ngx_http_oauth_token_failure_t  f;

    memcpy(endpoint, key(99), sizeof(endpoint));
    memset(&f, 0, sizeof(f));

    f.shared = 1;
    f.retry_at = 100;
    f.probe_at = 100;
    f.failures = 1;

    fresh(SIZE);
    (void) take_by(1, endpoint, 0, 0);
    e = *errand(key(1), 0, 0);
    e.endpoint = endpoint;
    (void) STORE(fail)(st, &e, &claim, &f, NULL, 0);

    CHECK(take_by(2, endpoint, 50, 0) == RC(PAUSED), "a pause for all keys");
    CHECK(take_by(1, endpoint, 100, 1) == RC(OK), "one of them tries");
    CHECK(take_by(2, endpoint, 200, 0) == RC(PAUSED)
          && failure.probe_at > 200 && failure.probe_at <= 1200,
          "the others wait");
    CHECK(take_by(2, endpoint, 2000, 1) == RC(PAUSED), "who can, for long");
    CHECK(take_by(2, endpoint, 2000, 0) == RC(OK), "others not when it hangs");
    CHECK(take_by(3, endpoint, 2100, 0) == RC(PAUSED), "again one at a time");
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
        CHECK_ROW(STORE(generation)(st, seen[i - 1].entry)
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

        CHECK_ROW(STORE(claim)(st, errand(keys[0], 0, 10), &claim, &failure)
                  == RC(OK), "claim the first");
        CHECK_ROW(STORE(publish)(st, errand(keys[0], 0, 0), &claim,
                                 fresh_token(token(0), 9, 10), &stored) == RC(OK), "publish it");
        CHECK_ROW(!STORE(find)(st, keys[1], 0, &stored), "find the second");
        CHECK_ROW(STORE(claim)(st, errand(keys[1], 0, 10), &claim, &failure)
                  == RC(OK), "claim the second");
        CHECK_ROW(STORE(publish)(st, errand(keys[0], 10, 0), &claim,
                                 fresh_token(token(1), 9, 20), &stored) == RC(STALE), "publish wrongly");
        CHECK_ROW(STORE(publish)(st, errand(keys[1], 0, 0), &claim,
                                 fresh_token(token(1), 9, 10), &stored) == RC(OK), "publish it");
        CHECK_ROW(STORE(claim)(st, errand(keys[2], 0, 10), &claim, &failure)
                  == RC(OK), "claim the third");

        CHECK_ROW(STORE(find)(st, keys[0], 0, &stored) && reads(0, 9), "1st");
        CHECK_ROW(STORE(find)(st, keys[1], 0, &stored) && reads(1, 9), "2nd");
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
    test_create();
    test_round_trip();
    test_claim();
    test_pause();
    test_wanted();
    test_busy();
    test_losses();
    test_due();
    test_endpoint();
    test_late();
    test_detail();
    test_generations();
    test_eviction();
    test_room();
    test_too_large();
    test_wiping();
    test_bucket();
    test_chain();

    free(memory);

    return DONE();
}
