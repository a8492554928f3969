
/*
 * The shared store under a stream of calls by several processes, compared with
 * a model after each: no foreign, torn or lost token, one claim at a time, and
 * what an eviction, a purge or the death of a process in the midst of a call
 * may change and what not.
 *
 * An input is the size of the store and then calls: a byte each for what is
 * called, what happens meanwhile, the time that has passed, the key, and what
 * the call needs.
 */

#include "store_model.h"


/* below this an eviction sees all entries, see room.c */
#define ALL_SEEN  31


/* a claim in the hands of a process */
typedef struct {
    int                             held;
    unsigned                        key;
    int                             endpoint;    /* -1: none */
    uint64_t                        group;
    uint64_t                        purges;
    ngx_http_oauth_token_claim_t    claim;
} held_t;


/* where a process has found a token */
typedef struct {
    int                             there;
    unsigned                        key;
    content_t                       content;
    ngx_http_oauth_token_stored_t   stored;
} kept_t;


/* a call in the making */
typedef struct {
    input_t                        *in;
    void                          (*run)(void);
    unsigned                        key;
    int                             endpoint;
    int                             purging;
    uint64_t                        group;
    int64_t                         now;
    content_t                       next;        /* what it is to store */
    unsigned                        steps;

    /* before it */
    int                             short_of;    /* entries */
    uint32_t                        cells_free;
    uint64_t                        purges;
    uint32_t                        needed;      /* cells */
} call_t;


static held_t   held[PROCESSES];
static kept_t   kept[PROCESSES];
static call_t   call;


static void run_claim(void);
static void run_publish(void);
static void run_fail(void);
static void run_save(void);
static void run_drop(void);
static void run_purge(void);
static void run_find(void);
static void run_touch(void);
static void run_want(void);
static void run_leave(void);
static void run_detail(void);
static void run_death(void);
static void run_look(void);
static void one_call(input_t *in);
static void happen_look(void);
static void happen_knock(void);
static void happen_call(void);


/* the more often it stands here, the more often it is called */
static void  (*const runs[])(void) = {
    run_claim, run_claim, run_claim, run_publish, run_publish, run_publish,
    run_fail, run_fail, run_save, run_drop, run_purge, run_find, run_find,
    run_touch, run_want, run_leave, run_detail, run_death, run_look
};

static const int64_t  passing[] = {
    0, 0, 0, 1, 2, 10, 50, 400, 999, 1000, 1499, 1500, 5000, 60000, 3600000,
    1LL << 40
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned        i;
    size_t          bytes;
    input_t         in;
    unsigned char  *memory;

    in = input(data, size);

    memset(&world, 0, sizeof(world));
    memset(&model, 0, sizeof(model));
    memset(&call, 0, sizeof(call));
    memset(held, 0, sizeof(held));
    memset(kept, 0, sizeof(kept));

    world.last_pid = 100;

    for (i = 0; i < PROCESSES; i++) {
        replace_process(i);
    }

    bytes = RC(MIN) + take_byte(&in) % 64 * 8 + take_byte(&in) % 4 * 8192;
    memory = malloc(bytes);
    MUST(memory != NULL);
    memset(memory, 0xa5, bytes);

    st = STORE(create)(memory, bytes, 1);
    zone = (ngx_http_oauth_token_zone_t *) st;
    world.memory = memory;
    world.end = memory + bytes;

    MUST(st != NULL && STORE(valid)(st, bytes));
    MUST(!STORE(valid)(st, bytes + 8));

    call.now = 1000000;

    while (left(&in) > 0) {
        one_call(&in);
    }

    for (i = 0; i < KEYS; i++) {
        check_record(i);
    }

    check_memory();
    free(memory);

    return 0;
}


/* nothing of a key is there any more */

static void
forget(unsigned n)
{
    memset(&model.record[n], 0, sizeof(record_t));
    model.record[n].content.version = ++model.versions;
    model.moves++;
}


/* it may have been there before */

static void
appear(record_t *r)
{
    model.moves += r->known ? 0 : 1;
    r->known = 1;
}


static void
set_content(unsigned n, const content_t *content)
{
    model.record[n].content = *content;
    model.record[n].content.version = ++model.versions;
}


static void
set_nothing(unsigned n)
{
    content_t  nothing;

    memset(&nothing, 0, sizeof(nothing));
    set_content(n, &nothing);
}


