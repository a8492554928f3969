
/*
 * Writers of the shared store are killed at any instruction, again and again:
 * readers never see a torn or a foreign token, the lock stays to be had, and
 * no room is lost.
 */

#define _GNU_SOURCE

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "ngx_http_oauth_token_clear.h"
#include "ngx_http_oauth_token_store.h"
#include "ngx_http_oauth_token_lock.h"
#include "ngx_http_oauth_token_zone.h"


#define STORE(name)  ngx_http_oauth_token_store_##name
#define ZONE(name)   ngx_http_oauth_token_zone_##name
#define RC(name)     NGX_HTTP_OAUTH_TOKEN_STORE_##name

#define NONE         NGX_HTTP_OAUTH_TOKEN_ZONE_NONE
#define CELL_BYTES   NGX_HTTP_OAUTH_TOKEN_CELL_BYTES

/* more keys than entries, and tokens for which there are not enough cells */
#define SIZE         RC(MIN)
#define KEYS         16
#define SHORTEST     24
#define LONGEST      3000

#define WRITERS      3
#define READERS      2
#define KILLS        300

/* a writer lives so long at most, microseconds */
#define LIFE         10000

/* of a writer that is not killed */
#define CALLS        2000

/* of so many calls of a writer one takes all tokens of a group away */
#define PURGE        64
#define GROUPS       3


typedef struct {
    uint64_t    good;
    uint64_t    bad;
    uint64_t    stored;
    uint64_t    saved;
    uint64_t    dropped;
    uint64_t    purged;
    uint64_t    outages;
} counts_t;


typedef struct {
    uint32_t    entries;
    uint32_t    entries_free;
    uint32_t    cells_free;
    uint32_t    in_buckets;
    uint32_t    not_wiped;
} tally_t;


typedef struct {
    counts_t    counts;
    uint64_t    memory[SIZE / 8];
} shared_t;


static shared_t                      *shared;
static ngx_http_oauth_token_store_t  *st;
static ngx_http_oauth_token_zone_t   *zone;


static int64_t
now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static uint64_t
next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;

    return *x;
}


static void
key(uint64_t n, unsigned char *dst)
{
    memset(dst, (int) n + 1, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);
}


/* its key and its number, and bytes that follow from these and the length */

static void
make(unsigned char *dst, uint64_t n, uint64_t number, size_t len)
{
    size_t    i;
    uint64_t  x;

    memcpy(dst, &n, 8);
    memcpy(dst + 8, &number, 8);

    x = (number * KEYS + n + 1) * 0x9e3779b97f4a7c15 + len;

    for (i = 16; i < len; i++) {
        dst[i] = (unsigned char) (next(&x) >> 24);
    }
}


static int
whole(const unsigned char *token, uint64_t n, size_t len)
{
    uint64_t       number;
    unsigned char  want[LONGEST];

    if (len < SHORTEST || len > LONGEST) {
        return 0;
    }

    memcpy(&number, token + 8, 8);
    make(want, n, number, len);

    return memcmp(token, want, len) == 0;
}


static void
look(uint64_t n, int64_t at)
{
    unsigned char                  name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    unsigned char                  token[LONGEST];
    ngx_http_oauth_token_stored_t  stored;

    key(n, name);

    if (!STORE(find)(st, name, at, &stored)) {
        return;
    }

    if (stored.len > LONGEST) {
        __atomic_add_fetch(&shared->counts.bad, 1, __ATOMIC_RELAXED);
        return;
    }

    if (STORE(copy)(st, &stored, token)) {
        __atomic_add_fetch(whole(token, n, stored.len) ? &shared->counts.good
                                                       : &shared->counts.bad,
                           1, __ATOMIC_RELAXED);
    }
}


/* all keys have one endpoint, whose record comes and goes like theirs */

