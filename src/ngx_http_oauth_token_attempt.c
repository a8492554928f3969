
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_attempt.h"

#include "ngx_http_oauth_token_renewal.h"
#include "ngx_http_oauth_token_token.h"


/* a claim outlives its fetch by so much, ms, to be ended by the fetch itself */
#define NGX_HTTP_OAUTH_TOKEN_CLAIM_GRACE  1000

/*
 * How long a claim waits for the store's lock, ms, before this worker fetches
 * for itself: with more workers than CPUs its owner may have none for some time
 * slices.  It is tried once in a pause, as the worker serves nobody meanwhile.
 * Failures further apart than the gap are not of the same owner.
 */
#define NGX_HTTP_OAUTH_TOKEN_BUSY_TIME   200
#define NGX_HTTP_OAUTH_TOKEN_BUSY_PAUSE  50
#define NGX_HTTP_OAUTH_TOKEN_BUSY_GAP    1000

/* a zone too small fails with each fetch; a worker tells of it so often, ms */
#define NGX_HTTP_OAUTH_TOKEN_TELL_EVERY   60000


static ngx_http_oauth_token_store_e ngx_http_oauth_token_attempt_ask(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure);
static ngx_int_t ngx_http_oauth_token_attempt_alone(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure);
static void ngx_http_oauth_token_attempt_not_kept(
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_store_e rc);
static void ngx_http_oauth_token_attempt_reject(
    ngx_http_oauth_token_result_t *result, ngx_http_oauth_token_t *token);
static ngx_http_oauth_token_t *ngx_http_oauth_token_attempt_token(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_fresh_t *fresh);
static void ngx_http_oauth_token_attempt_times(
    ngx_http_oauth_token_provider_t *p, int64_t now, int64_t lifetime,
    ngx_http_oauth_token_fresh_t *fresh);


ngx_int_t
ngx_http_oauth_token_attempt_claim(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure)
{
    ngx_http_oauth_token_zone_conf_t  *zone;

    zone = attempt->provider->zone;

    switch (ngx_http_oauth_token_attempt_ask(attempt, failure)) {

    case NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED:
        return NGX_AGAIN;

    case NGX_HTTP_OAUTH_TOKEN_STORE_BUSY:

        if (ngx_current_msec - zone->busy_since
            < NGX_HTTP_OAUTH_TOKEN_BUSY_TIME)
        {
            return NGX_AGAIN;
        }

        break;

    case NGX_HTTP_OAUTH_TOKEN_STORE_FRESH:
        return NGX_DONE;

    case NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED:
        return NGX_DECLINED;

    case NGX_HTTP_OAUTH_TOKEN_STORE_OK:
        return NGX_OK;

    default:
        break;
    }

    return ngx_http_oauth_token_attempt_alone(attempt, failure);
}


