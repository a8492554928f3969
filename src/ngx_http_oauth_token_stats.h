
/*
 * Row 0: what is counted of a provider, by all workers, in shared memory.
 *
 * Plain C.  No lock: every member is a machine word that is added to, or
 * stored as a whole.  Whoever reads gets each number as it is then, and no two
 * of them from the same moment.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_STATS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_STATS_H_INCLUDED_


#include <stdint.h>


/* requests, by what $oauth_token_cache_status says of them at last */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_STATS_HIT = 0,
    NGX_HTTP_OAUTH_TOKEN_STATS_MISS,
    NGX_HTTP_OAUTH_TOKEN_STATS_WAIT,
    NGX_HTTP_OAUTH_TOKEN_STATS_STALE,
    NGX_HTTP_OAUTH_TOKEN_STATS_ERROR,

    NGX_HTTP_OAUTH_TOKEN_STATS_REQUESTS
} ngx_http_oauth_token_stats_e;


/* same as the outcomes of a result */
#define NGX_HTTP_OAUTH_TOKEN_STATS_OUTCOMES  8

/* bounds of the histogram of fetch times, and one for all above */
#define NGX_HTTP_OAUTH_TOKEN_STATS_BUCKETS   12

/* the longest fetch that is remembered by itself, ms; longer ones are cut */
#define NGX_HTTP_OAUTH_TOKEN_STATS_LONGEST   0xffffff

/* so many fetches are, the latest ones */
#define NGX_HTTP_OAUTH_TOKEN_STATS_RECENT    24

/* as a reason of a result, with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_STATS_REASON    32

/*
 * Reasons that are counted each by itself: a provider words some of them, and
 * may word them anew each time.  The last one is for all others.
 */
#define NGX_HTTP_OAUTH_TOKEN_STATS_REASONS   12

/*
 * Workers whose waiting requests are counted, those of an old configuration
 * among them.  Each has a place of its own, so that what a dead one has left
 * can be told apart.
 */
#define NGX_HTTP_OAUTH_TOKEN_STATS_WORKERS   64


typedef struct {
    uint64_t  mark;           /* of its text; 0: free */
    uint64_t  text[NGX_HTTP_OAUTH_TOKEN_STATS_REASON / 8];
    uint64_t  requests;       /* that got no token because of it */
    uint64_t  fetches;        /* that failed with it */
} ngx_http_oauth_token_stats_reason_t;


/* times are ms of the wall clock, 0: never */
typedef struct {
    uint64_t  group;          /* the provider's; 0: free */
    uint64_t  requests[NGX_HTTP_OAUTH_TOKEN_STATS_REQUESTS];
    uint64_t  retries;        /* sent once more with another token */
    uint64_t  evicted;        /* tokens that had to make room for others */

    uint64_t  fetches[NGX_HTTP_OAUTH_TOKEN_STATS_OUTCOMES];
    uint64_t  buckets[NGX_HTTP_OAUTH_TOKEN_STATS_BUCKETS];
    uint64_t  fetched_ms;     /* all of them together */
    uint64_t  nrecent;        /* ever; the latest is at nrecent - 1 */
    uint32_t  recent[NGX_HTTP_OAUTH_TOKEN_STATS_RECENT];  /* ms, outcome */

    uint64_t  success_at;
    uint64_t  failure_at;
    uint64_t  failure;        /* index of its reason */
    ngx_http_oauth_token_stats_reason_t
              reasons[NGX_HTTP_OAUTH_TOKEN_STATS_REASONS];

    uint32_t  waiting[NGX_HTTP_OAUTH_TOKEN_STATS_WORKERS];
} ngx_http_oauth_token_stats_t;


/* the upper bounds of the buckets but the last, ms */
extern const uint32_t  ngx_http_oauth_token_stats_bounds[
                                     NGX_HTTP_OAUTH_TOKEN_STATS_BUCKETS - 1];


/* adds one to a member */
#define ngx_http_oauth_token_stats_add(member)                                \
    (void) __atomic_add_fetch(&(member), 1, __ATOMIC_RELAXED)

#define ngx_http_oauth_token_stats_get(member)                                \
    __atomic_load_n(&(member), __ATOMIC_RELAXED)


/* a fetch has ended, after so many ms, at a time of the wall clock */
void ngx_http_oauth_token_stats_fetched(ngx_http_oauth_token_stats_t *s,
    int outcome, int64_t ms, int64_t wall);

/* why it has failed, or why a request got no token; a NUL-terminated word */
void ngx_http_oauth_token_stats_failed(ngx_http_oauth_token_stats_t *s,
    const char *reason, int64_t wall);
void ngx_http_oauth_token_stats_refused(ngx_http_oauth_token_stats_t *s,
    const char *reason);

/* copies the text of a reason; 0: there is none, or it is just being written */
int ngx_http_oauth_token_stats_reason(ngx_http_oauth_token_stats_t *s,
    uint64_t i, char text[NGX_HTTP_OAUTH_TOKEN_STATS_REASON]);

/* the fetch that was the last but n; 0: there was none */
int ngx_http_oauth_token_stats_recent(ngx_http_oauth_token_stats_t *s,
    uint64_t n, int *outcome, uint32_t *ms);


#endif /* _NGX_HTTP_OAUTH_TOKEN_STATS_H_INCLUDED_ */
