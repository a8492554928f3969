
#include <string.h>

#include "ngx_http_oauth_token_zone.h"


#define ZONE_LOAD   NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD
#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE
#define CELL_WORDS  NGX_HTTP_OAUTH_TOKEN_CELL_WORDS
#define CELL_BYTES  NGX_HTTP_OAUTH_TOKEN_CELL_BYTES


static inline void ngx_http_oauth_token_zone_words(const uint64_t *words,
    unsigned char *dst, size_t n);
static void ngx_http_oauth_token_zone_unlink(ngx_http_oauth_token_zone_t *z,
    uint32_t i);


ngx_http_oauth_token_zone_t *
ngx_http_oauth_token_zone_create(void *addr, size_t size, size_t providers)
{
    size_t                        room, one, most;
    uint32_t                      i, n, *buckets;
    ngx_http_oauth_token_zone_t  *z;

    z = addr;
    memset(z, 0, size);

    z->size = size;

    most = size / NGX_HTTP_OAUTH_TOKEN_ZONE_STATS_PART
           / sizeof(ngx_http_oauth_token_stats_t);

    z->nstats = (uint32_t) (providers < most ? providers : most);
    size = (size & ~(size_t) 7)
           - z->nstats * sizeof(ngx_http_oauth_token_stats_t);

    /* no more than two buckets an entry, at least one */

    one = sizeof(ngx_http_oauth_token_entry_t) + 2 * sizeof(uint32_t)
          + NGX_HTTP_OAUTH_TOKEN_CELLS_PER_ENTRY
            * sizeof(ngx_http_oauth_token_cell_t);

    n = (uint32_t) ((size - sizeof(ngx_http_oauth_token_zone_t)) / one);

    for (z->nbuckets = 2; z->nbuckets < n; z->nbuckets *= 2) { /* void */ }

    room = size - sizeof(ngx_http_oauth_token_zone_t)
           - z->nbuckets * sizeof(uint32_t)
           - n * sizeof(ngx_http_oauth_token_entry_t);

    z->nentries = n;
    z->ncells = (uint32_t) (room / sizeof(ngx_http_oauth_token_cell_t));
    z->free_entry = ZONE_NONE;
    z->free_cell = ZONE_NONE;
    z->oldest = ZONE_NONE;
    z->newest = ZONE_NONE;

    buckets = ngx_http_oauth_token_zone_buckets(z);

    for (i = 0; i < z->nbuckets; i++) {
        buckets[i] = ZONE_NONE;
    }

    for (i = z->nentries; i > 0; i--) {
        ngx_http_oauth_token_zone_free_entry(z, i - 1);
    }

    for (i = z->ncells; i > 0; i--) {
        ngx_http_oauth_token_zone_free_cell(z, i - 1);
    }

    z->version = NGX_HTTP_OAUTH_TOKEN_ZONE_VERSION;

    return z;
}


void
ngx_http_oauth_token_zone_begin(ngx_http_oauth_token_entry_t *e)
{
    ZONE_STORE(&e->generation, e->generation | 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}


void
ngx_http_oauth_token_zone_end(ngx_http_oauth_token_entry_t *e)
{
    __atomic_store_n(&e->generation, (e->generation | 1) + 1,
                     __ATOMIC_RELEASE);
}


uint32_t
ngx_http_oauth_token_zone_take(ngx_http_oauth_token_zone_t *z,
    const uint64_t key[4])
{
    uint32_t                       i, *bucket;
    ngx_http_oauth_token_entry_t  *e;

    i = z->free_entry;

    if (i == ZONE_NONE) {
        return ZONE_NONE;
    }

    e = ngx_http_oauth_token_zone_entry(z, i);
    bucket = ngx_http_oauth_token_zone_bucket(z, key);

    z->free_entry = e->next;
    z->free_entries--;

    if (i >= z->ever) {
        ZONE_STORE(&z->ever, i + 1);
    }

    ngx_http_oauth_token_zone_begin(e);

    ZONE_STORE(&e->key[0], key[0]);
    ZONE_STORE(&e->key[1], key[1]);
    ZONE_STORE(&e->key[2], key[2]);
    ZONE_STORE(&e->key[3], key[3]);

    ngx_http_oauth_token_zone_end(e);

    e->used = 1;

    ZONE_STORE(&e->next, *bucket);
    ZONE_STORE(bucket, i);

    ngx_http_oauth_token_zone_place(z, i);

    return i;
}


void
ngx_http_oauth_token_zone_place(ngx_http_oauth_token_zone_t *z, uint32_t i)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(z, i);

    e->placed = ZONE_LOAD(&e->touched);
    e->newer = ZONE_NONE;
    e->older = z->newest;

    if (z->newest == ZONE_NONE) {
        z->oldest = i;

    } else {
        ngx_http_oauth_token_zone_entry(z, z->newest)->newer = i;
    }

    z->newest = i;
}


void
ngx_http_oauth_token_zone_replace(ngx_http_oauth_token_zone_t *z, uint32_t i)
{
    ngx_http_oauth_token_zone_unlink(z, i);
    ngx_http_oauth_token_zone_place(z, i);
}


static void
ngx_http_oauth_token_zone_unlink(ngx_http_oauth_token_zone_t *z, uint32_t i)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(z, i);

    if (e->older == ZONE_NONE) {
        z->oldest = e->newer;

    } else {
        ngx_http_oauth_token_zone_entry(z, e->older)->newer = e->newer;
    }

    if (e->newer == ZONE_NONE) {
        z->newest = e->older;

    } else {
        ngx_http_oauth_token_zone_entry(z, e->newer)->older = e->older;
    }
}