static ngx_http_oauth_token_errand_t
errand(int64_t deadline, int patient)
{
    ngx_http_oauth_token_errand_t  e;

    memset(&e, 0, sizeof(e));

    e.key = key_of(call.key);
    e.endpoint = call.endpoint < 0 ? NULL
                                   : key_of(TOKENS + (unsigned) call.endpoint);
    e.group = call.group;
    e.owner = world.pid[world.running];
    e.now = call.now;
    e.deadline = deadline;
    e.patient = patient;

    return e;
}


/* a new text, or the one that is there, with times from the input */

static ngx_http_oauth_token_fresh_t
fresh(ngx_http_oauth_token_holds_e holds)
{
    unsigned                       how;
    record_t                      *r;
    ngx_http_oauth_token_fresh_t   f;

    static const size_t  lengths[] = {
        1, 7, 8, 9, 200, 247, 248, 249, 496, 1000, 1200, 3000, 8000, 20000
    };

    r = &model.record[call.key];
    how = take_byte(call.in);

    call.next.holds = holds;
    call.next.len = lengths[how % COUNT(lengths)];
    call.next.text = model.texts + 1;

    if (how > 200 && r->content.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN) {
        call.next.len = r->content.len;
        call.next.text = r->content.text;
    }

    model.texts++;

    f.data = bytes_of(call.next.text, call.next.len);
    f.len = call.next.len;
    f.refresh_at = call.now + passing[take_byte(call.in) % COUNT(passing)];
    f.again_at = f.refresh_at + 1;
    f.usable_until = call.now + passing[take_byte(call.in) % COUNT(passing)];
    f.wall_until = f.usable_until - 3;
    f.expires = f.usable_until + 7;

    call.next.born = call.now;
    call.next.refresh_at = f.refresh_at;
    call.next.usable_until = f.usable_until;
    call.next.wall_until = f.wall_until;
    call.next.expires = f.expires;

    call.needed = (uint32_t) ((f.len + CELL_BYTES - 1) / CELL_BYTES);

    return f;
}


static int
is_short(void)
{
    return call.short_of || call.needed > call.cells_free;
}


/* whether anything could go for the key of the call, but not keep */

static int
any_evictable(int64_t now, unsigned keep)
{
    unsigned  n;

    for (n = 0; n < KEYS; n++) {
        if (n != keep && model.record[n].known
            && !is_claimed(&model.record[n], now))
        {
            return 1;
        }
    }

    return 0;
}


static int
is_useful(const record_t *r)
{
    return is_usable(r, call.now)
           || state_of(r, call.now, 0) == RC(PAUSED);
}


/* who has had to go, and whether it was the right one */

static void
settle(unsigned expected)
{
    unsigned  n, m;
    record_t  gone[KEYS];

    memcpy(gone, model.record, sizeof(gone));

    for (n = 0; n < KEYS; n++) {
        if (n == call.key || n == expected) {
            continue;
        }

        if (gone[n].known && entry_of(n) == NULL) {
            MUST(is_short());
            MUST(!is_claimed(&gone[n], call.now));
            forget(n);
        }
    }

    for (n = 0; n < KEYS && zone->nentries <= ALL_SEEN; n++) {

        if (!gone[n].known || model.record[n].known) {
            continue;
        }

        for (m = 0; m < KEYS; m++) {

            if (!model.record[m].known || m == call.key || m == expected
                || is_claimed(&gone[m], call.now))
            {
                continue;
            }

            MUST(is_useful(&gone[m]) || !is_useful(&gone[n]));
            MUST(!is_useful(&gone[n]) || gone[n].touched <= gone[m].touched);
        }
    }
}


