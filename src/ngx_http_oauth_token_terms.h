
/*
 * Row 0: the terms in which the store is spoken to.  See store.
 *
 * Plain C.  Times are milliseconds of CLOCK_MONOTONIC, but for wall_until.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TERMS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TERMS_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>


#define NGX_HTTP_OAUTH_TOKEN_KEY_LEN       32

/* random bytes that make the keys of a store unlike those of any other */
#define NGX_HTTP_OAUTH_TOKEN_SALT_LEN      32

/* same as a reason of a response, with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_STORE_REASON  32


/* what an entry is about */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_KIND_TOKEN = 0,
    NGX_HTTP_OAUTH_TOKEN_KIND_REFRESH,    /* a refresh token */
    NGX_HTTP_OAUTH_TOKEN_KIND_METADATA,   /* what an issuer says */
    NGX_HTTP_OAUTH_TOKEN_KIND_ENDPOINT    /* one that does not answer */
} ngx_http_oauth_token_kind_e;


/* bytes to be stored; all times but usable_until are of a token only */
typedef struct {
    const unsigned char  *data;
    size_t                len;
    int64_t               refresh_at;    /* a claim is given from here on */
    int64_t               again_at;      /* the same, if it is the old token */
    int64_t               usable_until;  /* not used from here on */
    int64_t               wall_until;    /* the same by the wall clock, see
                                            token; nothing of the store's */
    int64_t               expires;       /* its end, for the eyes of people */
} ngx_http_oauth_token_fresh_t;


/* where a token stands, and until when it counts */
typedef struct {
    uint32_t    entry;
    uint64_t    generation;
    size_t      len;
    int64_t     born;
    int64_t     refresh_at;
    int64_t     usable_until;
    int64_t     wall_until;
    int64_t     expires;
} ngx_http_oauth_token_stored_t;


/* why there is no token; outcome and reason as in a response */
typedef struct {
    uint64_t    claim;             /* the attempt that failed */
    int64_t     retry_at;          /* no new attempt before, see above */
    int64_t     probe_at;
    uint64_t    failures;          /* so many in a row by now */
    int         shared;            /* it is the endpoint that failed */
    int         outcome;
    char        reason[NGX_HTTP_OAUTH_TOKEN_STORE_REASON];
} ngx_http_oauth_token_failure_t;


/* what is to be fetched, by whom, until when */
typedef struct {
    const unsigned char  *key;
    const unsigned char  *endpoint;  /* the key that those of an endpoint share;
                                        NULL: none */
    uint64_t              group;     /* whose key it is, for purges; not 0 */
    ngx_http_oauth_token_kind_e  kind;
    pid_t                 owner;
    int64_t               now;
    int64_t               deadline;
    int                   patient;   /* no request waits for it */
} ngx_http_oauth_token_errand_t;


/*
 * An attempt to fetch; id 0 is an attempt that the store knows nothing of.
 * failures: in a row until now, without a token and without an answer; outcome
 * is that of the last one of them, 0: none.
 */
typedef struct {
    uint64_t    id;
    uint32_t    entry;
    int         outcome;
    uint64_t    failures;
    uint64_t    unanswered;
    uint64_t    purges;
} ngx_http_oauth_token_claim_t;


typedef enum {
    NGX_HTTP_OAUTH_TOKEN_STORE_OK = 0,    /* done; of a claim: it is yours */
    NGX_HTTP_OAUTH_TOKEN_STORE_FRESH,     /* there is a token, look it up */
    NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED,   /* somebody else is fetching */
    NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED,    /* an attempt has failed */
    NGX_HTTP_OAUTH_TOKEN_STORE_STALE,     /* what was meant is not there */
    NGX_HTTP_OAUTH_TOKEN_STORE_FULL,      /* no room, nothing to evict */
    NGX_HTTP_OAUTH_TOKEN_STORE_BUSY       /* the lock was not to be had */
} ngx_http_oauth_token_store_e;


#endif /* _NGX_HTTP_OAUTH_TOKEN_TERMS_H_INCLUDED_ */
