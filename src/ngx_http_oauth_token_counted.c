
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_counted.h"

#include "ngx_http_oauth_token_survey.h"


/* of a worker that has no place to count those in that wait */
static uint32_t  ngx_http_oauth_token_uncounted;


ngx_int_t
ngx_http_oauth_token_counted_init_module(ngx_cycle_t *cycle,
    ngx_http_oauth_token_main_conf_t *mcf)
{
    uint64_t                          *groups;
    ngx_uint_t                         i, n;
    ngx_http_oauth_token_stats_t      *stats;
    ngx_http_oauth_token_provider_t  **p;

    p = mcf->providers.elts;
    n = mcf->providers.nelts;

    groups = ngx_palloc(cycle->pool, n * sizeof(uint64_t));
    if (groups == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        groups[i] = p[i]->group;
    }

    for (i = 0; i < n; i++) {
        stats = ngx_http_oauth_token_survey_enroll(p[i]->zone->store,
                                                   p[i]->group, groups, n);
        if (stats == NULL) {
            ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                          "zone \"%V\" has no room to count what provider "
                          "\"%V\" does, it must be larger", &p[i]->zone->name,
                          &p[i]->name);

            stats = ngx_pcalloc(cycle->pool,
                                sizeof(ngx_http_oauth_token_stats_t));
            if (stats == NULL) {
                return NGX_ERROR;
            }
        }

        p[i]->stats = stats;
        p[i]->waiting = &ngx_http_oauth_token_uncounted;
    }

    return NGX_OK;
}


void
ngx_http_oauth_token_counted_init_process(
    ngx_http_oauth_token_main_conf_t *mcf)
{
    ngx_uint_t                          i;
    ngx_http_oauth_token_provider_t   **p;
    ngx_http_oauth_token_zone_conf_t  **zone;

    zone = mcf->zones.elts;

    for (i = 0; i < mcf->zones.nelts; i++) {
        zone[i]->worker = ngx_http_oauth_token_survey_join(zone[i]->store,
                                                           ngx_pid);
    }

    p = mcf->providers.elts;

    for (i = 0; i < mcf->providers.nelts; i++) {
        if (p[i]->zone->worker < NGX_HTTP_OAUTH_TOKEN_STATS_WORKERS) {
            p[i]->waiting = &p[i]->stats->waiting[p[i]->zone->worker];
        }
    }
}


void
ngx_http_oauth_token_counted_exit_process(
    ngx_http_oauth_token_main_conf_t *mcf)
{
    ngx_uint_t                          i;
    ngx_http_oauth_token_zone_conf_t  **zone;

    zone = mcf->zones.elts;

    for (i = 0; i < mcf->zones.nelts; i++) {
        ngx_http_oauth_token_survey_part(zone[i]->store, zone[i]->worker);
    }
}
