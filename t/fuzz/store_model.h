
/*
 * What a store has to hold, for its fuzz target: the same in plain variables,
 * after store.h, and the comparison of both.
 */

#ifndef _STORE_MODEL_H_INCLUDED_
#define _STORE_MODEL_H_INCLUDED_


#include "ngx_http_oauth_token_clear.h"
#include "ngx_http_oauth_token_lock.h"
#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_outage.h"
#include "ngx_http_oauth_token_store.h"
#include "ngx_http_oauth_token_zone.h"

#include "store_world.h"


#define STORE(name)  ngx_http_oauth_token_store_##name
#define ZONE(name)   ngx_http_oauth_token_zone_##name
#define RC(name)     NGX_HTTP_OAUTH_TOKEN_STORE_##name

#define NONE         NGX_HTTP_OAUTH_TOKEN_ZONE_NONE
#define CELL_BYTES   NGX_HTTP_OAUTH_TOKEN_CELL_BYTES

/* keys of tokens, behind them those of endpoints */
#define TOKENS       14
#define ENDPOINTS    2
#define KEYS         (TOKENS + ENDPOINTS)

/* more than the largest store of these has cells for */
#define LONGEST      65536


/* the bytes of a token or a detail, and what comes with them */
typedef struct {
    ngx_http_oauth_token_holds_e  holds;
    uint64_t                      text;      /* its number */
    size_t                        len;
    int64_t                       born;
    int64_t                       refresh_at;
    int64_t                       usable_until;
    int64_t                       wall_until;
    int64_t                       expires;
    uint64_t                      version;   /* of all there ever were */
} content_t;


typedef struct {
    int                           known;
    content_t                     content;
    uint64_t                      group;

    uint64_t                      claim;
    int64_t                       owner;
    int64_t                       deadline;

    uint64_t                      failures;
    uint64_t                      failed_claim;
    int64_t                       retry_at;
    int64_t                       probe_at;
    int                           outcome;

    int64_t                       touched;   /* as the store says */
} record_t;


typedef struct {
    record_t                      record[KEYS];
    uint64_t                      texts;
    uint64_t                      versions;
    uint64_t                      last_claim;
    uint64_t                      purges;
    uint64_t                      moves;     /* how often chains changed */
} model_t;


static model_t                       model;
static ngx_http_oauth_token_store_t *st;
static ngx_http_oauth_token_zone_t  *zone;


/* neighbours share buckets */

static inline const unsigned char *
key_of(unsigned n)
{
    static uint64_t  keys[KEYS][4];

    keys[n][0] = n / 3;
    keys[n][1] = n;
    keys[n][2] = 7;
    keys[n][3] = ~(uint64_t) n;

    return (const unsigned char *) keys[n];
}


/* no word of a text is in any other one, and none is 0 */

static inline uint64_t
word_of(uint64_t text, size_t i)
{
    return (text << 20 | (i + 1)) * 0x9e3779b97f4a7c15;
}


static inline const unsigned char *
bytes_of(uint64_t text, size_t len)
{
    size_t                i;
    uint64_t              word;
    static unsigned char  bytes[LONGEST + 8];

    for (i = 0; i < len; i += 8) {
        word = word_of(text, i);
        memcpy(bytes + i, &word, 8);
    }

    return bytes;
}


static inline int
is_text(const unsigned char *bytes, uint64_t text, size_t len)
{
    size_t    i, part;
    uint64_t  word;

    for (i = 0; i < len; i += 8) {
        word = word_of(text, i);
        part = len - i < 8 ? len - i : 8;

        if (memcmp(bytes + i, &word, part) != 0) {
            return 0;
        }
    }

    return 1;
}


static inline ngx_http_oauth_token_entry_t *
entry_of(unsigned n)
{
    uint32_t  i;

    i = ngx_http_oauth_token_lookup_entry(zone, key_of(n));

    return i == NONE ? NULL : ZONE(entry)(zone, i);
}


static inline int
is_usable(const record_t *r, int64_t now)
{
    return r->content.holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
           && now < r->content.usable_until;
}


static inline int
is_claimed(const record_t *r, int64_t now)
{
    return r->claim != 0 && now < r->deadline && alive(r->owner);
}


/* FRESH, CLAIMED, PAUSED or OK: what a claim is told */

static inline ngx_http_oauth_token_store_e
state_of(const record_t *r, int64_t now, int patient)
{
    if (is_usable(r, now) && now < r->content.refresh_at) {
        return RC(FRESH);
    }

    if (is_claimed(r, now)) {
        return RC(CLAIMED);
    }

    patient = patient || is_usable(r, now);

    return r->failed_claim != 0
           && now < (patient ? r->retry_at : r->probe_at) ? RC(PAUSED)
                                                          : RC(OK);
}


