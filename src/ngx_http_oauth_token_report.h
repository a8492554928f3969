
/*
 * Row 4: what is to be told of all providers and zones, as numbers.
 *
 * No token, no secret and no value of a client's is among them: a key is told
 * by the first 8 hex digits of its hash, as in the log.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_REPORT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_REPORT_H_INCLUDED_


#include "ngx_http_oauth_token.h"
#include "ngx_http_oauth_token_survey.h"


/* of a provider with many keys so many are told of by themselves */
#define NGX_HTTP_OAUTH_TOKEN_REPORT_KEYS     10

/*
 * So many entries of a zone are looked at, some 10 ms: a page must not hold up
 * a worker for longer.  A zone of 256 MB has fewer.
 */
#define NGX_HTTP_OAUTH_TOKEN_REPORT_ENTRIES  200000


/* a number of ms that there is not */
#define NGX_HTTP_OAUTH_TOKEN_REPORT_NONE     INT64_MIN


typedef struct {
    ngx_http_oauth_token_zone_conf_t   *zone;
    ngx_http_oauth_token_store_room_t   room;
    ngx_uint_t                          partial;   /* it has more entries */
} ngx_http_oauth_token_report_zone_t;


/* times are ms from now, or NONE */
typedef struct {
    ngx_http_oauth_token_provider_t    *provider;
    ngx_http_oauth_token_seen_e         state;     /* the worst that matters */

    ngx_uint_t                          keys;      /* that are known */
    ngx_uint_t                          states[
                                            NGX_HTTP_OAUTH_TOKEN_SEEN_STATES];

    /* of the usable token that ends first */
    int64_t                             expires_in;
    int64_t                             refresh_in;
    int64_t                             age;

    /* of the pause that ends first, and the most failures in a row */
    int64_t                             next_try_in;
    uint64_t                            failures;

    uint64_t                            waiting;

    /* those that need to be looked at the most, first */
    ngx_http_oauth_token_seen_t         worst[
                                            NGX_HTTP_OAUTH_TOKEN_REPORT_KEYS];
    ngx_uint_t                          nworst;
} ngx_http_oauth_token_report_provider_t;


typedef struct {
    int64_t                                  wall;     /* ms since 1970 */
    int64_t                                  now;      /* as in terms */
    ngx_http_oauth_token_report_zone_t      *zones;
    ngx_uint_t                               nzones;
    ngx_http_oauth_token_report_provider_t  *providers;
    ngx_uint_t                               nproviders;
} ngx_http_oauth_token_report_t;


/* as they stand in the configuration; NULL: no memory */
ngx_http_oauth_token_report_t *ngx_http_oauth_token_report(ngx_pool_t *pool,
    ngx_http_oauth_token_main_conf_t *mcf);

/* words for states, outcomes of fetches, and requests */
const char *ngx_http_oauth_token_report_state(
    ngx_http_oauth_token_seen_e state);
const char *ngx_http_oauth_token_report_outcome(ngx_uint_t outcome);
const char *ngx_http_oauth_token_report_request(ngx_uint_t what);


#endif /* _NGX_HTTP_OAUTH_TOKEN_REPORT_H_INCLUDED_ */
