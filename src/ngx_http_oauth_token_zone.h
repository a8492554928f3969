
/*
 * Row 0: the memory of a store: geometry, entries, cells, and what is counted
 * of the providers, behind all of them.
 *
 * Plain C.  Only the parts of the store and their tests include this.
 * Everything but the functions marked "no lock" is called with the lock held.
 *
 * Readers run while a writer writes, so every member that they read is a
 * machine word, loaded and stored as a whole (ZONE_LOAD, ZONE_STORE).
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ZONE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ZONE_H_INCLUDED_


#include "ngx_http_oauth_token_stats.h"
#include "ngx_http_oauth_token_terms.h"


#define NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD(p)      __atomic_load_n(p,            \
                                                   __ATOMIC_RELAXED)
#define NGX_HTTP_OAUTH_TOKEN_ZONE_STORE(p, v)  __atomic_store_n(p, v,        \
                                                   __ATOMIC_RELAXED)


/* changes with the layout of the structures below */
#define NGX_HTTP_OAUTH_TOKEN_ZONE_VERSION  7

/* no such entry or cell */
#define NGX_HTTP_OAUTH_TOKEN_ZONE_NONE     UINT32_MAX

/* words of a token in a cell: 31 and one for the chain make 256 bytes */
#define NGX_HTTP_OAUTH_TOKEN_CELL_WORDS    31
#define NGX_HTTP_OAUTH_TOKEN_CELL_BYTES                                       \
    ((size_t) NGX_HTTP_OAUTH_TOKEN_CELL_WORDS * 8)

/*
 * Cells for each entry: four hold 992 bytes.  Tokens have 27 bytes to 12 kB,
 * most about 1 kB, and a megabyte then has room for 650 of 1.2 kB.
 */
#define NGX_HTTP_OAUTH_TOKEN_CELLS_PER_ENTRY  4


/*
 * Records of what is counted: for as many providers as are told, but no more
 * than a quarter of the memory.
 */
#define NGX_HTTP_OAUTH_TOKEN_ZONE_STATS_PART  4


/* what the cells of an entry hold */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_HOLDS_NOTHING = 0,
    NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN,
    NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL
} ngx_http_oauth_token_holds_e;


typedef struct {
    uint32_t    next;
    uint32_t    mark;              /* of the repair only */
    uint64_t    words[NGX_HTTP_OAUTH_TOKEN_CELL_WORDS];
} ngx_http_oauth_token_cell_t;


typedef struct {
    /* odd while what follows, up to expires, is written; never set back */
    uint64_t    generation;
    uint64_t    key[4];
    uint32_t    holds;
    uint32_t    cell;
    uint64_t    len;
    int64_t     born;
    int64_t     refresh_at;
    int64_t     usable_until;
    int64_t     wall_until;
    int64_t     expires;

    int64_t     touched;           /* for eviction; no lock */
    uint64_t    group;             /* for purges */

    /* in which list: of a bucket when in use, otherwise of the free ones */
    uint32_t    next;
    uint32_t    used;

    /* those in use, in the order of placed, which lags behind touched */
    uint32_t    older;
    uint32_t    newer;
    int64_t     placed;

    uint64_t    claim;             /* 0: nobody fetches */
    int64_t     owner;             /* a pid */
    int64_t     deadline;
    uint64_t    wanted;            /* the claim that requests wait for */

    uint64_t    failures;          /* in a row */
    uint64_t    failed_claim;      /* 0: the last attempt was good */
    int64_t     retry_at;
    int64_t     probe_at;
    uint32_t    outcome;
    uint32_t    kind;              /* of the errand that took it */
    char        reason[32];
} ngx_http_oauth_token_entry_t;


typedef struct {
    uint32_t    version;
    uint32_t    lock;              /* the owner's pid, 0: free */
    uint64_t    size;
    uint64_t    claims;            /* the last claim's number */
    uint64_t    purges;            /* so many; no lock */
    uint64_t    drops;
    uint32_t    nbuckets;          /* a power of two */
    uint32_t    nentries;
    uint32_t    ncells;
    uint32_t    free_entry;
    uint32_t    free_cell;
    uint32_t    free_entries;
    uint32_t    free_cells;
    uint32_t    oldest;            /* of the entries in use, by placed */
    uint32_t    newest;
    uint32_t    ever;              /* entries that ever were in use; no lock */
    uint32_t    nstats;
    uint32_t    workers[NGX_HTTP_OAUTH_TOKEN_STATS_WORKERS];  /* pids */
    uint64_t    evicted;           /* tokens that made room; no lock */
    uint8_t     salt[NGX_HTTP_OAUTH_TOKEN_SALT_LEN];
} ngx_http_oauth_token_zone_t;


/* a store is its zone */
struct ngx_http_oauth_token_store_s {
    ngx_http_oauth_token_zone_t  zone;
};


