
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_report.h"

#include "ngx_http_oauth_token_token.h"


#define REPORT_NONE  NGX_HTTP_OAUTH_TOKEN_REPORT_NONE


/* where a group is told of */
typedef struct {
    uint64_t                                 group;
    ngx_http_oauth_token_report_provider_t  *row;
} ngx_http_oauth_token_report_place_t;


static void ngx_http_oauth_token_report_begin(
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_report_place_t *places);
static int ngx_libc_cdecl ngx_http_oauth_token_report_compare(const void *one,
    const void *two);
static void ngx_http_oauth_token_report_scan(
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_zone_t *zone,
    ngx_http_oauth_token_report_place_t *places);
static void ngx_http_oauth_token_report_add(
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row,
    ngx_http_oauth_token_seen_t *seen);
static void ngx_http_oauth_token_report_rank(
    ngx_http_oauth_token_report_provider_t *row,
    ngx_http_oauth_token_seen_t *seen);
static ngx_int_t ngx_http_oauth_token_report_worse(
    ngx_http_oauth_token_seen_t *one, ngx_http_oauth_token_seen_t *two);
static ngx_int_t ngx_http_oauth_token_report_need(
    ngx_http_oauth_token_seen_t *seen);
static void ngx_http_oauth_token_report_end(
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row);


static const char  *ngx_http_oauth_token_report_states[] = {
    "fresh", "due", "fetching", "paused", "ended"
};


static const char  *ngx_http_oauth_token_report_outcomes[] = {
    "ok", "transport", "timeout", "unusable", "refused", "throttled",
    "challenged", "internal"
};


static const char  *ngx_http_oauth_token_report_requests[] = {
    "hit", "miss", "wait", "stale", "error"
};


/* of many keys the state that is told first; ended ones may just be idle */
static const ngx_http_oauth_token_seen_e  ngx_http_oauth_token_report_first[] =
{
    NGX_HTTP_OAUTH_TOKEN_SEEN_PAUSED,
    NGX_HTTP_OAUTH_TOKEN_SEEN_FETCHING,
    NGX_HTTP_OAUTH_TOKEN_SEEN_DUE,
    NGX_HTTP_OAUTH_TOKEN_SEEN_FRESH,
    NGX_HTTP_OAUTH_TOKEN_SEEN_ENDED
};


ngx_http_oauth_token_report_t *
ngx_http_oauth_token_report(ngx_pool_t *pool,
    ngx_http_oauth_token_main_conf_t *mcf)
{
    ngx_uint_t                            i;
    ngx_http_oauth_token_report_t        *report;
    ngx_http_oauth_token_report_place_t  *places;

    report = ngx_pcalloc(pool, sizeof(ngx_http_oauth_token_report_t));
    if (report == NULL) {
        return NULL;
    }

    report->nzones = mcf->zones.nelts;
    report->nproviders = mcf->providers.nelts;

    report->zones = ngx_pcalloc(pool, report->nzones
                                * sizeof(ngx_http_oauth_token_report_zone_t));

    report->providers = ngx_pcalloc(pool, report->nproviders
                            * sizeof(ngx_http_oauth_token_report_provider_t));

    places = ngx_palloc(pool, report->nproviders
                              * sizeof(ngx_http_oauth_token_report_place_t));

    if (report->zones == NULL || report->providers == NULL || places == NULL) {
        return NULL;
    }

    ngx_http_oauth_token_report_begin(report, mcf, places);

    for (i = 0; i < report->nzones; i++) {
        ngx_http_oauth_token_report_scan(report, &report->zones[i], places);
    }

    for (i = 0; i < report->nproviders; i++) {
        ngx_http_oauth_token_report_end(report, &report->providers[i]);
    }

    return report;
}


static void
ngx_http_oauth_token_report_begin(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_report_place_t *places)
{
    ngx_uint_t                                i;
    ngx_http_oauth_token_provider_t         **p;
    ngx_http_oauth_token_zone_conf_t        **zone;
    ngx_http_oauth_token_report_provider_t   *row;

    report->wall = ngx_http_oauth_token_wall();
    report->now = ngx_current_msec;

    zone = mcf->zones.elts;

    for (i = 0; i < report->nzones; i++) {
        report->zones[i].zone = zone[i];
        ngx_http_oauth_token_store_room(zone[i]->store,
                                        &report->zones[i].room);
    }

    p = mcf->providers.elts;

    for (i = 0; i < report->nproviders; i++) {
        row = &report->providers[i];

        row->provider = p[i];
        row->expires_in = REPORT_NONE;
        row->refresh_in = REPORT_NONE;
        row->age = REPORT_NONE;
        row->next_try_in = REPORT_NONE;

        places[i].group = p[i]->group;
        places[i].row = row;
    }

    ngx_qsort(places, report->nproviders,
              sizeof(ngx_http_oauth_token_report_place_t),
              ngx_http_oauth_token_report_compare);
}


static int ngx_libc_cdecl
ngx_http_oauth_token_report_compare(const void *one, const void *two)
{
    const ngx_http_oauth_token_report_place_t  *a = one, *b = two;

    return a->group < b->group ? -1 : a->group > b->group;
}


