
#include "ngx_http_oauth_token_cold.h"

#include <string.h>

#include "ngx_http_oauth_token_lock.h"
#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_survey.h"


#define ZONE_LOAD   NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD
#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE
#define WORKERS     NGX_HTTP_OAUTH_TOKEN_STATS_WORKERS

/* a writer needs some 100 ns: whoever finds it at work twice has met two */
#define SURVEY_TRIES  3


static int ngx_http_oauth_token_survey_read(ngx_http_oauth_token_entry_t *e,
    int64_t now, ngx_http_oauth_token_seen_t *seen);
static void ngx_http_oauth_token_survey_failure(
    ngx_http_oauth_token_entry_t *e, ngx_http_oauth_token_seen_t *seen);
static ngx_http_oauth_token_seen_e ngx_http_oauth_token_survey_state(
    ngx_http_oauth_token_entry_t *e, int64_t now,
    ngx_http_oauth_token_seen_t *seen);


uint32_t
ngx_http_oauth_token_survey_end(ngx_http_oauth_token_store_t *st)
{
    return ZONE_LOAD(&st->zone.ever);
}


int
ngx_http_oauth_token_survey_entry(ngx_http_oauth_token_store_t *st,
    uint32_t entry, int64_t now, ngx_http_oauth_token_seen_t *seen)
{
    int                            i;
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(&st->zone, entry);

    if (!ZONE_LOAD(&e->used)) {
        return 0;
    }

    for (i = 0; i < SURVEY_TRIES; i++) {
        if (ngx_http_oauth_token_survey_read(e, now, seen)) {
            return 1;
        }
    }

    return 0;
}


int
ngx_http_oauth_token_survey_key(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, int64_t now, ngx_http_oauth_token_seen_t *seen)
{
    uint32_t  entry;

    entry = ngx_http_oauth_token_lookup_entry(&st->zone, key);

    return entry != ZONE_NONE
           && ngx_http_oauth_token_survey_entry(st, entry, now, seen)
           && memcmp(seen->key, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN) == 0;
}


static int
ngx_http_oauth_token_survey_read(ngx_http_oauth_token_entry_t *e, int64_t now,
    ngx_http_oauth_token_seen_t *seen)
{
    int       i;
    uint64_t  generation, key[4];

    generation = __atomic_load_n(&e->generation, __ATOMIC_ACQUIRE);

    for (i = 0; i < 4; i++) {
        key[i] = ZONE_LOAD(&e->key[i]);
    }

    memcpy(seen->key, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    seen->group = ZONE_LOAD(&e->group);
    seen->kind = ZONE_LOAD(&e->kind);
    seen->usable = ZONE_LOAD(&e->holds) == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
                   && now < ZONE_LOAD(&e->usable_until);
    seen->born = ZONE_LOAD(&e->born);
    seen->refresh_at = ZONE_LOAD(&e->refresh_at);
    seen->expires = ZONE_LOAD(&e->expires);

    ngx_http_oauth_token_survey_failure(e, seen);

    seen->state = ngx_http_oauth_token_survey_state(e, now, seen);

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return !(generation & 1) && ZONE_LOAD(&e->generation) == generation;
}


static void
ngx_http_oauth_token_survey_failure(ngx_http_oauth_token_entry_t *e,
    ngx_http_oauth_token_seen_t *seen)
{
    size_t  i;

    seen->failures = ZONE_LOAD(&e->failures);
    seen->next_try = 0;
    seen->reason[0] = '\0';

    if (ZONE_LOAD(&e->failed_claim) == 0) {
        return;
    }

    seen->next_try = seen->usable ? ZONE_LOAD(&e->retry_at)
                                  : ZONE_LOAD(&e->probe_at);

    for (i = 0; i < sizeof(seen->reason) - 1; i++) {
        seen->reason[i] = ZONE_LOAD(&e->reason[i]);
    }

    seen->reason[i] = '\0';
}


static ngx_http_oauth_token_seen_e
ngx_http_oauth_token_survey_state(ngx_http_oauth_token_entry_t *e, int64_t now,
    ngx_http_oauth_token_seen_t *seen)
{
    if (ngx_http_oauth_token_lookup_claimed(e, now)) {
        return NGX_HTTP_OAUTH_TOKEN_SEEN_FETCHING;
    }

    if (seen->usable) {
        return now < seen->refresh_at ? NGX_HTTP_OAUTH_TOKEN_SEEN_FRESH
                                      : NGX_HTTP_OAUTH_TOKEN_SEEN_DUE;
    }

    return seen->next_try ? NGX_HTTP_OAUTH_TOKEN_SEEN_PAUSED
                          : NGX_HTTP_OAUTH_TOKEN_SEEN_ENDED;
}


ngx_http_oauth_token_stats_t *
ngx_http_oauth_token_survey_enroll(ngx_http_oauth_token_store_t *st,
    uint64_t group, const uint64_t *groups, size_t ngroups)
{
    size_t                         j;
    uint32_t                       i;
    uint64_t                       there;
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_stats_t  *stats;

    z = &st->zone;

    stats = ngx_http_oauth_token_zone_counted(z, group);

    if (stats) {
        return stats;
    }

    for (i = 0; i < z->nstats; i++) {
        stats = ngx_http_oauth_token_zone_stats(z, i);
        there = ZONE_LOAD(&stats->group);

        for (j = 0; there && j < ngroups && groups[j] != there; j++) {
            /* void */
        }

        /* another master may be at it, too: an upgrade of the program */

        if ((there == 0 || j == ngroups)
            && __atomic_compare_exchange_n(&stats->group, &there, group, 0,
                                           __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED))
        {
            /* whoever counts there still does so in vain */

            memset(stats->requests, 0, sizeof(ngx_http_oauth_token_stats_t)
                          - offsetof(ngx_http_oauth_token_stats_t, requests));
            return stats;
        }
    }

    return NULL;
}


uint32_t
ngx_http_oauth_token_survey_join(ngx_http_oauth_token_store_t *st, pid_t pid)
{
    uint32_t                       i, j, there;
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_stats_t  *stats;

    z = &st->zone;

    for (i = 0; i < WORKERS; i++) {
        there = ZONE_LOAD(&z->workers[i]);

        if ((there == 0 || ngx_http_oauth_token_zone_dead((pid_t) there))
            && __atomic_compare_exchange_n(&z->workers[i], &there,
                                           (uint32_t) pid, 0,
                                           __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED))
        {
            break;
        }
    }

    for (j = 0; i < WORKERS && j < z->nstats; j++) {
        stats = ngx_http_oauth_token_zone_stats(z, j);
        ZONE_STORE(&stats->waiting[i], 0);
    }

    return i;
}


void
ngx_http_oauth_token_survey_part(ngx_http_oauth_token_store_t *st,
    uint32_t worker)
{
    if (worker < WORKERS) {
        ZONE_STORE(&st->zone.workers[worker], 0);
    }
}


uint64_t
ngx_http_oauth_token_survey_waiting(ngx_http_oauth_token_store_t *st,
    ngx_http_oauth_token_stats_t *stats)
{
    uint32_t  i, n, pid;
    uint64_t  waiting;

    waiting = 0;

    for (i = 0; i < WORKERS; i++) {
        n = ZONE_LOAD(&stats->waiting[i]);
        pid = ZONE_LOAD(&st->zone.workers[i]);

        if (n && pid && !ngx_http_oauth_token_zone_dead((pid_t) pid)) {
            waiting += n;
        }
    }

    return waiting;
}