static void
run_claim(void)
{
    int                              patient, endpoint;
    record_t                        *r, *o;
    uint64_t                         failures;
    ngx_http_oauth_token_errand_t    e;
    ngx_http_oauth_token_claim_t     claim;
    ngx_http_oauth_token_store_e     rc, state;
    ngx_http_oauth_token_failure_t   failure;
    int64_t                          later;

    if (held[world.running].held) {
        return;
    }

    patient = take_byte(call.in);
    endpoint = call.endpoint;
    e = errand(call.now + passing[patient / 2 % COUNT(passing)], patient & 1);

    world.steps = call.steps;
    rc = STORE(claim)(st, &e, &claim, &failure);
    world.steps = 0;

    r = &model.record[call.key];

    if (rc == RC(FULL)) {
        MUST(!r->known && call.short_of && !any_evictable(call.now, KEYS));
        return;
    }

    settle(KEYS);

    appear(r);
    r->group = call.group;

    patient = e.patient || is_usable(r, call.now);
    state = state_of(r, call.now, patient);
    failures = r->failures;

    MUST(claim.failures == failures);
    MUST(claim.outcome == (r->failed_claim ? r->outcome : 0));
    MUST(ZONE(entry)(zone, claim.entry) == entry_of(call.key));

    if (state != RC(OK)) {
        MUST(rc == state && claim.id == r->claim);
        MUST(rc != RC(PAUSED) || (failure.claim == r->failed_claim
                                  && failure.retry_at == r->retry_at
                                  && failure.probe_at == r->probe_at
                                  && failure.outcome == r->outcome));
        return;
    }

    MUST(claim.id == ++model.last_claim);

    o = endpoint < 0 ? NULL : &model.record[TOKENS + endpoint];

    if (o != NULL && o->known) {
        MUST(claim.unanswered == o->failures);

        state = state_of(o, call.now, patient);
        later = call.now + NGX_HTTP_OAUTH_TOKEN_OUTAGE_TRIED;

        if (state == RC(CLAIMED)
            && (patient || call.now - o->touched
                           < NGX_HTTP_OAUTH_TOKEN_OUTAGE_HANGS))
        {
            MUST(rc == RC(PAUSED) && failure.retry_at == later
                 && failure.probe_at == later);

        } else if (state == RC(PAUSED)) {
            MUST(rc == RC(PAUSED) && failure.retry_at == o->retry_at
                 && failure.probe_at == o->probe_at);
            later = o->retry_at;

        } else {
            MUST(rc == RC(OK));
        }

        if (rc == RC(PAUSED) && patient) {
            r->failed_claim = o->failed_claim;
            r->outcome = o->outcome;
            r->retry_at = later;
            r->probe_at = INT64_MIN;
        }

    } else {
        MUST(rc == RC(OK) && claim.unanswered == 0);
    }

    if (rc != RC(OK)) {
        return;
    }

    r->claim = claim.id;
    r->owner = e.owner;
    r->deadline = e.deadline;

    if (o != NULL && o->known) {
        o->claim = r->claim;
        o->owner = r->owner;
        o->deadline = r->deadline;
    }

    held[world.running].held = 1;
    held[world.running].key = call.key;
    held[world.running].endpoint = endpoint;
    held[world.running].group = call.group;
    held[world.running].purges = model.purges;
    held[world.running].claim = claim;
}


/* whether the entry that was claimed is still of the key */

static int
take_held(held_t *h)
{
    *h = held[world.running];
    held[world.running].held = 0;

    if (!h->held) {
        return 0;
    }

    call.key = h->key;
    call.endpoint = h->endpoint;
    call.group = h->group;

    return 1;
}


static int
is_mine(const held_t *h)
{
    return model.record[h->key].known
           && entry_of(h->key) == ZONE(entry)(zone, h->claim.entry);
}


static void
run_publish(void)
{
    int                              mine;
    held_t                           h;
    record_t                        *r;
    ngx_http_oauth_token_fresh_t     f;
    ngx_http_oauth_token_store_e     rc;
    ngx_http_oauth_token_errand_t    e;
    ngx_http_oauth_token_stored_t    stored;

    if (!take_held(&h)) {
        return;
    }

    f = fresh(NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN);
    r = &model.record[call.key];
    mine = is_mine(&h);

    if (r->content.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
        && r->content.len == f.len
        && is_text(f.data, r->content.text, f.len))
    {
        /* short ones may be the same by chance */

        call.next.refresh_at = f.again_at;
    }

    e = errand(0, 0);
    world.steps = call.steps;
    rc = STORE(publish)(st, &e, &h.claim, &f, &stored);
    world.steps = 0;

    if (h.endpoint >= 0) {
        forget(TOKENS + (unsigned) h.endpoint);
    }

    if (!mine || h.purges != model.purges
        || (r->claim != h.claim.id && state_of(r, call.now, 0) == RC(FRESH)))
    {
        MUST(rc == RC(STALE));
        r->claim = r->claim == h.claim.id ? 0 : r->claim;
        return;
    }

    settle(KEYS);

    if (rc == RC(FULL)) {
        MUST(call.needed > zone->ncells
             || (is_short() && !any_evictable(call.now, call.key)
                 && zone->free_cells < call.needed));

    } else {
        MUST(rc == RC(OK));
        set_content(call.key, &call.next);
        MUST(is_content(&r->content, &stored));
    }

    r->failures = 0;
    r->failed_claim = 0;
    r->claim = 0;
}


