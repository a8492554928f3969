
/*
 * Random calls of the shared store against a model of it, while threads read:
 * what is found is the token that the model has, or at least a whole one of
 * that key.  Given a number, the test takes it for its seed.
 */

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "ngx_http_oauth_token_outage.h"
#include "ngx_http_oauth_token_clear.h"
#include "ngx_http_oauth_token_store.h"


#define STORE(name)  ngx_http_oauth_token_store_##name
#define RC(name)     NGX_HTTP_OAUTH_TOKEN_STORE_##name

#define CALLS        100000
#define READERS      2
#define KEYS         24
#define SHORTEST     24
#define LONGEST      2000
#define GROUPS       3

/* of so many purges that come up one is made, or no token would get old */
#define PURGE        40


/* what a key, or its endpoint, is expected to have failed at; 0: nothing */
typedef struct {
    uint64_t                      failed;
    uint64_t                      failures;
    int64_t                       probe_at;
    int64_t                       retry_at;
    uint64_t                      claim;
    int64_t                       deadline;
} attempts_t;


/* what a key is expected to have; the number 0 is no token and no detail */
typedef struct {
    uint64_t                      token;
    uint64_t                      detail;
    size_t                        len;
    int64_t                       born;
    int64_t                       refresh_at;
    int64_t                       usable_until;
    attempts_t                    own;

    /* the claims that the random calls end, lost ones among them */
    ngx_http_oauth_token_claim_t  claims[2];

    /* how many purges there had been then */
    uint64_t                      epochs[2];
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
static attempts_t                     outage;
static uint64_t                       epoch;
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


/*
 * All else that takes no lock and leaves the store as it is.  What it says is
 * of a moment, and right by the model's own calls: here it must do no harm.
 */

static void
wonder(const unsigned char *name,
    const ngx_http_oauth_token_stored_t *stored, int64_t when)
{
    ngx_http_oauth_token_claim_t   claim;
    ngx_http_oauth_token_stored_t  other;

    memset(&claim, 0, sizeof(claim));
    claim.entry = stored->entry;
    claim.id = STORE(losses)(st) % CALLS + 1;

    STORE(want)(st, &claim);
    (void) STORE(wanted)(st, &claim);
    (void) STORE(claimed)(st, &claim, when);
    (void) STORE(known)(st, name);
    (void) STORE(due)(st, name, when);
    (void) STORE(tried)(st, name, when);
    (void) STORE(detail)(st, name, claim.id, &other);
    (void) __atomic_load_n(STORE(watch)(st, stored->entry), __ATOMIC_ACQUIRE);
    STORE(touch)(st, stored, when);
}


static void *
look(void *arg)
{
    int64_t                        when;
    uint64_t                       n, x;
    unsigned char                  name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    unsigned char                  bytes[LONGEST];
    ngx_http_oauth_token_stored_t  stored;

    x = (uint64_t) (uintptr_t) arg;

    while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
        n = next(&x) % turn->keys;
        key(n, name);

        when = __atomic_load_n(&now, __ATOMIC_RELAXED);

        if (STORE(find)(st, name, when, &stored)
            && stored.len >= SHORTEST && stored.len <= LONGEST
            && STORE(copy)(st, &stored, bytes))
        {
            __atomic_add_fetch(whole(bytes, n, stored.len) ? &good : &bad, 1,
                               __ATOMIC_RELAXED);
            wonder(name, &stored, when);
        }
    }

    return NULL;
}


static int
usable(const model_t *m)
{
    return m->token != 0 && now < m->usable_until;
}


static int
live(const attempts_t *a)
{
    return a->claim != 0 && now < a->deadline;
}


static int
paused(const attempts_t *a, int patient)
{
    return a->failed != 0 && now < (patient ? a->retry_at : a->probe_at);
}


/* the half of the keys that has an endpoint */