static ngx_http_oauth_token_store_e
ngx_http_oauth_token_attempt_ask(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure)
{
    ngx_http_oauth_token_errand_t      errand;
    ngx_http_oauth_token_store_e       rc;
    ngx_http_oauth_token_zone_conf_t  *zone;

    zone = attempt->provider->zone;

    if (zone->busy_at
        && ngx_current_msec - zone->busy_at < NGX_HTTP_OAUTH_TOKEN_BUSY_PAUSE)
    {
        ngx_memzero(&attempt->claim, sizeof(ngx_http_oauth_token_claim_t));
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    ngx_http_oauth_token_attempt_errand(attempt, &errand);

    rc = ngx_http_oauth_token_store_claim(zone->store, &errand,
                                          &attempt->claim, failure);

    if (rc != NGX_HTTP_OAUTH_TOKEN_STORE_BUSY) {
        zone->busy_at = 0;
        return rc;
    }

    if (ngx_current_msec - zone->busy_at > NGX_HTTP_OAUTH_TOKEN_BUSY_GAP) {
        zone->busy_since = ngx_current_msec;
    }

    zone->busy_at = ngx_current_msec;

    return rc;
}


/* without the store this worker fetches for itself, and pauses so too */

static ngx_int_t
ngx_http_oauth_token_attempt_alone(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure)
{
    ngx_http_oauth_token_provider_t  *p;

    p = attempt->provider;

    attempt->claim.id = 0;

    if (p->alone_until <= (int64_t) ngx_current_msec) {
        return NGX_OK;
    }

    ngx_memzero(failure, sizeof(ngx_http_oauth_token_failure_t));

    failure->retry_at = p->alone_until;
    failure->probe_at = p->alone_until;
    failure->outcome = NGX_HTTP_OAUTH_TOKEN_THROTTLED;

    (void) ngx_cpystrn((u_char *) failure->reason, (u_char *) "backoff",
                       sizeof(failure->reason));

    return NGX_DECLINED;
}


void
ngx_http_oauth_token_attempt_errand(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_errand_t *errand)
{
    errand->key = attempt->key;
    errand->endpoint = attempt->provider->endpoint_key;
    errand->group = attempt->provider->group;
    errand->kind = NGX_HTTP_OAUTH_TOKEN_KIND_TOKEN;
    errand->owner = ngx_pid;
    errand->now = ngx_current_msec;
    errand->deadline = ngx_current_msec + attempt->provider->fetch_timeout
                       + NGX_HTTP_OAUTH_TOKEN_CLAIM_GRACE;
    errand->patient = (int) attempt->patient;
}


ngx_uint_t
ngx_http_oauth_token_attempt_failing(ngx_http_oauth_token_attempt_t *attempt)
{
    return attempt->claim.failures || attempt->claim.unanswered;
}


ngx_http_oauth_token_t *
ngx_http_oauth_token_attempt_succeed(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_t           *token;
    ngx_http_oauth_token_fresh_t      fresh;
    ngx_http_oauth_token_store_e      rc;
    ngx_http_oauth_token_errand_t     errand;
    ngx_http_oauth_token_provider_t  *p;

    p = attempt->provider;

    token = ngx_http_oauth_token_attempt_token(attempt, result, &fresh);
    if (token == NULL || fresh.expires <= (int64_t) ngx_current_msec) {
        ngx_http_oauth_token_attempt_reject(result, token);
        return NULL;
    }

    /* first: who dies in between must not leave one that was used up */

    ngx_http_oauth_token_renewal_save(p, attempt->key, result);

    rc = NGX_HTTP_OAUTH_TOKEN_STORE_FULL;

    if (attempt->claim.id) {
        ngx_http_oauth_token_attempt_errand(attempt, &errand);

        rc = ngx_http_oauth_token_store_publish(p->zone->store, &errand,
                                                &attempt->claim, &fresh,
                                                &token->stored);
    }

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_STALE) {

        /* a newer one is there for all, this one serves those who wait */

        return token;
    }

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_BUSY) {
        ngx_http_oauth_token_store_leave(p->zone->store, &attempt->claim);
    }

    if (rc != NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
        ngx_http_oauth_token_attempt_not_kept(p, rc);
    }

    ngx_http_oauth_token_keep(p, token);

    return token;
}


/* the token serves on in this worker alone */

static void
ngx_http_oauth_token_attempt_not_kept(ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_store_e rc)
{
    if (p->zone->tell_at > ngx_current_msec) {
        return;
    }

    p->zone->tell_at = ngx_current_msec + NGX_HTTP_OAUTH_TOKEN_TELL_EVERY;

    ngx_log_error(NGX_LOG_WARN, ngx_http_oauth_token_attempt_log(p), 0,
                  "%s for an access token while storing it, provider: \"%V\", "
                  "zone: \"%V\"",
                  rc == NGX_HTTP_OAUTH_TOKEN_STORE_BUSY ? "no lock" : "no room",
                  &p->name, &p->zone->name);
}


