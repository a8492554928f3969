
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_document.h"

#include "ngx_http_oauth_token_json.h"
#include "ngx_http_oauth_token_secret.h"


/* hex digits of a key, as in the log; with a NUL */
#define DOCUMENT_KEY  9

#define document_count(member)                                                \
    json_integer((json_int_t) ngx_http_oauth_token_stats_get(member))


static json_t *ngx_http_oauth_token_document_zone(
    ngx_http_oauth_token_report_zone_t *zone);
static json_t *ngx_http_oauth_token_document_provider(
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row);
static json_t *ngx_http_oauth_token_document_states(
    ngx_http_oauth_token_report_provider_t *row);
static json_t *ngx_http_oauth_token_document_requests(
    ngx_http_oauth_token_stats_t *stats);
static json_t *ngx_http_oauth_token_document_reasons(
    ngx_http_oauth_token_stats_t *stats, ngx_uint_t of_fetches);
static json_t *ngx_http_oauth_token_document_fetches(
    ngx_http_oauth_token_stats_t *stats);
static json_t *ngx_http_oauth_token_document_times(
    ngx_http_oauth_token_stats_t *stats);
static json_t *ngx_http_oauth_token_document_recent(
    ngx_http_oauth_token_stats_t *stats);
static json_t *ngx_http_oauth_token_document_failure(
    ngx_http_oauth_token_stats_t *stats);
static json_t *ngx_http_oauth_token_document_keys(
    ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row);
static json_t *ngx_http_oauth_token_document_string(ngx_str_t *string);
static json_t *ngx_http_oauth_token_document_ms(int64_t ms);
static json_t *ngx_http_oauth_token_document_wall(uint64_t ms);
static json_t *ngx_http_oauth_token_document_left(int64_t at, int64_t now);


void
ngx_http_oauth_token_document(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_text_t *text)
{
    char        *dump;
    size_t       len;
    json_t      *root, *zones, *providers;
    ngx_uint_t   i;

    zones = json_array();
    providers = json_array();

    for (i = 0; i < report->nzones; i++) {
        if (json_array_append_new(zones,
                 ngx_http_oauth_token_document_zone(&report->zones[i])) != 0)
        {
            text->failed = 1;
        }
    }

    for (i = 0; i < report->nproviders; i++) {
        if (json_array_append_new(providers,
                 ngx_http_oauth_token_document_provider(report,
                                                  &report->providers[i])) != 0)
        {
            text->failed = 1;
        }
    }

    root = json_pack("{s:o, s:o, s:o}",
                     "time", ngx_http_oauth_token_document_wall(
                                                    (uint64_t) report->wall),
                     "zones", zones, "providers", providers);

    dump = root ? ngx_http_oauth_token_json_dump(root,
                                      JSON_INDENT(2)|JSON_REAL_PRECISION(13),
                                                 &len)
                : NULL;

    if (dump) {
        ngx_http_oauth_token_text_add(text, dump, len);
        ngx_http_oauth_token_text_add(text, "\n", 1);

    } else {
        text->failed = 1;
    }

    ngx_http_oauth_token_secret_free(dump);
    json_decref(root);
}


static json_t *
ngx_http_oauth_token_document_zone(ngx_http_oauth_token_report_zone_t *zone)
{
    ngx_http_oauth_token_store_room_t  *room;

    room = &zone->room;

    return json_pack("{s:o, s:I, s:{s:I, s:I}, s:{s:I, s:I}, s:I, s:b}",
        "name", ngx_http_oauth_token_document_string(&zone->zone->name),
        "size", (json_int_t) room->size,
        "entries",
            "used", (json_int_t) room->entries - room->entries_free,
            "free", (json_int_t) room->entries_free,
        "cells",
            "used", (json_int_t) room->cells - room->cells_free,
            "free", (json_int_t) room->cells_free,
        "evicted", (json_int_t) room->evicted,
        "partial", (int) zone->partial);
}


