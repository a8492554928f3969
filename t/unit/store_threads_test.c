
/*
 * Random calls of the shared store against a model of it, while threads read:
 * what is found is the token that the model has, or at least a whole one of
 * that key.  Given a number, the test takes it for its seed.
 */

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "ngx_http_oauth_token_store.h"


#define STORE(name)  ngx_http_oauth_token_store_##name
#define RC(name)     NGX_HTTP_OAUTH_TOKEN_STORE_##name

#define CALLS        100000
#define READERS      2
#define KEYS         24
#define SHORTEST     24
#define LONGEST      2000


/* what a key is expected to have; the number 0 is no token and no detail */
typedef struct {
    uint64_t                      token;
    uint64_t                      detail;
    size_t                        len;
    int64_t                       usable_until;
    int64_t                       deadline;
    int64_t                       paused_until;
    uint64_t                      claim;
    uint64_t                      failed;

    /* the claims that the random calls end, lost ones among them */
    ngx_http_oauth_token_claim_t  claims[2];
} model_t;


typedef struct {
    uint64_t                      keys;
    size_t                        longest;
    int                           roomy;     /* nothing is ever evicted */
    const char                   *name;
} round_t;


static const round_t  rounds[] = {
    { 6, 1000, 1, "with room for all" },
    { KEYS, LONGEST, 0, "with evictions" }
};


static ngx_http_oauth_token_store_t  *st;
static const round_t                 *turn;
static model_t                        model[KEYS];
static uint64_t                       seed;
static uint64_t                       number;
static uint64_t                       found;

/* shared with the threads that read */
static int64_t                        now;
static int                            over;
static uint64_t                       bad;
static uint64_t                       good;


static uint64_t
next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;

    return *x;
}


static uint64_t
below(uint64_t n)
{
    return (next(&seed) >> 16) % n;
}


static void
key(uint64_t n, unsigned char *dst)
{
    memset(dst, 0x55, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);
    dst[n % NGX_HTTP_OAUTH_TOKEN_KEY_LEN] = (unsigned char) n;
}


static void
make(unsigned char *dst, uint64_t n, uint64_t text, size_t len)
{
    size_t    i;
    uint64_t  x;

    memcpy(dst, &n, 8);
    memcpy(dst + 8, &text, 8);

    x = (text * KEYS + n + 1) * 0x9e3779b97f4a7c15 + len;

    for (i = 16; i < len; i++) {
        dst[i] = (unsigned char) (next(&x) >> 24);
    }
}


/* returns the number of the text, or 0 when it is not a whole one of the key */

static uint64_t
whole(const unsigned char *bytes, uint64_t n, size_t len)
{
    uint64_t       text;
    unsigned char  want[LONGEST];

    memcpy(&text, bytes + 8, 8);
    make(want, n, text, len);

    return memcmp(bytes, want, len) == 0 ? text : 0;
}


static void *
look(void *arg)
{
    uint64_t                       n, x;
    unsigned char                  name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    unsigned char                  bytes[LONGEST];
    ngx_http_oauth_token_stored_t  stored;

    x = (uint64_t) (uintptr_t) arg;

    while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
        n = next(&x) % turn->keys;
        key(n, name);

        if (STORE(find)(st, name, __atomic_load_n(&now, __ATOMIC_RELAXED),
                        &stored)
            && stored.len >= SHORTEST && stored.len <= LONGEST
            && STORE(copy)(st, &stored, bytes))
        {
            __atomic_add_fetch(whole(bytes, n, stored.len) ? &good : &bad, 1,
                               __ATOMIC_RELAXED);
        }
    }

    return NULL;
}


static int
fresh(const model_t *m)
{
    return m->token != 0 && now < m->usable_until;
}


static int
live(const model_t *m)
{
    return m->claim != 0 && now < m->deadline;
}


static int
paused(const model_t *m)
{
    return m->failed != 0 && now < m->paused_until;
}


/* whether a place has the model's text; 1 too when it is rightly not there */

static int
agrees(uint64_t n, int there, uint64_t text,
    const ngx_http_oauth_token_stored_t *stored)
{
    unsigned char  bytes[LONGEST];

    if (!there) {
        return text == 0 || !turn->roomy;
    }

    found++;

    return text != 0 && stored->len == model[n].len
           && STORE(copy)(st, stored, bytes)
           && whole(bytes, n, stored->len) == text;
}


static ngx_http_oauth_token_errand_t
errand_to(const unsigned char *name, int64_t deadline)
{
    ngx_http_oauth_token_errand_t  errand;

    memset(&errand, 0, sizeof(errand));

    errand.key = name;
    errand.group = 1;
    errand.owner = getpid();
    errand.now = now;
    errand.deadline = deadline;

    return errand;
}


static int
call_find(uint64_t n, const unsigned char *name, model_t *m)
{
    int                            there;
    ngx_http_oauth_token_stored_t  stored;

    there = STORE(find)(st, name, now, &stored);

    if (there) {
        STORE(touch)(st, &stored, now);
    }

    return agrees(n, there, fresh(m) ? m->token : 0, &stored)
           && (!there || stored.usable_until == m->usable_until);
}


static int
call_detail(uint64_t n, const unsigned char *name, model_t *m)
{
    int                            there;
    ngx_http_oauth_token_stored_t  stored;

    there = m->failed != 0 && STORE(detail)(st, name, m->failed, &stored);

    return agrees(n, there, m->failed != 0 ? m->detail : 0, &stored);
}