static ngx_http_oauth_token_errand_t
errand_to(const unsigned char *name, int64_t at, int64_t deadline)
{
    static unsigned char           endpoint[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_http_oauth_token_errand_t  errand;

    key(KEYS, endpoint);
    memset(&errand, 0, sizeof(errand));

    errand.key = name;
    errand.endpoint = endpoint;
    errand.group = name[0] % GROUPS + 1;
    errand.owner = getpid();
    errand.now = at;
    errand.deadline = deadline;

    return errand;
}


static ngx_http_oauth_token_fresh_t
fresh_token(const unsigned char *data, size_t len, int64_t until)
{
    ngx_http_oauth_token_fresh_t  fresh;

    memset(&fresh, 0, sizeof(fresh));

    fresh.data = data;
    fresh.len = len;
    fresh.refresh_at = until;
    fresh.again_at = until;
    fresh.usable_until = until;

    return fresh;
}


static void
count(uint64_t *counter, ngx_http_oauth_token_store_e rc)
{
    if (rc == RC(OK)) {
        __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
    }
}


/* ends a claim without a token */

static void
fail(const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim, size_t len, int shared_by_all)
{
    unsigned char                   detail[LONGEST];
    ngx_http_oauth_token_store_e    rc;
    ngx_http_oauth_token_failure_t  failure;

    /* a detail is no token: a reader that takes it for one would tell */

    memset(detail, 'x', len);
    memset(&failure, 0, sizeof(failure));
    failure.shared = shared_by_all;
    failure.failures = (shared_by_all ? claim->unanswered : claim->failures)
                       + 1;

    rc = STORE(fail)(st, errand, claim, &failure, detail, len);

    if (shared_by_all) {
        count(&shared->counts.outages, rc);
    }
}


static void
fetch(uint64_t n, uint64_t number, int64_t at, uint64_t *x)
{
    size_t                          len;
    unsigned char                   name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    unsigned char                   token[LONGEST];
    ngx_http_oauth_token_claim_t    claim;
    ngx_http_oauth_token_fresh_t    fresh;
    ngx_http_oauth_token_stored_t   stored;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_failure_t  failure;

    key(n, name);
    errand = errand_to(name, at, at + 50);
    len = SHORTEST + next(x) % (LONGEST - SHORTEST + 1);

    make(token, n, number, len);
    fresh = fresh_token(token, len, at + (int64_t) (next(x) % 3));

    if (next(x) % PURGE == 0) {
        count(&shared->counts.purged,
              STORE(purge)(st, next(x) % (GROUPS + 1)));
        return;
    }

    switch (next(x) % 16) {

    case 0:
        count(&shared->counts.dropped, STORE(drop)(st, name, NULL, at, 0));
        return;

    case 1:
        count(&shared->counts.saved, STORE(save)(st, &errand, &fresh));
        return;

    default:
        break;
    }

    if (STORE(claim)(st, &errand, &claim, &failure) != RC(OK)) {
        return;
    }

    if (next(x) % 4 == 0) {
        fail(&errand, &claim, len, (int) (next(x) % 2));
        return;
    }

    count(&shared->counts.stored,
          STORE(publish)(st, &errand, &claim, &fresh, &stored));
}


static void
write_on(void)
{
    uint64_t  i, x;

    x = 20240229;

    for (i = 0; i < CALLS; i++) {
        fetch(next(&x) % KEYS, UINT32_MAX + i, now(), &x);
    }
}


static pid_t
start(int writes, uint64_t seed)
{
    pid_t     pid;
    uint64_t  x, number;

    pid = fork();

    if (pid != 0) {
        return pid;
    }

    x = (seed + 1) * 0x9e3779b97f4a7c15;

    for (number = seed << 32; /* until killed */ ; number++) {
        if (writes) {
            fetch(next(&x) % KEYS, number, now(), &x);

        } else {
            look(next(&x) % KEYS, now());
        }
    }
}


/* whether it was killed by us, and not by a sanitizer or a fault of its own */

static int
end(pid_t pid)
{
    int  status;

    return kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid
           && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}


/* returns ms until the lock was had; it is given back */

static int64_t
lock_time(void)
{
    int64_t  begun;

    begun = now();

    while (ZONE(lock)(zone) != 0) {
        if (now() - begun > 1000) {
            return now() - begun;
        }
    }

    ZONE(unlock)(zone);

    return now() - begun;
}


static uint32_t
not_wiped(uint32_t cell)
{
    unsigned                      w;
    ngx_http_oauth_token_cell_t  *c;

    c = ZONE(cell)(zone, cell);

    for (w = 0; w < NGX_HTTP_OAUTH_TOKEN_CELL_WORDS; w++) {
        if (c->words[w] != 0) {
            return 1;
        }
    }

    return 0;
}


/* counts what is there, list by list, while nobody writes */

static tally_t
tally(void)
{
    tally_t                        t;
    uint32_t                       i, n;
    ngx_http_oauth_token_entry_t  *e;

    memset(&t, 0, sizeof(t));

    for (i = zone->free_entry; i != NONE && t.entries_free <= zone->nentries;
         i = ZONE(entry)(zone, i)->next)
    {
        t.entries_free++;
    }

    for (i = zone->free_cell; i != NONE && t.cells_free <= zone->ncells;
         i = ZONE(cell)(zone, i)->next)
    {
        t.cells_free++;
        t.not_wiped += not_wiped(i);
    }

    for (i = 0; i < zone->nentries; i++) {
        e = ZONE(entry)(zone, i);
        t.entries += e->used != 0;

        n = e->used ? *ZONE(bucket)(zone, e->key) : NONE;

        while (n != NONE && n != i) {
            n = ZONE(entry)(zone, n)->next;
        }

        t.in_buckets += n != NONE;
    }

    return t;
}


/* the cells that tokens and details fill, by their lengths */

static uint32_t
cells_used(void)
{
    uint32_t                       i, n;
    ngx_http_oauth_token_entry_t  *e;

    n = 0;

    for (i = 0; i < zone->nentries; i++) {
        e = ZONE(entry)(zone, i);

        if (e->holds != NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING) {
            n += (uint32_t) ((e->len + CELL_BYTES - 1) / CELL_BYTES);
        }
    }

    return n;
}


static int
accounts_agree(void)
{
    tally_t                            t;
    uint32_t                           used;
    ngx_http_oauth_token_store_room_t  room;

    t = tally();
    used = cells_used();
    STORE(room)(st, &room);

    printf("# entries: %u of %u free, %u listed, %u used, %u in buckets\n",
           room.entries_free, room.entries, t.entries_free, t.entries,
           t.in_buckets);
    printf("# cells: %u of %u free, %u listed, %u used, %u not wiped\n",
           room.cells_free, room.cells, t.cells_free, used, t.not_wiped);

    return t.entries_free == room.entries_free
           && t.entries + t.entries_free == room.entries
           && t.in_buckets == t.entries
           && t.cells_free == room.cells_free
           && used + t.cells_free == room.cells
           && t.not_wiped == 0;
}


/*
 * Ends all claims, those of the dead too; returns how many keys were served,
 * each of which leaves no record of an endpoint that has failed.
 */

static unsigned
end_claims(int64_t at)
{
    unsigned                        served;
    uint64_t                        n;
    unsigned char                   name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    unsigned char                   token[SHORTEST];
    ngx_http_oauth_token_claim_t    claim;
    ngx_http_oauth_token_fresh_t    fresh;
    ngx_http_oauth_token_stored_t   stored;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_failure_t  failure;

    served = 0;

    for (n = 0; n < KEYS; n++) {
        key(n, name);
        make(token, n, 0, sizeof(token));
        errand = errand_to(name, at, at + 1);
        fresh = fresh_token(token, sizeof(token), at + 1);

        served += STORE(claim)(st, &errand, &claim, &failure) == RC(OK)
                  && STORE(publish)(st, &errand, &claim, &fresh, &stored)
                     == RC(OK)
                  && STORE(find)(st, name, at, &stored)
                  && STORE(copy)(st, &stored, token)
                  && whole(token, n, stored.len)
                  && !STORE(known)(st, errand.endpoint);
    }

    return served;
}


/* an endpoint that has failed, and a dead one who tries whether it is back */

static int
leave_outage(int64_t at, pid_t dead)
{
    int                             left;
    unsigned char                   name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_http_oauth_token_claim_t    claim;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_failure_t  failure;

    key(KEYS - 1, name);
    errand = errand_to(name, at, at + 50);

    left = STORE(claim)(st, &errand, &claim, &failure) == RC(OK);

    fail(&errand, &claim, SHORTEST, 1);

    errand.owner = dead;
    left = left && STORE(claim)(st, &errand, &claim, &failure) == RC(OK)
           && claim.unanswered > 0;

    return left && STORE(known)(st, errand.endpoint);
}


static void
kill_writers(pid_t *writers, int *killed, int *holding)
{
    int       i;
    pid_t     pid;
    uint64_t  x;

    x = 20240229;

    for (i = 0; i < KILLS + WRITERS; i++) {
        pid = writers[i % WRITERS];

        (void) usleep((useconds_t) (next(&x) % LIFE));

        *killed += end(pid);
        *holding += zone->lock == (uint32_t) pid;

        /* the last ones are not followed by others */

        if (i < KILLS) {
            writers[i % WRITERS] = start(1, (uint64_t) (WRITERS + i));
        }
    }
}


/* what a writer leaves that dies between the two ends of a change */

static void
test_half_written(pid_t dead)
{
    int64_t                        at;
    uint32_t                       entries_free;
    unsigned char                  name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    unsigned char                  token[LONGEST];
    ngx_http_oauth_token_entry_t  *e;
    ngx_http_oauth_token_stored_t  stored, half;

    at = now() + 2000000;
    (void) end_claims(at);

    key(KEYS - 1, name);
    CHECK(STORE(find)(st, name, at, &stored), "the token to be changed");

    e = ZONE(entry)(zone, stored.entry);
    zone->lock = (uint32_t) dead;
    ZONE(begin)(e);
    e->usable_until = at + 2;
    entries_free = zone->free_entries;

    CHECK(!STORE(find)(st, name, at, &half)
          && !STORE(copy)(st, &stored, token), "not found while it is changed");

    CHECK(lock_time() < 100 && !STORE(find)(st, name, at, &half)
          && !STORE(copy)(st, &stored, token), "[I3] nor after death of a writer");
    CHECK(*STORE(watch)(st, stored.entry) > stored.generation
          && zone->free_entries == entries_free + 1 && accounts_agree(),
          "its room is back, its generation is over");
    CHECK(end_claims(at + 1) == KEYS && accounts_agree(), "served again");
}


int
main(void)
{
    int      i, killed, holding;
    pid_t    writers[WRITERS], readers[READERS];
    int64_t  at, slowest;

    shared = mmap(NULL, sizeof(shared_t), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        return 1;
    }

    st = STORE(create)(shared->memory, SIZE, 1);
    zone = (ngx_http_oauth_token_zone_t *) st;
    killed = 0;
    holding = 0;

    for (i = 0; i < READERS; i++) {
        readers[i] = start(0, (uint64_t) i);
    }

    for (i = 0; i < WRITERS; i++) {
        writers[i] = start(1, (uint64_t) i);
    }

    kill_writers(writers, &killed, &holding);

    CHECK(lock_time() < 100, "[I5] the lock is to be had");
    CHECK(accounts_agree(), "[I5] no room is lost");

    /* busy readers make every yield long */

    slowest = 0;

    for (i = 0; i < WRITERS; i++) {
        zone->lock = (uint32_t) writers[i];
        slowest += lock_time();
    }

    CHECK(slowest < WRITERS * 100, "[I5] the lock is taken from the dead");
    CHECK(accounts_agree(), "a repair loses nothing");

    /* the last kill may have had one, which finds what was lost before */

    write_on();
    CHECK(accounts_agree(), "nor does a writer that lives");

    for (i = 0; i < READERS; i++) {
        killed += end(readers[i]);
    }

    printf("# %d killed, %d with the lock; %ju stored, %ju read\n", killed,
           holding, (uintmax_t) shared->counts.stored,
           (uintmax_t) shared->counts.good);

    printf("# %ju saved, %ju dropped, %ju purges, %ju outages\n",
           (uintmax_t) shared->counts.saved,
           (uintmax_t) shared->counts.dropped,
           (uintmax_t) shared->counts.purged,
           (uintmax_t) shared->counts.outages);

    CHECK(killed == KILLS + WRITERS + READERS, "all lived until killed");
    CHECK(holding > 0, "some of them while they had the lock");
    CHECK(shared->counts.stored > KILLS && shared->counts.good > KILLS,
          "there was much to read");
    CHECK(shared->counts.saved > KILLS / 10
          && shared->counts.dropped > KILLS / 10
          && shared->counts.purged > KILLS / 10
          && shared->counts.outages > KILLS / 10, "and much was done beside");
    CHECK(shared->counts.bad == 0,
          "[F6] [I3] [I5] no torn token, no foreign one");

    at = now() + 1000000;
    CHECK(leave_outage(at, writers[0]), "one that tries has died as well");
    CHECK(end_claims(at) == KEYS, "every key can be served");
    CHECK(accounts_agree(), "nor is room lost when all claims are over");

    test_half_written(writers[0]);

    return DONE();
}