/* whether what was found is just this */

static inline int
is_content(const content_t *c, const ngx_http_oauth_token_stored_t *stored)
{
    return c->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
           && stored->len == c->len
           && stored->born == c->born
           && stored->refresh_at == c->refresh_at
           && stored->usable_until == c->usable_until
           && stored->wall_until == c->wall_until
           && stored->expires == c->expires;
}


/*
 * Reads a key's token, whatever its time, and returns whether there is one;
 * then it must be one of the two.  strict: there must be a.
 */

static inline int
check_token(unsigned n, const content_t *a, const content_t *b, int strict)
{
    int                             good;
    unsigned char                  *bytes;
    ngx_http_oauth_token_stored_t   stored;

    if (!STORE(find)(st, key_of(n), INT64_MIN, &stored)) {
        MUST(!strict || a->holds != NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN);
        return 0;
    }

    MUST(is_content(a, &stored) || (!strict && is_content(b, &stored)));

    bytes = malloc(stored.len + 1);
    MUST(bytes != NULL);

    good = STORE(copy)(st, &stored, bytes);

    if (good) {
        MUST((is_content(a, &stored) && is_text(bytes, a->text, a->len))
             || (!strict && is_content(b, &stored)
                 && is_text(bytes, b->text, b->len)));
    }

    MUST(good || !strict);
    free(bytes);

    return good;
}


/* a key's record is that of the model, and so is what it holds */

static inline void
check_record(unsigned n)
{
    const record_t                *r;
    ngx_http_oauth_token_entry_t  *e;

    r = &model.record[n];
    e = entry_of(n);

    MUST((e != NULL) == r->known);

    if (e == NULL) {
        return;
    }

    MUST(e->holds == r->content.holds);
    MUST(e->group == r->group);
    MUST(e->claim == r->claim);
    MUST(r->claim == 0
         || (e->owner == r->owner && e->deadline == r->deadline));
    MUST(e->failures == r->failures && e->failed_claim == r->failed_claim);
    MUST(r->failed_claim == 0
         || (e->retry_at == r->retry_at && e->probe_at == r->probe_at
             && (int) e->outcome == r->outcome));

    (void) check_token(n, &r->content, &r->content, 1);
}


/* nothing is lost and nothing is held twice, and what is free is wiped */

static inline void
check_memory(void)
{
    size_t                         n, w;
    uint32_t                       i, j, used, cells, seen;
    ngx_http_oauth_token_cell_t   *c;
    ngx_http_oauth_token_entry_t  *e;
    static unsigned char           mark[LONGEST / 128];

    memset(mark, 0, sizeof(mark));
    used = cells = 0;

    MUST(zone->ncells <= sizeof(mark));

    for (i = 0; i < zone->nentries; i++) {
        e = ZONE(entry)(zone, i);
        used += e->used;

        MUST(!(e->generation & 1));

        if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING) {
            continue;
        }

        MUST(e->used);

        for (n = 0, j = (uint32_t) e->cell; n < e->len; n += CELL_BYTES) {
            MUST(j < zone->ncells && !mark[j]);
            mark[j] = 1;
            cells++;
            j = ZONE(cell)(zone, j)->next;
        }
    }

    MUST(used + zone->free_entries == zone->nentries);
    MUST(cells + zone->free_cells == zone->ncells);

    for (j = zone->free_cell, i = 0; i < zone->free_cells; i++) {
        MUST(j < zone->ncells && !mark[j]);
        mark[j] = 1;
        c = ZONE(cell)(zone, j);

        for (w = 0; w < NGX_HTTP_OAUTH_TOKEN_CELL_WORDS; w++) {
            MUST(c->words[w] == 0);
        }

        j = c->next;
    }

    MUST(j == NONE);

    for (j = zone->free_entry, i = 0; i < zone->free_entries; i++) {
        MUST(j < zone->nentries && !ZONE(entry)(zone, j)->used);
        j = ZONE(entry)(zone, j)->next;
    }

    MUST(j == NONE);

    for (seen = 0, i = 0; i < zone->nbuckets; i++) {
        for (j = ZONE(buckets)(zone)[i]; j != NONE;
             j = ZONE(entry)(zone, j)->next)
        {
            e = ZONE(entry)(zone, j);
            MUST(++seen <= used && e->used);
            MUST(ZONE(bucket)(zone, e->key) == &ZONE(buckets)(zone)[i]);
        }
    }

    MUST(seen == used);

    for (seen = 0, i = NONE, j = zone->oldest; j != NONE; i = j, j = e->newer) {
        e = ZONE(entry)(zone, j);
        MUST(++seen <= used && e->used && e->older == i);
    }

    MUST(seen == used && zone->newest == i);
}


#endif /* _STORE_MODEL_H_INCLUDED_ */