static int
call_claim(uint64_t n, const unsigned char *name, model_t *m)
{
    int64_t                         deadline;
    ngx_http_oauth_token_claim_t    claim;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_failure_t  failure;
    ngx_http_oauth_token_store_e    rc, want;

    (void) n;

    deadline = now + 1 + (int64_t) below(40);
    errand = errand_to(name, deadline);
    rc = STORE(claim)(st, &errand, &claim, &failure);

    want = fresh(m) ? RC(FRESH)
                    : live(m) ? RC(CLAIMED) : paused(m) ? RC(PAUSED) : RC(OK);

    if (rc == RC(OK)) {
        m->claims[1] = m->claims[0];
        m->claims[0] = claim;
        m->claim = claim.id;
        m->deadline = deadline;
    }

    if (rc == RC(PAUSED) && (failure.claim != m->failed
                             || failure.probe_at != m->paused_until))
    {
        return 0;
    }

    /* what was evicted is new again, but what is fetched for is not */

    return rc == want
           || (!turn->roomy && want != RC(CLAIMED)
               && (rc == RC(OK) || rc == RC(FULL)));
}


static int
call_publish(uint64_t n, const unsigned char *name, model_t *m)
{
    int                             lost;
    size_t                          len;
    int64_t                         until;
    unsigned char                   bytes[LONGEST];
    ngx_http_oauth_token_claim_t   *claim;
    ngx_http_oauth_token_fresh_t    put;
    ngx_http_oauth_token_store_e    rc, want;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_stored_t   stored;

    claim = &m->claims[below(4) == 0];

    if (claim->id == 0) {
        return 1;
    }

    len = SHORTEST + below(turn->longest - SHORTEST + 1);
    until = now + (int64_t) below(60);
    make(bytes, n, ++number, len);

    lost = claim->id != m->claim || !live(m);
    want = claim->id != m->claim && fresh(m) ? RC(STALE) : RC(OK);

    memset(&put, 0, sizeof(put));

    put.data = bytes;
    put.len = len;
    put.refresh_at = until;
    put.usable_until = until;

    errand = errand_to(name, 0);
    rc = STORE(publish)(st, &errand, claim, &put, &stored);

    if (rc == RC(OK)) {
        m->token = number;
        m->len = len;
        m->usable_until = until;
        m->detail = 0;
    }

    if (rc != RC(STALE)) {
        m->claim = 0;
        m->failed = 0;
    }

    if (!turn->roomy && (rc == RC(FULL) || (lost && rc != want))) {
        return 1;
    }

    return rc == want && (rc != RC(OK) || agrees(n, 1, m->token, &stored));
}


static int
call_fail(uint64_t n, const unsigned char *name, model_t *m)
{
    int                             lost;
    size_t                          len;
    unsigned char                   bytes[LONGEST];
    ngx_http_oauth_token_claim_t   *claim;
    ngx_http_oauth_token_store_e    rc, want;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_failure_t  failure;

    claim = &m->claims[below(4) == 0];

    if (claim->id == 0) {
        return 1;
    }

    len = below(2) ? SHORTEST + below(turn->longest - SHORTEST + 1) : 0;
    make(bytes, n, ++number, len < 16 ? 16 : len);

    memset(&failure, 0, sizeof(failure));
    failure.probe_at = now + (int64_t) below(30);
    failure.retry_at = failure.probe_at;

    lost = !live(m);
    want = claim->id == m->claim ? RC(OK) : RC(STALE);
    errand = errand_to(name, 0);
    rc = STORE(fail)(st, &errand, claim, &failure, bytes, len);

    if (rc == RC(OK)) {
        m->claim = 0;
        m->failed = claim->id;
        m->paused_until = failure.probe_at;
        m->detail = len != 0 ? number : 0;
        m->token = len != 0 ? 0 : m->token;
        m->len = len != 0 ? len : m->len;
    }

    return rc == want || (!turn->roomy && lost);
}


static int  (*const calls[])(uint64_t n, const unsigned char *name,
    model_t *m) =
{
    call_find, call_find, call_claim, call_publish, call_publish, call_fail,
    call_detail
};


static unsigned
play(void)
{
    size_t         i, call;
    uint64_t       n;
    unsigned       wrong;
    unsigned char  name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];

    wrong = 0;

    for (i = 0; i < CALLS; i++) {
        n = below(turn->keys);
        key(n, name);
        call = below(COUNT(calls));

        if (!calls[call](n, name, &model[n]) && wrong++ < 5) {
            printf("# call %zu, kind %zu, key %ju\n", i, call, (uintmax_t) n);
        }

        __atomic_add_fetch(&now, (int64_t) below(4), __ATOMIC_RELAXED);
    }

    return wrong;
}


static void
test_round(void *memory)
{
    size_t     i;
    unsigned   wrong;
    pthread_t  readers[READERS];

    memset(model, 0, sizeof(model));
    st = STORE(create)(memory, RC(MIN));
    found = 0;
    good = 0;
    bad = 0;
    over = 0;

    for (i = 0; i < READERS; i++) {
        if (pthread_create(&readers[i], NULL, look, (void *) (i + 1)) != 0) {
            abort();
        }
    }

    wrong = play();

    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);

    for (i = 0; i < READERS; i++) {
        (void) pthread_join(readers[i], NULL);
    }

    printf("# %s: %ju found, %ju read by threads\n", turn->name,
           (uintmax_t) found, (uintmax_t) good);

    CHECK_ROW(wrong == 0, turn->name);
    CHECK_ROW(bad == 0, turn->name);
    CHECK_ROW(found > CALLS / 100, turn->name);
    CHECK_ROW(good > 0, turn->name);
    CHECK_ROWS("the store does as its model, and threads read whole tokens");
}


int
main(int argc, char **argv)
{
    size_t  i;
    void   *memory;

    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
    memory = malloc(RC(MIN));

    for (i = 0; i < COUNT(rounds); i++) {
        turn = &rounds[i];
        test_round(memory);
    }

    free(memory);

    return DONE();
}