/* no memory for a token, or one that had ended before it came */

static void
ngx_http_oauth_token_attempt_reject(ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_t *token)
{
    ngx_http_oauth_token_result_free(result);
    ngx_http_oauth_token_result_failed(result,
                                       token ? NGX_HTTP_OAUTH_TOKEN_UNUSABLE
                                             : NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                                       token ? "expired" : "internal");
    ngx_http_oauth_token_release(token);
}


static ngx_http_oauth_token_t *
ngx_http_oauth_token_attempt_token(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, ngx_http_oauth_token_fresh_t *fresh)
{
    ngx_http_oauth_token_t           *token;
    ngx_http_oauth_token_provider_t  *p;

    p = attempt->provider;

    token = ngx_http_oauth_token_create(p, attempt->key, result->run_len,
                                        ngx_cycle->log);
    if (token == NULL) {
        return NULL;
    }

    ngx_memcpy(token->value.data, result->token, result->run_len);

    fresh->data = (u_char *) result->token;
    fresh->len = result->run_len;

    ngx_http_oauth_token_attempt_times(p, attempt->tried, result->lifetime,
                                       fresh);

    /* as long as the store does not say otherwise */

    token->stored.entry = 0;
    token->stored.generation = NGX_HTTP_OAUTH_TOKEN_NOT_STORED;
    token->stored.len = fresh->len;
    token->stored.born = ngx_current_msec;
    token->stored.refresh_at = fresh->refresh_at;
    token->stored.usable_until = fresh->usable_until;
    token->stored.wall_until = fresh->wall_until;
    token->stored.expires = fresh->expires;

    ngx_http_oauth_token_complete(p, token);

    if (result->uncaptured) {
        ngx_log_error(NGX_LOG_WARN, ngx_http_oauth_token_attempt_log(p), 0,
                      "no usable value to capture while reading the token "
                      "response, provider: \"%V\"", &p->name);
    }

    if (result->defaulted) {
        ngx_log_error(NGX_LOG_WARN, ngx_http_oauth_token_attempt_log(p), 0,
                      "no usable lifetime while reading the token response, "
                      "provider: \"%V\", taken: %Ls", &p->name,
                      result->lifetime / 1000);
    }

    return token;
}


/*
 * The provider may have made the token as soon as it got the request: its life
 * is counted from when that was sent.
 */

static void
ngx_http_oauth_token_attempt_times(ngx_http_oauth_token_provider_t *p,
    int64_t now, int64_t lifetime, ngx_http_oauth_token_fresh_t *fresh)
{
    int64_t  leeway, before, latest;

    leeway = p->expiry_leeway == NGX_CONF_UNSET_MSEC
                 ? -1 : (int64_t) p->expiry_leeway;
    before = p->refresh_percent ? -1 : (int64_t) p->refresh_time;

    fresh->expires = now + lifetime;
    fresh->usable_until = fresh->expires
                          - ngx_http_oauth_token_leeway(lifetime, leeway);

    fresh->wall_until = ngx_http_oauth_token_wall()
                        + fresh->usable_until - (int64_t) ngx_current_msec;

    fresh->refresh_at = now
                        + ngx_http_oauth_token_refresh_in(lifetime, before,
                                                          p->refresh_percent,
                                                          ngx_random());

    /* while the old one still serves, whatever refresh_before says */

    latest = fresh->usable_until
             - ngx_min((int64_t) p->fetch_timeout, lifetime / 10);

    if (fresh->refresh_at > latest) {
        fresh->refresh_at = latest;
    }

    fresh->again_at = now + ngx_http_oauth_token_again_in(lifetime);
}


ngx_log_t *
ngx_http_oauth_token_attempt_log(ngx_http_oauth_token_provider_t *p)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = p->ctx->loc_conf[ngx_http_core_module.ctx_index];

    return clcf->error_log;
}