static void
run_fail(void)
{
    int                              was;
    held_t                           h;
    size_t                           len;
    unsigned                         how, o;
    record_t                        *r;
    ngx_http_oauth_token_fresh_t     f;
    ngx_http_oauth_token_store_e     rc;
    ngx_http_oauth_token_errand_t    e;
    ngx_http_oauth_token_failure_t   failure;

    if (!take_held(&h)) {
        return;
    }

    memset(&failure, 0, sizeof(failure));

    how = take_byte(call.in);
    f = fresh(NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL);
    len = how & 2 ? f.len : 0;
    call.next.refresh_at = call.next.usable_until = call.next.expires = 0;

    failure.shared = how & 1;
    failure.failures = (failure.shared ? h.claim.unanswered
                                       : h.claim.failures) + 1;
    failure.outcome = (int) (how >> 4) + 1;
    failure.retry_at = f.usable_until;
    failure.probe_at = f.usable_until < f.refresh_at ? f.usable_until
                                                     : f.refresh_at;

    r = &model.record[call.key];
    o = h.endpoint < 0 ? KEYS : TOKENS + (unsigned) h.endpoint;
    call.needed = len ? call.needed : 0;

    was = is_mine(&h) && r->claim == h.claim.id;

    e = errand(0, 0);
    world.steps = call.steps;
    rc = STORE(fail)(st, &e, &h.claim, &failure,
                     bytes_of(call.next.text, len), len);
    world.steps = 0;

    MUST(rc == (was ? RC(OK) : RC(STALE)));

    if (!was) {
        return;
    }

    if (o < KEYS && !failure.shared) {
        forget(o);
    }

    call.short_of = call.short_of && failure.shared && o < KEYS
                    && !model.record[o].known;
    settle(o);

    if (o < KEYS && failure.shared) {

        if (entry_of(o) == NULL) {
            MUST(is_short());
            forget(o);

        } else {
            appear(&model.record[o]);
            model.record[o].group = call.group;
            model.record[o].failures = failure.failures;
            model.record[o].failed_claim = h.claim.id;
            model.record[o].retry_at = failure.retry_at;
            model.record[o].probe_at = failure.probe_at;
            model.record[o].outcome = failure.outcome;
            model.record[o].claim = 0;
        }
    }

    r->failures = failure.shared ? r->failures : failure.failures;

    if (r->content.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL) {
        set_nothing(call.key);
    }

    if (len > 0 && !is_usable(r, call.now)) {

        if (entry_of(call.key)->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL) {
            set_content(call.key, &call.next);

        } else {
            MUST(call.needed > zone->ncells
                 || (!any_evictable(call.now, call.key)
                     && zone->free_cells < call.needed));
        }
    }

    r->failed_claim = h.claim.id;
    r->retry_at = failure.retry_at;
    r->probe_at = failure.probe_at;
    r->outcome = failure.outcome;
    r->claim = 0;
}


static void
run_save(void)
{
    record_t                      *r;
    ngx_http_oauth_token_fresh_t   f;
    ngx_http_oauth_token_store_e   rc;
    ngx_http_oauth_token_errand_t  e;

    call.endpoint = -1;
    f = fresh(NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN);
    r = &model.record[call.key];

    e = errand(0, 0);
    world.steps = call.steps;
    rc = STORE(save)(st, &e, &f);
    world.steps = 0;

    if (rc == RC(FULL) && !r->known && entry_of(call.key) == NULL) {
        MUST(call.short_of && !any_evictable(call.now, KEYS));
        return;
    }

    settle(KEYS);

    appear(r);
    r->group = call.group;

    if (rc == RC(OK)) {
        set_content(call.key, &call.next);

    } else {
        MUST(rc == RC(FULL));
        MUST(call.needed > zone->ncells
             || (!any_evictable(call.now, call.key)
                 && zone->free_cells < call.needed));
    }
}