static int
shares(uint64_t n)
{
    return n % 2 == 0;
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
errand_to(uint64_t n, const unsigned char *name, int64_t deadline)
{
    static unsigned char           endpoint[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_http_oauth_token_errand_t  errand;

    key(KEYS, endpoint);
    memset(&errand, 0, sizeof(errand));

    errand.key = name;
    errand.endpoint = shares(n) ? endpoint : NULL;
    errand.group = n % GROUPS + 1;
    errand.owner = getpid();
    errand.now = now;
    errand.deadline = deadline;
    errand.patient = (int) below(2);

    return errand;
}


/* a new text of the key, in bytes, with times of its own */

static ngx_http_oauth_token_fresh_t
fresh_text(uint64_t n, unsigned char *bytes)
{
    ngx_http_oauth_token_fresh_t  f;

    memset(&f, 0, sizeof(f));

    f.data = bytes;
    f.len = SHORTEST + below(turn->longest - SHORTEST + 1);
    f.usable_until = now + (int64_t) below(60);
    f.refresh_at = f.usable_until - (int64_t) below(30);
    f.again_at = now;

    make(bytes, n, ++number, f.len);

    return f;
}


static void
keep(model_t *m, const ngx_http_oauth_token_fresh_t *f)
{
    m->token = number;
    m->detail = 0;
    m->len = f->len;
    m->born = now;
    m->refresh_at = f->refresh_at;
    m->usable_until = f->usable_until;
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

    return agrees(n, there, usable(m) ? m->token : 0, &stored)
           && (!there || (stored.born == m->born
                          && stored.refresh_at == m->refresh_at
                          && stored.usable_until == m->usable_until));
}


static int
call_detail(uint64_t n, const unsigned char *name, model_t *m)
{
    int                            there;
    ngx_http_oauth_token_stored_t  stored;

    there = m->own.failed != 0
            && STORE(detail)(st, name, m->own.failed, &stored);

    return agrees(n, there, m->own.failed != 0 ? m->detail : 0, &stored);
}


static int
call_due(uint64_t n, const unsigned char *name, model_t *m)
{
    int64_t  want;

    (void) n;

    want = usable(m) ? m->refresh_at : now;

    if (m->own.failed != 0 && m->own.retry_at > want) {
        want = m->own.retry_at;
    }

    return STORE(due)(st, name, now) == want || !turn->roomy;
}


/* what a claim is told, and whose failure it is */

static ngx_http_oauth_token_store_e
expected(uint64_t n, const model_t *m, int patient, attempts_t *why)
{
    patient = patient || usable(m);
    *why = m->own;

    if (usable(m) && now < m->refresh_at) {
        return RC(FRESH);
    }

    if (live(&m->own)) {
        return RC(CLAIMED);
    }

    if (paused(&m->own, patient)) {
        return RC(PAUSED);
    }

    if (shares(n) && (live(&outage) || paused(&outage, patient))) {
        *why = outage;

        if (live(&outage)) {
            why->probe_at = now + NGX_HTTP_OAUTH_TOKEN_OUTAGE_TRIED;
            why->retry_at = why->probe_at;
        }

        return RC(PAUSED);
    }

    return RC(OK);
}


static int
same(const attempts_t *why, const ngx_http_oauth_token_failure_t *failure)
{
    return failure->claim == why->failed
           && failure->probe_at == why->probe_at
           && failure->retry_at == why->retry_at;
}


static void
claimed(uint64_t n, model_t *m, const ngx_http_oauth_token_claim_t *claim,
    int64_t deadline)
{
    m->claims[1] = m->claims[0];
    m->claims[0] = *claim;
    m->epochs[1] = m->epochs[0];
    m->epochs[0] = epoch;
    m->own.claim = claim->id;
    m->own.deadline = deadline;

    if (shares(n) && outage.failed != 0) {
        outage.claim = claim->id;
        outage.deadline = deadline;
    }
}


static int
call_claim(uint64_t n, const unsigned char *name, model_t *m)
{
    int                             own;
    attempts_t                      why;
    ngx_http_oauth_token_claim_t    claim;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_stored_t   stored;
    ngx_http_oauth_token_failure_t  failure;
    ngx_http_oauth_token_store_e    rc, want;

    errand = errand_to(n, name, now + 1 + (int64_t) below(40));
    want = expected(n, m, errand.patient, &why);
    own = paused(&m->own, errand.patient || usable(m));
    rc = STORE(claim)(st, &errand, &claim, &failure);

    if (rc == RC(PAUSED) && !own && (errand.patient || usable(m))) {

        /* the endpoint's failure, noted for those who can wait */

        m->own.failed = failure.claim;
        m->own.retry_at = failure.retry_at;
        m->own.probe_at = INT64_MIN;
    }

    if (rc == RC(OK)) {
        claimed(n, m, &claim, errand.deadline);

        /* what was evicted is not there any more, and counts for nothing */

        if (!turn->roomy && usable(m)
            && !STORE(find)(st, name, now, &stored))
        {
            m->token = 0;
        }
    }

    if (turn->roomy) {
        return rc == want
               && (rc != RC(PAUSED) || same(&why, &failure))
               && (rc != RC(OK)
                   || (claim.failures == m->own.failures
                       && claim.unanswered == (shares(n) ? outage.failures
                                                         : 0)));
    }

    /* what was evicted is new again, but what is fetched for is not */

    if (rc == want && (rc != RC(PAUSED) || same(&why, &failure))) {
        return 1;
    }

    return want != RC(CLAIMED)
           && (rc == RC(OK) || rc == RC(FULL)
               || (rc == RC(PAUSED) && shares(n)
                   && (failure.probe_at == INT64_MIN
                       || failure.claim == outage.failed)));
}


static int
call_publish(uint64_t n, const unsigned char *name, model_t *m)
{
    int                             lost;
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

    lost = claim->id != m->own.claim || !live(&m->own);
    want = m->epochs[claim - m->claims] != epoch
           || (claim->id != m->own.claim && usable(m) && now < m->refresh_at)
               ? RC(STALE) : RC(OK);

    errand = errand_to(n, name, 0);
    put = fresh_text(n, bytes);
    rc = STORE(publish)(st, &errand, claim, &put, &stored);

    if (rc == RC(OK)) {
        keep(m, &put);
    }

    if (rc != RC(STALE)) {
        memset(&m->own, 0, sizeof(m->own));

    } else if (claim->id == m->own.claim) {
        m->own.claim = 0;
    }

    if (shares(n)) {
        memset(&outage, 0, sizeof(outage));
    }

    if (!turn->roomy && (rc == RC(FULL) || (lost && rc != want))) {
        return 1;
    }

    return rc == want && (rc != RC(OK) || agrees(n, 1, m->token, &stored));
}


static int
call_save(uint64_t n, const unsigned char *name, model_t *m)
{
    unsigned char                  bytes[LONGEST];
    ngx_http_oauth_token_fresh_t   put;
    ngx_http_oauth_token_store_e   rc;
    ngx_http_oauth_token_errand_t  errand;

    errand = errand_to(n, name, 0);
    put = fresh_text(n, bytes);
    rc = STORE(save)(st, &errand, &put);

    if (rc == RC(OK)) {
        keep(m, &put);
    }

    return rc == RC(OK) || (!turn->roomy && rc == RC(FULL));
}


static void
failed(attempts_t *a, const ngx_http_oauth_token_failure_t *failure)
{
    a->failed = failure->claim;
    a->probe_at = failure->probe_at;
    a->retry_at = failure->retry_at;
    a->claim = 0;
}


static int
call_fail(uint64_t n, const unsigned char *name, model_t *m)
{
    int                             lost;
    size_t                          len;
    unsigned char                   bytes[LONGEST];
    ngx_http_oauth_token_claim_t   *claim;
    ngx_http_oauth_token_fresh_t    detail;
    ngx_http_oauth_token_store_e    rc, want;
    ngx_http_oauth_token_errand_t   errand;
    ngx_http_oauth_token_failure_t  failure;

    claim = &m->claims[below(4) == 0];

    if (claim->id == 0) {
        return 1;
    }

    detail = fresh_text(n, bytes);
    len = below(2) ? detail.len : 0;

    memset(&failure, 0, sizeof(failure));
    failure.shared = (int) below(2);
    failure.probe_at = now + (int64_t) below(20);
    failure.retry_at = failure.probe_at + (int64_t) below(20);
    failure.failures = (failure.shared ? claim->unanswered
                                       : claim->failures) + 1;

    lost = !live(&m->own);
    want = claim->id == m->own.claim ? RC(OK) : RC(STALE);
    errand = errand_to(n, name, 0);
    rc = STORE(fail)(st, &errand, claim, &failure, bytes, len);

    if (rc != RC(OK)) {
        return rc == want || (!turn->roomy && lost);
    }

    failed(&m->own, &failure);
    m->detail = 0;

    if (!failure.shared) {
        m->own.failures = failure.failures;
    }

    if (len != 0 && !usable(m)) {
        m->token = 0;
        m->detail = number;
        m->len = len;
    }

    if (shares(n) && failure.shared) {
        failed(&outage, &failure);
        outage.failures = failure.failures;

    } else if (shares(n)) {
        memset(&outage, 0, sizeof(outage));
    }

    return rc == want || (!turn->roomy && lost);
}


static int
call_drop(uint64_t n, const unsigned char *name, model_t *m)
{
    int                            there;
    int64_t                        min_age;
    ngx_http_oauth_token_store_e   rc, want;
    ngx_http_oauth_token_stored_t  stored;

    (void) n;

    min_age = (int64_t) below(40);
    there = STORE(find)(st, name, now, &stored);

    want = m->token == 0 ? RC(STALE)
                         : now - m->born < min_age ? RC(FRESH) : RC(OK);

    rc = STORE(drop)(st, name, there && below(2) ? &stored : NULL, now,
                     min_age);

    if (rc == RC(OK)) {
        m->token = 0;
    }

    return (rc == want || !turn->roomy)
           && STORE(find)(st, name, now, &stored)
              == (there && rc != RC(OK));
}


static int
call_purge(uint64_t n, const unsigned char *name, model_t *m)
{
    uint64_t                       i, group, losses;
    unsigned char                  other[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_http_oauth_token_stored_t  stored;

    (void) n;
    (void) name;
    (void) m;

    if (below(PURGE) != 0) {
        return 1;
    }

    group = below(GROUPS + 1);
    losses = STORE(losses)(st);
    epoch++;

    if (STORE(purge)(st, group) != RC(OK) || STORE(losses)(st) == losses) {
        return 0;
    }

    for (i = 0; i < turn->keys; i++) {
        key(i, other);

        if (group == 0 || i % GROUPS + 1 == group) {
            model[i].token = 0;
        }

        if (!agrees(i, STORE(find)(st, other, now, &stored),
                    usable(&model[i]) ? model[i].token : 0, &stored))
        {
            return 0;
        }
    }

    return 1;
}


static int  (*const calls[])(uint64_t n, const unsigned char *name,
    model_t *m) =
{
    call_find, call_find, call_detail, call_due, call_claim, call_claim,
    call_publish, call_publish, call_fail, call_fail, call_save, call_drop,
    call_purge
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
    memset(&outage, 0, sizeof(outage));
    st = STORE(create)(memory, RC(MIN), 1);
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
    CHECK_ROWS("[F6] the store does as its model, and threads read whole "
               "tokens");
}


int
main(int argc, char **argv)
{
    size_t  i;
    void   *memory;

    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20240229;
    memory = grab(RC(MIN));

    for (i = 0; i < COUNT(rounds); i++) {
        turn = &rounds[i];
        test_round(memory);
    }

    free(memory);

    return DONE();
}