void
ngx_http_oauth_token_zone_drop(ngx_http_oauth_token_zone_t *z, uint32_t i)
{
    uint32_t                      *link;
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(z, i);
    link = ngx_http_oauth_token_zone_bucket(z, e->key);

    while (*link != i) {
        link = &ngx_http_oauth_token_zone_entry(z, *link)->next;
    }

    ZONE_STORE(link, e->next);
    ngx_http_oauth_token_zone_unlink(z, i);

    if (e->holds != NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING) {
        ngx_http_oauth_token_zone_begin(e);
        ZONE_STORE(&e->holds, NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING);
        ngx_http_oauth_token_zone_end(e);

        ngx_http_oauth_token_zone_wipe(z, e->cell, e->len);
    }

    ngx_http_oauth_token_zone_free_entry(z, i);
}


/* clears all but the generation, which goes on, and puts it with the free */

void
ngx_http_oauth_token_zone_free_entry(ngx_http_oauth_token_zone_t *z,
    uint32_t i)
{
    uint64_t                      *word, *end;
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(z, i);

    ngx_http_oauth_token_zone_begin(e);

    end = (uint64_t *) (e + 1);

    for (word = &e->key[0]; word < end; word++) {
        ZONE_STORE(word, 0);
    }

    ngx_http_oauth_token_zone_end(e);

    ZONE_STORE(&e->next, z->free_entry);
    z->free_entry = i;
    z->free_entries++;
}


void
ngx_http_oauth_token_zone_free_cell(ngx_http_oauth_token_zone_t *z, uint32_t i)
{
    unsigned                      n;
    ngx_http_oauth_token_cell_t  *c;

    c = ngx_http_oauth_token_zone_cell(z, i);

    for (n = 0; n < CELL_WORDS; n++) {
        ZONE_STORE(&c->words[n], 0);
    }

    ZONE_STORE(&c->next, z->free_cell);
    z->free_cell = i;
    z->free_cells++;
}


uint32_t
ngx_http_oauth_token_zone_fill(ngx_http_oauth_token_zone_t *z,
    const unsigned char *src, size_t len)
{
    size_t                        n, part, w;
    uint64_t                      word;
    uint32_t                      first, i;
    ngx_http_oauth_token_cell_t  *c;

    if ((len + CELL_BYTES - 1) / CELL_BYTES > z->free_cells) {
        return ZONE_NONE;
    }

    first = z->free_cell;
    i = first;

    for (n = 0; n < len; n += CELL_BYTES) {
        c = ngx_http_oauth_token_zone_cell(z, i);

        for (w = 0; w < CELL_WORDS && n + w * 8 < len; w++) {
            part = len - n - w * 8;
            word = 0;
            memcpy(&word, src + n + w * 8, part < 8 ? part : 8);
            ZONE_STORE(&c->words[w], word);
        }

        i = c->next;
        z->free_cells--;
    }

    z->free_cell = i;

    return first;
}


void
ngx_http_oauth_token_zone_wipe(ngx_http_oauth_token_zone_t *z, uint32_t cell,
    size_t len)
{
    size_t    n;
    uint32_t  next;

    for (n = 0; n < len; n += CELL_BYTES) {
        next = ngx_http_oauth_token_zone_cell(z, cell)->next;
        ngx_http_oauth_token_zone_free_cell(z, cell);
        cell = next;
    }
}


void
ngx_http_oauth_token_zone_read(ngx_http_oauth_token_zone_t *z, uint32_t cell,
    unsigned char *dst, size_t len)
{
    size_t                        part;
    uint64_t                      word;
    ngx_http_oauth_token_cell_t  *c;

    while (len > 0 && cell < z->ncells) {
        c = ngx_http_oauth_token_zone_cell(z, cell);

        part = len < CELL_BYTES ? len : CELL_BYTES;
        len -= part;

        ngx_http_oauth_token_zone_words(c->words, dst, part / 8);

        dst += part - part % 8;

        if (part % 8 != 0) {
            word = ZONE_LOAD(&c->words[part / 8]);
            memcpy(dst, &word, part % 8);
            dst += part % 8;
        }

        cell = ZONE_LOAD(&c->next);
    }
}


/* four at a time: a token has some 150, and is read for each tenant's hit */

static inline void
ngx_http_oauth_token_zone_words(const uint64_t *words, unsigned char *dst,
    size_t n)
{
    uint64_t  a, b, c, d;

    for ( /* void */ ; n >= 4; n -= 4, words += 4, dst += 32) {
        a = ZONE_LOAD(&words[0]);
        b = ZONE_LOAD(&words[1]);
        c = ZONE_LOAD(&words[2]);
        d = ZONE_LOAD(&words[3]);

        memcpy(dst, &a, 8);
        memcpy(dst + 8, &b, 8);
        memcpy(dst + 16, &c, 8);
        memcpy(dst + 24, &d, 8);
    }

    for ( /* void */ ; n > 0; n--, words++, dst += 8) {
        a = ZONE_LOAD(words);
        memcpy(dst, &a, 8);
    }
}


int
ngx_http_oauth_token_zone_equal(ngx_http_oauth_token_zone_t *z, uint32_t cell,
    const unsigned char *bytes, size_t len)
{
    size_t                        n, part;
    ngx_http_oauth_token_cell_t  *c;

    for (n = 0; n < len; n += CELL_BYTES) {
        c = ngx_http_oauth_token_zone_cell(z, cell);
        part = len - n < CELL_BYTES ? len - n : CELL_BYTES;

        if (memcmp(c->words, bytes + n, part) != 0) {
            return 0;
        }

        cell = c->next;
    }

    return 1;
}