static void
run_drop(void)
{
    int                            there;
    kept_t                        *k;
    int64_t                        age;
    record_t                      *r;
    ngx_http_oauth_token_store_e   rc, want;

    k = take_byte(call.in) % 2 ? &kept[world.running] : NULL;

    if (k != NULL) {
        if (!k->there) {
            return;
        }

        call.key = k->key;
    }

    call.endpoint = -1;
    age = passing[take_byte(call.in) % COUNT(passing)];
    r = &model.record[call.key];

    there = r->content.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
            && (k == NULL || k->content.version == r->content.version);

    want = !there ? RC(STALE)
           : call.now - r->content.born < age ? RC(FRESH) : RC(OK);

    world.steps = call.steps;
    rc = STORE(drop)(st, key_of(call.key), k != NULL ? &k->stored : NULL,
                     call.now, age);
    world.steps = 0;

    MUST(rc == want);

    if (rc == RC(OK)) {
        set_nothing(call.key);
    }
}


static void
run_purge(void)
{
    unsigned                       n;
    record_t                      *r;
    uint64_t                       losses;
    ngx_http_oauth_token_store_e   rc;

    call.group = take_byte(call.in) % 4;
    call.endpoint = -1;
    call.purging = 1;
    losses = STORE(losses)(st);

    world.steps = call.steps;
    rc = STORE(purge)(st, call.group);
    world.steps = 0;

    MUST(rc == RC(OK) && STORE(losses)(st) > losses);
    model.purges++;

    for (n = 0; n < KEYS; n++) {
        r = &model.record[n];

        if (r->content.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
            && (call.group == 0 || r->group == call.group))
        {
            set_nothing(n);
        }
    }
}


/* while another process may do something else at any step */

static void
run_find(void)
{
    int                             found, whole, usable;
    content_t                       before, after;
    unsigned                        n;
    uint64_t                        moves;
    unsigned char                  *bytes;
    const content_t                *c;
    ngx_http_oauth_token_stored_t   stored;
    int64_t                         now;

    n = call.key;
    now = call.now;
    moves = model.moves;
    before = model.record[n].content;
    world.steps = call.steps;
    world.happen = happen_call;

    found = STORE(find)(st, key_of(n), now, &stored);
    usable = found;

    whole = 0;
    bytes = NULL;

    if (found) {
        MUST(stored.len <= (size_t) zone->ncells * CELL_BYTES);
        bytes = malloc(stored.len);
        MUST(bytes != NULL);
        whole = STORE(copy)(st, &stored, bytes);
    }

    world.steps = 0;
    after = model.record[n].content;

    /* two may have the same length and times, but what is whole is there now */

    c = whole || !is_content(&before, &stored) ? &after : &before;

    MUST(!found || (is_content(c, &stored) && now < c->usable_until));
    MUST(!whole || is_text(bytes, c->text, c->len));

    /*
     * Whoever is on its way along a chain may be led astray by an entry that
     * goes, or by a repair, and then has found nothing; it can claim, and sees
     * it.
     */

    if (before.version == after.version && moves == model.moves) {
        MUST(usable == (before.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
                        && now < before.usable_until));
        MUST(whole == found);
    }

    free(bytes);

    if (whole) {
        kept[world.running].there = 1;
        kept[world.running].key = n;
        kept[world.running].stored = stored;
        kept[world.running].content = *c;
    }
}


static void
run_touch(void)
{
    kept_t         *k;
    unsigned char  *bytes;

    k = &kept[world.running];

    if (!k->there) {
        return;
    }

    bytes = malloc(k->stored.len);
    MUST(bytes != NULL);

    MUST((*STORE(watch)(st, k->stored.entry) == k->stored.generation)
         == (k->content.version == model.record[k->key].content.version));
    MUST(STORE(copy)(st, &k->stored, bytes)
         == (k->content.version == model.record[k->key].content.version));
    MUST(k->content.version != model.record[k->key].content.version
         || is_text(bytes, k->content.text, k->content.len));

    STORE(touch)(st, &k->stored, call.now);
    free(bytes);
}


static void
run_want(void)
{
    held_t    *h;
    unsigned   i, n;

    h = &held[world.running];

    if (!h->held) {
        return;
    }

    for (i = 0; i < 2; i++) {
        n = h->key;

        MUST(STORE(claimed)(st, &h->claim, call.now)
             == (is_mine(h) && model.record[n].claim == h->claim.id
                 && is_claimed(&model.record[n], call.now)));

        if (is_mine(h) && model.record[n].claim == h->claim.id) {
            STORE(want)(st, &h->claim);
            MUST(STORE(wanted)(st, &h->claim));

        } else {
            STORE(want)(st, &h->claim);
        }
    }
}