ngx_http_oauth_token_zone_t *ngx_http_oauth_token_zone_create(void *addr,
    size_t size, size_t providers);

/* no lock: the parts, found from the geometry; inline, as every hit does it */

static inline uint32_t *
ngx_http_oauth_token_zone_buckets(ngx_http_oauth_token_zone_t *z)
{
    return (uint32_t *) (z + 1);
}


static inline uint32_t *
ngx_http_oauth_token_zone_bucket(ngx_http_oauth_token_zone_t *z,
    const uint64_t key[4])
{
    /* a key is a hash already */

    return &ngx_http_oauth_token_zone_buckets(z)[key[0] & (z->nbuckets - 1)];
}


static inline ngx_http_oauth_token_entry_t *
ngx_http_oauth_token_zone_entry(ngx_http_oauth_token_zone_t *z, uint32_t i)
{
    ngx_http_oauth_token_entry_t  *first;

    first = (ngx_http_oauth_token_entry_t *)
                (ngx_http_oauth_token_zone_buckets(z) + z->nbuckets);

    return &first[i];
}


static inline ngx_http_oauth_token_cell_t *
ngx_http_oauth_token_zone_cell(ngx_http_oauth_token_zone_t *z, uint32_t i)
{
    ngx_http_oauth_token_cell_t  *first;

    first = (ngx_http_oauth_token_cell_t *)
                ngx_http_oauth_token_zone_entry(z, z->nentries);

    return &first[i];
}


static inline ngx_http_oauth_token_stats_t *
ngx_http_oauth_token_zone_stats(ngx_http_oauth_token_zone_t *z, uint32_t i)
{
    ngx_http_oauth_token_stats_t  *behind;

    /* whole words, whatever the size */

    behind = (ngx_http_oauth_token_stats_t *) ((unsigned char *) z
                                               + (z->size & ~(size_t) 7));

    return behind - z->nstats + i;
}


/* no lock: where the provider of a group is counted; NULL: nowhere */

static inline ngx_http_oauth_token_stats_t *
ngx_http_oauth_token_zone_counted(ngx_http_oauth_token_zone_t *z,
    uint64_t whose)
{
    uint32_t                       i;
    ngx_http_oauth_token_stats_t  *stats;

    for (i = 0; i < z->nstats; i++) {
        stats = ngx_http_oauth_token_zone_stats(z, i);

        if (NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD(&stats->group) == whose) {
            return stats;
        }
    }

    return NULL;
}


/* takes an entry out of the free ones and files it under the key */
uint32_t ngx_http_oauth_token_zone_take(ngx_http_oauth_token_zone_t *z,
    const uint64_t key[4]);

/*
 * Clears what is in no list, but for an entry's generation, which goes on, and
 * puts it with the free ones.
 */
void ngx_http_oauth_token_zone_free_entry(ngx_http_oauth_token_zone_t *z,
    uint32_t i);
void ngx_http_oauth_token_zone_free_cell(ngx_http_oauth_token_zone_t *z,
    uint32_t i);

/*
 * Makes an entry in use the newest, as of its touched: one that was not in the
 * order, or one that was.
 */
void ngx_http_oauth_token_zone_place(ngx_http_oauth_token_zone_t *z,
    uint32_t i);
void ngx_http_oauth_token_zone_replace(ngx_http_oauth_token_zone_t *z,
    uint32_t i);

/* wipes an entry and gives it back */
void ngx_http_oauth_token_zone_drop(ngx_http_oauth_token_zone_t *z,
    uint32_t i);

/*
 * Copies bytes into new cells and returns the first of them, or NONE when
 * there are not enough.
 */
uint32_t ngx_http_oauth_token_zone_fill(ngx_http_oauth_token_zone_t *z,
    const unsigned char *src, size_t len);

/* wipes and frees a chain */
void ngx_http_oauth_token_zone_wipe(ngx_http_oauth_token_zone_t *z,
    uint32_t cell, size_t len);

/* whether a chain holds just these bytes */
int ngx_http_oauth_token_zone_equal(ngx_http_oauth_token_zone_t *z,
    uint32_t cell, const unsigned char *bytes, size_t len);

/*
 * No lock: copies what a chain holds.  The indices may be rubbish, they are
 * checked; the caller judges by the generation whether the bytes are good.
 */
void ngx_http_oauth_token_zone_read(ngx_http_oauth_token_zone_t *z,
    uint32_t cell, unsigned char *dst, size_t len);

/*
 * Begins and ends a change of what the generation covers.  Between the two
 * readers see an odd generation, and so they do when the writer dies.
 */
void ngx_http_oauth_token_zone_begin(ngx_http_oauth_token_entry_t *e);
void ngx_http_oauth_token_zone_end(ngx_http_oauth_token_entry_t *e);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ZONE_H_INCLUDED_ */