static json_t *
ngx_http_oauth_token_document_provider(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row)
{
    ngx_http_oauth_token_stats_t     *stats;
    ngx_http_oauth_token_provider_t  *p;

    p = row->provider;
    stats = p->stats;

    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I,"
                     " s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
        "name", ngx_http_oauth_token_document_string(&p->name),
        "zone", ngx_http_oauth_token_document_string(&p->zone->name),
        "state", ngx_http_oauth_token_report_state(row->state),
        "entries", ngx_http_oauth_token_document_states(row),
        "expires_in", ngx_http_oauth_token_document_ms(row->expires_in),
        "refresh_in", ngx_http_oauth_token_document_ms(row->refresh_in),
        "age", ngx_http_oauth_token_document_ms(row->age),
        "last_success", ngx_http_oauth_token_document_wall(
                           ngx_http_oauth_token_stats_get(stats->success_at)),
        "last_failure", ngx_http_oauth_token_document_failure(stats),
        "failures_in_a_row", (json_int_t) row->failures,
        "next_try_in", ngx_http_oauth_token_document_ms(row->next_try_in),
        "requests", ngx_http_oauth_token_document_requests(stats),
        "retries", document_count(stats->retries),
        "waiting", (json_int_t) row->waiting,
        "evicted", document_count(stats->evicted),
        "errors", ngx_http_oauth_token_document_reasons(stats, 0),
        "fetches", ngx_http_oauth_token_document_fetches(stats),
        "failures", ngx_http_oauth_token_document_reasons(stats, 1),
        "recent", ngx_http_oauth_token_document_recent(stats),
        "keys", ngx_http_oauth_token_document_keys(report, row));
}


static json_t *
ngx_http_oauth_token_document_states(
    ngx_http_oauth_token_report_provider_t *row)
{
    json_t      *states;
    ngx_uint_t   i;

    states = json_pack("{s:I}", "all", (json_int_t) row->keys);

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_SEEN_STATES; i++) {
        (void) json_object_set_new(states,
                                   ngx_http_oauth_token_report_state(i),
                                   json_integer((json_int_t) row->states[i]));
    }

    return states;
}


static json_t *
ngx_http_oauth_token_document_requests(ngx_http_oauth_token_stats_t *stats)
{
    json_t      *requests;
    ngx_uint_t   i;

    requests = json_object();

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_REQUESTS; i++) {
        (void) json_object_set_new(requests,
                                   ngx_http_oauth_token_report_request(i),
                                   document_count(stats->requests[i]));
    }

    return requests;
}


static json_t *
ngx_http_oauth_token_document_reasons(ngx_http_oauth_token_stats_t *stats,
    ngx_uint_t of_fetches)
{
    char                                  name[
                                           NGX_HTTP_OAUTH_TOKEN_STATS_REASON];
    json_t                               *reasons;
    uint64_t                              n;
    ngx_uint_t                            i;
    ngx_http_oauth_token_stats_reason_t  *r;

    reasons = json_object();

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_REASONS; i++) {
        r = &stats->reasons[i];
        n = of_fetches ? ngx_http_oauth_token_stats_get(r->fetches)
                       : ngx_http_oauth_token_stats_get(r->requests);

        if (n && ngx_http_oauth_token_stats_reason(stats, i, name)) {
            (void) json_object_set_new(reasons, name,
                                       json_integer((json_int_t) n));
        }
    }

    return reasons;
}


static json_t *
ngx_http_oauth_token_document_fetches(ngx_http_oauth_token_stats_t *stats)
{
    json_t      *fetches;
    ngx_uint_t   i;

    fetches = json_object();

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_OUTCOMES; i++) {
        (void) json_object_set_new(fetches,
                                   ngx_http_oauth_token_report_outcome(i),
                                   document_count(stats->fetches[i]));
    }

    (void) json_object_set_new(fetches, "seconds",
                               ngx_http_oauth_token_document_times(stats));

    return fetches;
}


/* so many took no longer than that, each line with those before it */

