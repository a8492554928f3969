
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_metrics.h"


typedef struct ngx_http_oauth_token_metrics_s  ngx_http_oauth_token_metrics_t;


typedef struct {
    const char   *name;        /* behind "oauth_token_" */
    const char   *type;
    const char   *help;
    void        (*write)(ngx_http_oauth_token_metrics_t *m);
    size_t        offset;      /* of what write() looks at */
    unsigned      zone:1;      /* of zones, all others are of providers */
} ngx_http_oauth_token_metric_t;


/* all metrics of a page are written with this */
struct ngx_http_oauth_token_metrics_s {
    ngx_http_oauth_token_report_t           *report;
    ngx_http_oauth_token_text_t             *text;
    const ngx_http_oauth_token_metric_t     *metric;

    /* what they are about now: one of them */
    ngx_http_oauth_token_report_provider_t  *row;
    ngx_http_oauth_token_report_zone_t      *zone;
};


static void ngx_http_oauth_token_metrics_head(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_label(
    ngx_http_oauth_token_metrics_t *m, const char *suffix);
static void ngx_http_oauth_token_metrics_count(
    ngx_http_oauth_token_metrics_t *m, const char *label, const char *value,
    uint64_t n);
static void ngx_http_oauth_token_metrics_seconds(
    ngx_http_oauth_token_metrics_t *m, int64_t ms);
static void ngx_http_oauth_token_metrics_time(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_wall(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_counter(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_gauge(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_keys(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_requests(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_fetches(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_reasons(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_duration(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_room(
    ngx_http_oauth_token_metrics_t *m);
static void ngx_http_oauth_token_metrics_zone(
    ngx_http_oauth_token_metrics_t *m);


#define of_row(m)     offsetof(ngx_http_oauth_token_report_provider_t, m)
#define of_stats(m)   offsetof(ngx_http_oauth_token_stats_t, m)
#define of_reason(m)  offsetof(ngx_http_oauth_token_stats_reason_t, m)
#define of_room(m)    offsetof(ngx_http_oauth_token_store_room_t, m)


static const ngx_http_oauth_token_metric_t  ngx_http_oauth_token_series[] = {

    { "keys", "gauge", "Cache keys by the state of their token",
      ngx_http_oauth_token_metrics_keys, 0, 0 },

    { "expiry_timestamp_seconds", "gauge",
      "When the usable token that ends first ends",
      ngx_http_oauth_token_metrics_time, of_row(expires_in), 0 },

    { "refresh_timestamp_seconds", "gauge",
      "When that token is due to be refreshed",
      ngx_http_oauth_token_metrics_time, of_row(refresh_in), 0 },

    { "last_success_timestamp_seconds", "gauge",
      "When a token was fetched last",
      ngx_http_oauth_token_metrics_wall, of_stats(success_at), 0 },

    { "last_failure_timestamp_seconds", "gauge", "When a fetch failed last",
      ngx_http_oauth_token_metrics_wall, of_stats(failure_at), 0 },

    { "failures_in_a_row", "gauge",
      "Failed fetches since the last good one, of the key with the most",
      ngx_http_oauth_token_metrics_gauge, of_row(failures), 0 },

    { "requests_total", "counter",
      "Requests that wanted a token, by how they got it",
      ngx_http_oauth_token_metrics_requests, 0, 0 },

    { "request_errors_total", "counter",
      "Requests that got no token, by reason",
      ngx_http_oauth_token_metrics_reasons, of_reason(requests), 0 },

    { "requests_waiting", "gauge", "Requests that wait for a token now",
      ngx_http_oauth_token_metrics_gauge, of_row(waiting), 0 },

    { "retries_total", "counter",
      "Requests sent once more, as the upstream refused their token",
      ngx_http_oauth_token_metrics_counter, of_stats(retries), 0 },

    { "evictions_total", "counter", "Usable tokens that made room for others",
      ngx_http_oauth_token_metrics_counter, of_stats(evicted), 0 },

    { "fetches_total", "counter", "Token requests, by outcome",
      ngx_http_oauth_token_metrics_fetches, 0, 0 },

    { "fetch_failures_total", "counter", "Failed token requests, by reason",
      ngx_http_oauth_token_metrics_reasons, of_reason(fetches), 0 },

    { "fetch_duration_seconds", "histogram", "How long token requests took",
      ngx_http_oauth_token_metrics_duration, 0, 0 },

    { "zone_size_bytes", "gauge", "Shared memory of a zone",
      ngx_http_oauth_token_metrics_zone, of_room(size), 1 },

    { "zone_entries", "gauge", "Entries of a zone, one for each cache key",
      ngx_http_oauth_token_metrics_room, of_room(entries), 1 },

    { "zone_cells", "gauge", "Cells of a zone, 248 bytes of tokens each",
      ngx_http_oauth_token_metrics_room, of_room(cells), 1 },

    { "zone_evictions_total", "counter",
      "Usable tokens that made room for others in a zone",
      ngx_http_oauth_token_metrics_zone, of_room(evicted), 1 },

    { NULL, NULL, NULL, NULL, 0, 0 }
};


/* of the value of a label */
static const ngx_http_oauth_token_escape_t  ngx_http_oauth_token_labels[] = {
    { '\\', "\\\\" }, { '"', "\\\"" }, { '\n', "\\n" }, { 0, "" }
};


void
ngx_http_oauth_token_metrics(ngx_http_oauth_token_report_t *report,
    ngx_http_oauth_token_text_t *text)
{
    ngx_uint_t                            i, n;
    ngx_http_oauth_token_metrics_t        m;
    const ngx_http_oauth_token_metric_t  *metric;

    m.report = report;
    m.text = text;

    for (metric = ngx_http_oauth_token_series; metric->name; metric++) {
        m.metric = metric;

        ngx_http_oauth_token_metrics_head(&m);

        n = metric->zone ? report->nzones : report->nproviders;

        for (i = 0; i < n; i++) {
            m.row = metric->zone ? NULL : &report->providers[i];
            m.zone = metric->zone ? &report->zones[i] : NULL;
            metric->write(&m);
        }
    }
}


static void
ngx_http_oauth_token_metrics_head(ngx_http_oauth_token_metrics_t *m)
{
    ngx_http_oauth_token_text_printf(m->text, "# HELP oauth_token_%s %s\n"
                                     "# TYPE oauth_token_%s %s\n",
                                     m->metric->name, m->metric->help,
                                     m->metric->name, m->metric->type);
}


/* a line up to where the value of the first label ends */

static void
ngx_http_oauth_token_metrics_label(ngx_http_oauth_token_metrics_t *m,
    const char *suffix)
{
    ngx_str_t  *name;

    name = m->metric->zone ? &m->zone->zone->name : &m->row->provider->name;

    ngx_http_oauth_token_text_printf(m->text, "oauth_token_%s%s{%s=\"",
                                     m->metric->name, suffix,
                                     m->metric->zone ? "zone" : "provider");
    ngx_http_oauth_token_text_escaped(m->text, name,
                                      ngx_http_oauth_token_labels);
}


/* label NULL: none but the first; value is a word of ours or a reason's */

static void
ngx_http_oauth_token_metrics_count(ngx_http_oauth_token_metrics_t *m,
    const char *label, const char *value, uint64_t n)
{
    ngx_http_oauth_token_metrics_label(m, "");

    if (label) {
        ngx_http_oauth_token_text_printf(m->text, "\",%s=\"%s", label, value);
    }

    ngx_http_oauth_token_text_printf(m->text, "\"} %uL\n", n);
}


static void
ngx_http_oauth_token_metrics_seconds(ngx_http_oauth_token_metrics_t *m,
    int64_t ms)
{
    ngx_http_oauth_token_metrics_label(m, "");
    ngx_http_oauth_token_text_printf(m->text, "\"} %L.%03L\n", ms / 1000,
                                     ms % 1000);
}


/* so many ms from now */

static void
ngx_http_oauth_token_metrics_time(ngx_http_oauth_token_metrics_t *m)
{
    int64_t  left;

    left = *(int64_t *) ((u_char *) m->row + m->metric->offset);

    if (left != NGX_HTTP_OAUTH_TOKEN_REPORT_NONE) {
        ngx_http_oauth_token_metrics_seconds(m, m->report->wall + left);
    }
}


static void
ngx_http_oauth_token_metrics_wall(ngx_http_oauth_token_metrics_t *m)
{
    uint64_t  *at, ms;

    at = (uint64_t *) ((u_char *) m->row->provider->stats + m->metric->offset);
    ms = ngx_http_oauth_token_stats_get(*at);

    if (ms) {
        ngx_http_oauth_token_metrics_seconds(m, (int64_t) ms);
    }
}


static void
ngx_http_oauth_token_metrics_counter(ngx_http_oauth_token_metrics_t *m)
{
    uint64_t  *n;

    n = (uint64_t *) ((u_char *) m->row->provider->stats + m->metric->offset);

    ngx_http_oauth_token_metrics_count(m, NULL, NULL,
                                       ngx_http_oauth_token_stats_get(*n));
}


static void
ngx_http_oauth_token_metrics_gauge(ngx_http_oauth_token_metrics_t *m)
{
    ngx_http_oauth_token_metrics_count(m, NULL, NULL,
                        *(uint64_t *) ((u_char *) m->row + m->metric->offset));
}


static void
ngx_http_oauth_token_metrics_keys(ngx_http_oauth_token_metrics_t *m)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_SEEN_STATES; i++) {
        ngx_http_oauth_token_metrics_count(m, "state",
                                       ngx_http_oauth_token_report_state(i),
                                           m->row->states[i]);
    }
}


static void
ngx_http_oauth_token_metrics_requests(ngx_http_oauth_token_metrics_t *m)
{
    uint64_t    *n;
    ngx_uint_t   i;

    n = m->row->provider->stats->requests;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_REQUESTS; i++) {
        ngx_http_oauth_token_metrics_count(m, "status",
                                       ngx_http_oauth_token_report_request(i),
                                       ngx_http_oauth_token_stats_get(n[i]));
    }
}


static void
ngx_http_oauth_token_metrics_fetches(ngx_http_oauth_token_metrics_t *m)
{
    uint64_t    *n;
    ngx_uint_t   i;

    n = m->row->provider->stats->fetches;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_OUTCOMES; i++) {
        ngx_http_oauth_token_metrics_count(m, "outcome",
                                       ngx_http_oauth_token_report_outcome(i),
                                       ngx_http_oauth_token_stats_get(n[i]));
    }
}


/* of requests or of fetches, as the offset says */

static void
ngx_http_oauth_token_metrics_reasons(ngx_http_oauth_token_metrics_t *m)
{
    char                           reason[NGX_HTTP_OAUTH_TOKEN_STATS_REASON];
    uint64_t                      *at, n;
    ngx_uint_t                     i;
    ngx_http_oauth_token_stats_t  *stats;

    stats = m->row->provider->stats;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_REASONS; i++) {
        at = (uint64_t *) ((u_char *) &stats->reasons[i] + m->metric->offset);
        n = ngx_http_oauth_token_stats_get(*at);

        if (n && ngx_http_oauth_token_stats_reason(stats, i, reason)) {
            ngx_http_oauth_token_metrics_count(m, "reason", reason, n);
        }
    }
}


static void
ngx_http_oauth_token_metrics_duration(ngx_http_oauth_token_metrics_t *m)
{
    int64_t                        ms;
    uint64_t                       n;
    ngx_uint_t                     i;
    ngx_http_oauth_token_stats_t  *stats;

    stats = m->row->provider->stats;
    n = 0;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_STATS_BUCKETS - 1; i++) {
        n += ngx_http_oauth_token_stats_get(stats->buckets[i]);
        ms = ngx_http_oauth_token_stats_bounds[i];

        ngx_http_oauth_token_metrics_label(m, "_bucket");
        ngx_http_oauth_token_text_printf(m->text, "\",le=\"%L.%03L\"} %uL\n",
                                         ms / 1000, ms % 1000, n);
    }

    n += ngx_http_oauth_token_stats_get(stats->buckets[i]);
    ms = (int64_t) ngx_http_oauth_token_stats_get(stats->fetched_ms);

    ngx_http_oauth_token_metrics_label(m, "_bucket");
    ngx_http_oauth_token_text_printf(m->text, "\",le=\"+Inf\"} %uL\n", n);

    ngx_http_oauth_token_metrics_label(m, "_sum");
    ngx_http_oauth_token_text_printf(m->text, "\"} %L.%03L\n", ms / 1000,
                                     ms % 1000);

    ngx_http_oauth_token_metrics_label(m, "_count");
    ngx_http_oauth_token_text_printf(m->text, "\"} %uL\n", n);
}


/* the free ones stand behind all of them */

static void
ngx_http_oauth_token_metrics_room(ngx_http_oauth_token_metrics_t *m)
{
    uint32_t  *n;

    n = (uint32_t *) ((u_char *) &m->zone->room + m->metric->offset);

    ngx_http_oauth_token_metrics_count(m, "state", "used",
                                       n[0] - n[1]);
    ngx_http_oauth_token_metrics_count(m, "state", "free", n[1]);
}


static void
ngx_http_oauth_token_metrics_zone(ngx_http_oauth_token_metrics_t *m)
{
    uint64_t  *n;

    n = (uint64_t *) ((u_char *) &m->zone->room + m->metric->offset);

    ngx_http_oauth_token_metrics_count(m, NULL, NULL, *n);
}