static void
ngx_http_oauth_token_report_scan(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_zone_t *zone,
    ngx_http_oauth_token_report_place_t *places)
{
    uint32_t                              i, end;
    ngx_http_oauth_token_seen_t           seen;
    ngx_http_oauth_token_store_t         *store;
    ngx_http_oauth_token_report_place_t   wanted, *place;

    store = zone->zone->store;
    end = ngx_http_oauth_token_survey_end(store);

    if (end > NGX_HTTP_OAUTH_TOKEN_REPORT_ENTRIES) {
        end = NGX_HTTP_OAUTH_TOKEN_REPORT_ENTRIES;
        zone->partial = 1;
    }

    for (i = 0; i < end; i++) {

        if (!ngx_http_oauth_token_survey_entry(store, i, report->now, &seen)
            || seen.kind != NGX_HTTP_OAUTH_TOKEN_KIND_TOKEN)
        {
            continue;
        }

        wanted.group = seen.group;
        wanted.row = NULL;

        place = bsearch(&wanted, places, report->nproviders,
                        sizeof(ngx_http_oauth_token_report_place_t),
                        ngx_http_oauth_token_report_compare);

        /* what an older configuration has left is nobody's */

        if (place && (place->row->provider->slots.nelts
                      || ngx_memcmp(seen.key, place->row->provider->key,
                                    NGX_HTTP_OAUTH_TOKEN_KEY_LEN) == 0))
        {
            ngx_http_oauth_token_report_add(report, place->row, &seen);
        }
    }
}


static void
ngx_http_oauth_token_report_add(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row,
    ngx_http_oauth_token_seen_t *seen)
{
    int64_t  left;

    row->keys++;
    row->states[seen->state]++;
    row->failures = ngx_max(row->failures, seen->failures);

    left = seen->expires - report->now;

    if (seen->usable
        && (row->expires_in == REPORT_NONE || left < row->expires_in))
    {
        row->expires_in = left;
        row->refresh_in = seen->refresh_at - report->now;
        row->age = report->now - seen->born;
    }

    left = seen->next_try - report->now;

    if (seen->next_try
        && (row->next_try_in == REPORT_NONE || left < row->next_try_in))
    {
        row->next_try_in = left;
    }

    ngx_http_oauth_token_report_rank(row, seen);
}


/* keeps the worst ones, in order */

static void
ngx_http_oauth_token_report_rank(ngx_http_oauth_token_report_provider_t *row,
    ngx_http_oauth_token_seen_t *seen)
{
    ngx_uint_t  i;

    i = row->nworst;

    if (i == NGX_HTTP_OAUTH_TOKEN_REPORT_KEYS) {

        if (!ngx_http_oauth_token_report_worse(seen, &row->worst[i - 1])) {
            return;
        }

        i--;

    } else {
        row->nworst++;
    }

    for ( /* void */ ;
         i > 0 && ngx_http_oauth_token_report_worse(seen, &row->worst[i - 1]);
         i--)
    {
        row->worst[i] = row->worst[i - 1];
    }

    row->worst[i] = *seen;
}


/* no token before failures, failures before all else; then what ends first */

static ngx_int_t
ngx_http_oauth_token_report_worse(ngx_http_oauth_token_seen_t *one,
    ngx_http_oauth_token_seen_t *two)
{
    ngx_int_t  a, b;

    a = ngx_http_oauth_token_report_need(one);
    b = ngx_http_oauth_token_report_need(two);

    return a != b ? a > b : one->expires < two->expires;
}


static ngx_int_t
ngx_http_oauth_token_report_need(ngx_http_oauth_token_seen_t *seen)
{
    if (seen->next_try) {
        return seen->usable ? 2 : 3;
    }

    return seen->usable ? 1 : 0;
}


static void
ngx_http_oauth_token_report_end(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row)
{
    int64_t                           left;
    ngx_uint_t                        i;
    ngx_http_oauth_token_seen_t       seen;
    ngx_http_oauth_token_provider_t  *p;

    p = row->provider;

    row->waiting = ngx_http_oauth_token_survey_waiting(p->zone->store,
                                                       p->stats);

    row->state = NGX_HTTP_OAUTH_TOKEN_SEEN_ENDED;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_SEEN_STATES; i++) {
        if (row->states[ngx_http_oauth_token_report_first[i]]) {
            row->state = ngx_http_oauth_token_report_first[i];
            break;
        }
    }

    /* an endpoint that does not answer pauses keys that know nothing of it */

    if (!ngx_http_oauth_token_survey_key(p->zone->store, p->endpoint_key,
                                         report->now, &seen)
        || seen.next_try == 0)
    {
        return;
    }

    left = seen.next_try - report->now;

    row->failures = ngx_max(row->failures, seen.failures);
    row->next_try_in = ngx_max(row->next_try_in, left);

    if (row->state == NGX_HTTP_OAUTH_TOKEN_SEEN_ENDED) {
        row->state = NGX_HTTP_OAUTH_TOKEN_SEEN_PAUSED;
    }
}


const char *
ngx_http_oauth_token_report_state(ngx_http_oauth_token_seen_e state)
{
    return ngx_http_oauth_token_report_states[state];
}


const char *
ngx_http_oauth_token_report_outcome(ngx_uint_t outcome)
{
    return ngx_http_oauth_token_report_outcomes[outcome];
}


const char *
ngx_http_oauth_token_report_request(ngx_uint_t what)
{
    return ngx_http_oauth_token_report_requests[what];
}
