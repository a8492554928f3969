
/*
 * What the tests of the shared store share: one store in memory of its own,
 * keys and texts by number, and each call with what it mostly needs.
 */

#ifndef _STORE_H_INCLUDED_
#define _STORE_H_INCLUDED_


#define _GNU_SOURCE

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "ngx_http_oauth_token_clear.h"
#include "ngx_http_oauth_token_store.h"


#define STORE(name)  ngx_http_oauth_token_store_##name
#define RC(name)     NGX_HTTP_OAUTH_TOKEN_STORE_##name

#define SIZE         65536

/* bytes of a token that one cell holds */
#define CELL         248

/* ms; a claim made by take() lasts for so long */
#define FETCH        5000


static ngx_http_oauth_token_store_t   *st;
static unsigned char                  *memory;
static size_t                          memory_size;

/* of all errands, until fresh(): the number of a key or 0, and the others */
static uint64_t                        endpoint;
static uint64_t                        group;
static int                             patient;

/* what the last call has given */
static ngx_http_oauth_token_claim_t    claim;
static ngx_http_oauth_token_failure_t  failure;
static ngx_http_oauth_token_stored_t   stored;


/* in memory of just that size, so that ASan watches its end */

static inline void
fresh(size_t size)
{
    free(memory);

    memory = grab(size);
    memory_size = size;
    memset(memory, 0xff, size);

    endpoint = 0;
    group = 1;
    patient = 0;

    st = STORE(create)(memory, size, 1);
}


/* neighbours in number are neighbours in the buckets; the last few stay */

static inline const unsigned char *
key(uint64_t n)
{
    uint64_t         *words;
    static unsigned   turn;
    static uint64_t   kept[4][4];

    words = kept[turn++ % 4];

    words[0] = n;
    words[1] = n * 3;
    words[2] = 1;
    words[3] = n + 7;

    return (const unsigned char *) words;
}


/* bytes that no other n has, not even eight in a row */

static inline const unsigned char *
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


static inline const ngx_http_oauth_token_errand_t *
errand(const unsigned char *name, int64_t now, int64_t deadline)
{
    static ngx_http_oauth_token_errand_t  e;

    memset(&e, 0, sizeof(e));

    e.key = name;
    e.endpoint = endpoint ? key(endpoint) : NULL;
    e.group = group;
    e.owner = getpid();
    e.now = now;
    e.deadline = deadline;
    e.patient = patient;

    return &e;
}


static inline const ngx_http_oauth_token_fresh_t *
fresh_token(const unsigned char *data, size_t len, int64_t until)
{
    static ngx_http_oauth_token_fresh_t  f;

    f.data = data;
    f.len = len;
    f.refresh_at = until;
    f.again_at = until;
    f.usable_until = until;
    f.wall_until = until - 7;
    f.expires = until + 5;

    return &f;
}


static inline ngx_http_oauth_token_store_e
take(uint64_t n, int64_t now)
{
    memset(&failure, 0, sizeof(failure));

    return STORE(claim)(st, errand(key(n), now, now + FETCH), &claim,
                        &failure);
}


static inline ngx_http_oauth_token_store_e
publish(uint64_t n, const ngx_http_oauth_token_claim_t *c, uint64_t text,
    size_t len, int64_t now, int64_t until)
{
    return STORE(publish)(st, errand(key(n), now, 0), c,
                          fresh_token(token(text), len, until), &stored);
}


/* the end of a claim, with a pause for those who wait and those who do not */

static inline ngx_http_oauth_token_store_e
fail_so(uint64_t n, const ngx_http_oauth_token_claim_t *c, int shared,
    int64_t now, int64_t probe_at, int64_t retry_at)
{
    memset(&failure, 0, sizeof(failure));

    failure.shared = shared;
    failure.failures = (shared ? c->unanswered : c->failures) + 1;
    failure.probe_at = probe_at;
    failure.retry_at = retry_at;
    failure.outcome = shared ? 43 : 42;
    (void) snprintf(failure.reason, sizeof(failure.reason), "%s",
                    shared ? "timeout" : "http_401");

    return STORE(fail)(st, errand(key(n), now, 0), c, &failure, NULL, 0);
}


static inline ngx_http_oauth_token_store_e
fail(uint64_t n, const ngx_http_oauth_token_claim_t *c, int64_t now,
    int64_t until, uint64_t text, size_t len)
{
    memset(&failure, 0, sizeof(failure));

    failure.retry_at = until;
    failure.probe_at = until;
    failure.failures = c->failures + 1;
    failure.outcome = 42;
    (void) snprintf(failure.reason, sizeof(failure.reason), "http_401");

    return STORE(fail)(st, errand(key(n), now, 0), c, &failure, token(text),
                       len);
}


/* the whole way of a token; its text is that of the key's number */

static inline int
put(uint64_t n, size_t len, int64_t now, int64_t until)
{
    return take(n, now) == RC(OK)
           && publish(n, &claim, n, len, now, until) == RC(OK);
}


/* the same, with a token that is due before its end */

static inline int
put_due(uint64_t n, size_t len, int64_t now, int64_t refresh_at,
    int64_t until)
{
    ngx_http_oauth_token_fresh_t  f;

    f = *fresh_token(token(n), len, until);
    f.refresh_at = refresh_at;

    return take(n, now) == RC(OK)
           && STORE(publish)(st, errand(key(n), now, 0), &claim, &f, &stored)
              == RC(OK);
}


/* whether the place that was found holds the text */

static inline int
reads(uint64_t text, size_t len)
{
    int             same;
    unsigned char  *dst;

    if (stored.len != len) {
        return 0;
    }

    dst = grab(len);
    same = STORE(copy)(st, &stored, dst) && memcmp(dst, token(text), len) == 0;
    free(dst);

    return same;
}


static inline int
has(uint64_t n, uint64_t text, size_t len, int64_t now)
{
    memset(&stored, 0, sizeof(stored));

    return STORE(find)(st, key(n), now, &stored) && reads(text, len);
}


static inline int
finds(uint64_t n, int64_t now)
{
    return STORE(find)(st, key(n), now, &stored);
}


static inline int
knows(uint64_t n)
{
    return STORE(known)(st, key(n));
}


static inline ngx_http_oauth_token_store_room_t
room(void)
{
    ngx_http_oauth_token_store_room_t  r;

    STORE(room)(st, &r);

    return r;
}


static inline uint32_t
cells_free(void)
{
    return room().cells_free;
}


static inline uint32_t
entries(void)
{
    return room().entries;
}


/* how many of the text's words are anywhere in the memory */

static inline size_t
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


static inline pid_t
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


#endif /* _STORE_H_INCLUDED_ */