static void
run_leave(void)
{
    held_t  h;

    if (!take_held(&h)) {
        return;
    }

    STORE(leave)(st, &h.claim);

    if (is_mine(&h) && model.record[h.key].claim == h.claim.id) {
        model.record[h.key].claim = 0;
    }
}


static void
run_detail(void)
{
    record_t                       *r;
    unsigned char                  *bytes;
    ngx_http_oauth_token_stored_t   stored;
    int64_t                         due;

    r = &model.record[call.key];

    MUST(STORE(known)(st, key_of(call.key)) == r->known);
    MUST(STORE(tried)(st, key_of(call.key), call.now)
         == (r->claim != 0 && call.now < r->deadline));

    due = call.now;

    if (is_usable(r, call.now)) {
        due = r->content.refresh_at < r->content.usable_until
              ? r->content.refresh_at : r->content.usable_until;
    }

    if (r->failed_claim != 0 && r->retry_at > due) {
        due = r->retry_at;
    }

    MUST(STORE(due)(st, key_of(call.key), call.now) == due);

    if (!STORE(detail)(st, key_of(call.key), r->failed_claim, &stored)) {
        MUST(r->content.holds != NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL);
        return;
    }

    MUST(r->content.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL);
    MUST(stored.len == r->content.len);

    bytes = malloc(stored.len);
    MUST(bytes != NULL);

    MUST(STORE(copy)(st, &stored, bytes)
         && is_text(bytes, r->content.text, stored.len));
    free(bytes);
}


/* between two calls, with what it holds */

static void
run_death(void)
{
    replace_process(world.running);

    held[world.running].held = 0;
    kept[world.running].there = 0;
}


static void
run_look(void)
{
    unsigned  n;

    for (n = 0; n < KEYS; n++) {
        check_record(n);
    }

    check_memory();
}


/* whether a call that was cut off may have changed this key */

static int
is_involved(unsigned n)
{
    return n == call.key
           || (call.endpoint >= 0 && n == TOKENS + (unsigned) call.endpoint)
           || (call.purging
               && (call.group == 0 || model.record[n].group == call.group));
}


/* what a key holds after a death: what it did, or what it was to, or nothing */

static void
adopt_content(unsigned n, ngx_http_oauth_token_entry_t *e)
{
    record_t       *r;
    unsigned char  *bytes;

    r = &model.record[n];

    if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING) {
        MUST(r->content.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING
             || is_involved(n) || is_short());

        if (r->content.holds != NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING) {
            set_nothing(n);
        }

        return;
    }

    MUST(e->len <= (size_t) zone->ncells * CELL_BYTES);
    bytes = malloc(e->len + 1);
    MUST(bytes != NULL);
    ZONE(read)(zone, (uint32_t) e->cell, bytes, e->len);

    if (e->holds == r->content.holds && e->born == r->content.born
        && e->len == r->content.len
        && e->refresh_at == r->content.refresh_at
        && e->usable_until == r->content.usable_until
        && is_text(bytes, r->content.text, e->len))
    {
        free(bytes);
        return;
    }

    MUST(n == call.key);
    MUST(e->holds == call.next.holds && e->len == call.next.len);
    MUST(is_text(bytes, call.next.text, e->len));
    MUST(e->born == call.next.born && e->refresh_at == call.next.refresh_at
         && e->usable_until == call.next.usable_until
         && e->expires == call.next.expires);
    free(bytes);

    set_content(n, &call.next);
}


static void
adopt_record(unsigned n)
{
    record_t                      *r;
    ngx_http_oauth_token_entry_t  *e;

    r = &model.record[n];
    e = entry_of(n);

    if (e == NULL) {
        MUST(!r->known || is_involved(n) || is_short());

        if (r->known) {
            forget(n);
        }

        return;
    }

    MUST(r->known || is_involved(n));

    appear(r);
    adopt_content(n, e);

    if (!is_involved(n)) {
        MUST(e->claim == r->claim && e->group == r->group);
        MUST(e->failed_claim == r->failed_claim);
        return;
    }

    MUST(e->claim == r->claim || e->claim == 0 || e->claim == zone->claims);

    r->claim = e->claim;
    r->owner = e->owner;
    r->deadline = e->deadline;
    r->group = e->group;
    r->failures = e->failures;
    r->failed_claim = e->failed_claim;
    r->retry_at = e->retry_at;
    r->probe_at = e->probe_at;
    r->outcome = (int) e->outcome;
}