static json_t *
ngx_http_oauth_token_document_times(ngx_http_oauth_token_stats_t *stats)
{
    json_t      *buckets, *le;
    uint64_t     count;
    ngx_uint_t   i;

    buckets = json_array();
    count = 0;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_BUCKETS; i++) {
        count += ngx_http_oauth_token_stats_get(stats->buckets[i]);

        le = i < NGX_HTTP_OAUTH_TOKEN_STATS_BUCKETS - 1
                 ? json_real(ngx_http_oauth_token_stats_bounds[i] / 1000.0)
                 : json_null();

        (void) json_array_append_new(buckets,
                                     json_pack("{s:o, s:I}", "le", le,
                                               "count", (json_int_t) count));
    }

    return json_pack("{s:f, s:I, s:o}", "sum",
                     (double) ngx_http_oauth_token_stats_get(
                                                    stats->fetched_ms) / 1000,
                     "count", (json_int_t) count, "buckets", buckets);
}


/* the latest one last */

static json_t *
ngx_http_oauth_token_document_recent(ngx_http_oauth_token_stats_t *stats)
{
    int          outcome;
    json_t      *recent;
    uint32_t     ms;
    ngx_uint_t   i;

    recent = json_array();

    for (i = NGX_HTTP_OAUTH_TOKEN_STATS_RECENT; i > 0; i--) {
        if (ngx_http_oauth_token_stats_recent(stats, i - 1, &outcome, &ms)) {
            (void) json_array_append_new(recent,
                json_pack("{s:s, s:f}", "outcome",
                          ngx_http_oauth_token_report_outcome(outcome),
                          "seconds", ms / 1000.0));
        }
    }

    return recent;
}


static json_t *
ngx_http_oauth_token_document_failure(ngx_http_oauth_token_stats_t *stats)
{
    char      reason[NGX_HTTP_OAUTH_TOKEN_STATS_REASON];
    uint64_t  at;

    at = ngx_http_oauth_token_stats_get(stats->failure_at);

    if (at == 0
        || !ngx_http_oauth_token_stats_reason(stats,
                               ngx_http_oauth_token_stats_get(stats->failure),
                                              reason))
    {
        return json_null();
    }

    return json_pack("{s:o, s:s}", "time",
                     ngx_http_oauth_token_document_wall(at),
                     "reason", reason);
}


static json_t *
ngx_http_oauth_token_document_keys(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_report_provider_t *row)
{
    char                          name[DOCUMENT_KEY];
    json_t                       *keys, *expires_in;
    ngx_uint_t                    i;
    ngx_http_oauth_token_seen_t  *seen;

    keys = json_array();

    for (i = 0; i < row->nworst; i++) {
        seen = &row->worst[i];

        (void) ngx_hex_dump((u_char *) name, seen->key, DOCUMENT_KEY / 2);
        name[DOCUMENT_KEY - 1] = '\0';

        expires_in = seen->usable
                         ? ngx_http_oauth_token_document_left(seen->expires,
                                                              report->now)
                         : json_null();

        (void) json_array_append_new(keys,
            json_pack("{s:s, s:s, s:o, s:I, s:s?, s:o}", "key", name,
                      "state", ngx_http_oauth_token_report_state(seen->state),
                      "expires_in", expires_in,
                      "failures_in_a_row", (json_int_t) seen->failures,
                      "reason", seen->reason[0] ? seen->reason : NULL,
                      "next_try_in", ngx_http_oauth_token_document_left(
                                               seen->next_try, report->now)));
    }

    return keys;
}


/* a name of the configuration may be in any encoding */

static json_t *
ngx_http_oauth_token_document_string(ngx_str_t *string)
{
    json_t  *value;

    value = json_stringn((char *) string->data, string->len);

    return value ? value : json_string("?");
}


/* s; none: null */

static json_t *
ngx_http_oauth_token_document_ms(int64_t ms)
{
    if (ms == NGX_HTTP_OAUTH_TOKEN_REPORT_NONE) {
        return json_null();
    }

    return json_real((double) ngx_max(ms, 0) / 1000);
}


/* s since 1970; never: null */

static json_t *
ngx_http_oauth_token_document_wall(uint64_t ms)
{
    return ms ? json_real((double) ms / 1000) : json_null();
}


static json_t *
ngx_http_oauth_token_document_left(int64_t at, int64_t now)
{
    return at ? ngx_http_oauth_token_document_ms(at - now) : json_null();
}
