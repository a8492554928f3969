
/*
 * Row 1: a look at a whole store, for the eyes of people: what is there, and
 * what was counted.
 *
 * Plain C, no lock.  What is read of an entry is of one moment as far as its
 * token goes; a failure that is just being stored may be half of the one
 * before.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SURVEY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SURVEY_H_INCLUDED_


#include "ngx_http_oauth_token_stats.h"
#include "ngx_http_oauth_token_store.h"


/* how it stands with a token */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_SEEN_FRESH = 0,
    NGX_HTTP_OAUTH_TOKEN_SEEN_DUE,        /* serves, to be refreshed */
    NGX_HTTP_OAUTH_TOKEN_SEEN_FETCHING,   /* whether or not one serves */
    NGX_HTTP_OAUTH_TOKEN_SEEN_PAUSED,     /* none, and a fetch has failed */
    NGX_HTTP_OAUTH_TOKEN_SEEN_ENDED,      /* none, and nobody has asked */

    NGX_HTTP_OAUTH_TOKEN_SEEN_STATES
} ngx_http_oauth_token_seen_e;


/* an entry; times as in terms */
typedef struct {
    uint64_t                       group;
    uint32_t                       kind;
    unsigned char                  key[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];

    ngx_http_oauth_token_seen_e    state;
    int                            usable;
    int64_t                        born;         /* of a usable one */
    int64_t                        refresh_at;
    int64_t                        expires;

    uint64_t                       failures;     /* in a row */
    int64_t                        next_try;     /* 0: nothing has failed */
    char                           reason[NGX_HTTP_OAUTH_TOKEN_STORE_REASON];
} ngx_http_oauth_token_seen_t;


/* so many entries were in use ever: those from this one on are empty */
uint32_t ngx_http_oauth_token_survey_end(ngx_http_oauth_token_store_t *st);

/* looks at an entry; 0: it is not in use, or changes all the time */
int ngx_http_oauth_token_survey_entry(ngx_http_oauth_token_store_t *st,
    uint32_t entry, int64_t now, ngx_http_oauth_token_seen_t *seen);

/* the entry under a key, as that of a provider's own token or its endpoint */
int ngx_http_oauth_token_survey_key(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now, ngx_http_oauth_token_seen_t *seen);

/*
 * Where the provider of a group is counted.  A new one gets a record that is
 * free, or that of a group which is none of all these; NULL: there is none.
 */
ngx_http_oauth_token_stats_t *ngx_http_oauth_token_survey_enroll(
    ngx_http_oauth_token_store_t *st, uint64_t group, const uint64_t *groups,
    size_t ngroups);

/*
 * A worker's place among those whose waiting requests are counted, for as long
 * as it lives.  WORKERS: all are taken, it is not counted.
 */
uint32_t ngx_http_oauth_token_survey_join(ngx_http_oauth_token_store_t *st,
    pid_t pid);
void ngx_http_oauth_token_survey_part(ngx_http_oauth_token_store_t *st,
    uint32_t worker);

/* how many requests wait, in all workers that live */
uint64_t ngx_http_oauth_token_survey_waiting(ngx_http_oauth_token_store_t *st,
    ngx_http_oauth_token_stats_t *stats);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SURVEY_H_INCLUDED_ */