/* a process has died in a call; the next one finds what it has left */

static void
mourn(unsigned steps)
{
    unsigned           n;
    static unsigned    again;

    again = steps % 3 * (steps / 3);

    for ( ;; ) {
        run_death();
        world.running = (world.running + 1) % PROCESSES;

        for (n = 0; n < KEYS; n++) {
            (void) check_token(n, &model.record[n].content,
                               n == call.key ? &call.next
                                             : &model.record[n].content, 0);
        }

        /* it may die as well, while it repairs */

        if (setjmp(world.death) == 0) {
            world.happen = die;
            world.steps = again;
            again = 0;

            MUST(ZONE(lock)(zone) == 0);
            world.steps = 0;
            ZONE(unlock)(zone);
            break;
        }
    }

    MUST(zone->claims - model.last_claim <= 1);
    model.last_claim = zone->claims;
    model.purges += zone->purges != call.purges;
    model.moves++;

    for (n = 0; n < KEYS; n++) {
        adopt_record(n);
    }

    run_look();
}


/* other processes read meanwhile; what is not being changed is there */

static void
happen_look(void)
{
    unsigned  n;

    for (n = 0; n < KEYS; n++) {
        (void) check_token(n, &model.record[n].content,
                           n == call.key ? &call.next
                                         : &model.record[n].content,
                           !is_involved(n) && !is_short());
        (void) STORE(known)(st, key_of(n));
        (void) STORE(due)(st, key_of(n), call.now);
        (void) STORE(tried)(st, key_of(n), call.now);
    }
}


/* another process wants the lock, which is not to be had */

static void
happen_knock(void)
{
    unsigned                        running;
    ngx_http_oauth_token_claim_t    claim;
    ngx_http_oauth_token_errand_t   e;
    ngx_http_oauth_token_failure_t  failure;

    if (zone->lock == 0) {
        return;
    }

    MUST(zone->lock == (uint32_t) world.pid[world.running]);

    running = world.running;
    world.running = (running + 1) % PROCESSES;
    e = errand(call.now, 0);

    MUST(STORE(claim)(st, &e, &claim, &failure) == RC(BUSY));
    MUST(STORE(drop)(st, e.key, NULL, call.now, 0) == RC(BUSY));

    world.running = running;
}


/* another process makes a call of its own while this one reads */

static void
happen_call(void)
{
    unsigned  running;
    call_t    mine;

    running = world.running;
    mine = call;

    one_call(call.in);

    call = mine;
    world.running = running;
}


static void
one_call(input_t *in)
{
    unsigned                       n, what, meanwhile;
    ngx_http_oauth_token_entry_t  *e;

    static void  (*const happens[])(void) = { die, happen_look, happen_knock };

    what = take_byte(in);
    meanwhile = take_byte(in);
    n = take_byte(in);

    world.running = n % PROCESSES;

    call.in = in;
    call.now += passing[n / PROCESSES % COUNT(passing)];

    /* so that the clock has room to go on */

    call.now = call.now > (1LL << 55) ? 1000000 : call.now;

    n = take_byte(in);

    call.run = runs[what % COUNT(runs)];
    call.key = n % TOKENS;
    call.endpoint = (int) (n / TOKENS % 4) - (ENDPOINTS - 1);
    call.endpoint = call.endpoint >= ENDPOINTS ? -1 : call.endpoint;
    call.purging = 0;
    call.group = n % 3 + 1;
    call.needed = 0;
    call.short_of = zone->free_entries == 0;
    call.cells_free = zone->free_cells;
    call.purges = zone->purges;
    memset(&call.next, 0, sizeof(call.next));

    for (n = 0; n < KEYS; n++) {
        if (model.record[n].known) {
            e = entry_of(n);
            MUST(e != NULL);
            model.record[n].touched = e->touched;
        }
    }

    /* the first third of the numbers: nothing */

    call.steps = 0;

    if (meanwhile > 85) {
        world.happen = happens[meanwhile % COUNT(happens)];
        call.steps = meanwhile < 150 ? (meanwhile - 85) / 3 + 1
                                     : (meanwhile - 150) * 8;
    }

    if (call.run == run_find) {
        run_find();

    } else if (setjmp(world.death) == 0) {
        call.run();

    } else {
        world.steps = 0;
        mourn(meanwhile);
    }

    world.steps = 0;

    check_record(call.key);
}
