
#include "ngx_http_oauth_token_attempt.h"

#include "ngx_http_oauth_token_leak.h"
#include "ngx_http_oauth_token_renewal.h"
#include "ngx_http_oauth_token_token.h"


/* a claim outlives its fetch by so much, ms, to be ended by the fetch itself */
#define NGX_HTTP_OAUTH_TOKEN_CLAIM_GRACE  1000


static void ngx_http_oauth_token_attempt_errand(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_errand_t *errand);
static ngx_http_oauth_token_t *ngx_http_oauth_token_attempt_token(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_fresh_t *fresh);
static void ngx_http_oauth_token_attempt_times(
    ngx_http_oauth_token_provider_t *p, int64_t lifetime,
    ngx_http_oauth_token_fresh_t *fresh);
static void ngx_http_oauth_token_attempt_mask(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result);
static void ngx_http_oauth_token_attempt_tell(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, int64_t pause);
static ngx_log_t *ngx_http_oauth_token_attempt_log(
    ngx_http_oauth_token_provider_t *p);


ngx_int_t
ngx_http_oauth_token_attempt_claim(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure)
{
    ngx_http_oauth_token_errand_t     errand;
    ngx_http_oauth_token_provider_t  *p;

    p = attempt->provider;

    ngx_http_oauth_token_attempt_errand(attempt, &errand);

    switch (ngx_http_oauth_token_store_claim(p->zone->store, &errand,
                                             &attempt->claim, failure))
    {

    case NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED:
        return NGX_AGAIN;

    case NGX_HTTP_OAUTH_TOKEN_STORE_FRESH:
        return NGX_DONE;

    case NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED:
        return NGX_DECLINED;

    case NGX_HTTP_OAUTH_TOKEN_STORE_OK:
        return NGX_OK;

    default:
        break;
    }

    /* without the store this worker fetches for itself, and pauses so too */

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


static void
ngx_http_oauth_token_attempt_errand(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_errand_t *errand)
{
    errand->key = attempt->key;
    errand->endpoint = attempt->provider->endpoint_key;
    errand->group = attempt->provider->group;
    errand->owner = ngx_pid;
    errand->now = ngx_current_msec;
    errand->deadline = ngx_current_msec + attempt->provider->fetch_timeout
                       + NGX_HTTP_OAUTH_TOKEN_CLAIM_GRACE;
    errand->patient = attempt->patient;
}


ngx_uint_t
ngx_http_oauth_token_attempt_failing(ngx_http_oauth_token_attempt_t *attempt)
{
    return attempt->claim.failures || attempt->claim.unanswered;
}


void
ngx_http_oauth_token_attempt_drop_refresh(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_attempt_mask(attempt, result);

    ngx_log_error(NGX_LOG_NOTICE,
                  ngx_http_oauth_token_attempt_log(attempt->provider), 0,
                  "the provider does not take its refresh token, "
                  "provider: \"%V\", key: %08xD, error: \"%s\"",
                  &attempt->provider->name,
                  htonl(*(uint32_t *) attempt->key), result->reason);

    /* attempt->refresh is kept: the next answer may repeat it, too */

    ngx_http_oauth_token_renewal_drop(attempt->provider, attempt->key);
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
    if (token == NULL) {
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

    if (rc != NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
        ngx_log_error(NGX_LOG_WARN, ngx_http_oauth_token_attempt_log(p), 0,
                      "no room for an access token in zone \"%V\", "
                      "provider: \"%V\"", &p->zone->name, &p->name);
    }

    ngx_http_oauth_token_keep(p, token);

    return token;
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

    ngx_http_oauth_token_attempt_times(p, result->lifetime, fresh);

    /* as long as the store does not say otherwise */

    token->stored.entry = 0;
    token->stored.generation = NGX_HTTP_OAUTH_TOKEN_NOT_STORED;
    token->stored.len = fresh->len;
    token->stored.born = ngx_current_msec;
    token->stored.refresh_at = fresh->refresh_at;
    token->stored.usable_until = fresh->usable_until;
    token->stored.expires = fresh->expires;

    ngx_http_oauth_token_complete(p, token);

    if (result->uncaptured) {
        ngx_log_error(NGX_LOG_WARN, ngx_http_oauth_token_attempt_log(p), 0,
                      "a value in the token response cannot be captured, "
                      "provider: \"%V\"", &p->name);
    }

    if (result->defaulted) {
        ngx_log_error(NGX_LOG_WARN, ngx_http_oauth_token_attempt_log(p), 0,
                      "no usable lifetime in the token response, %Ls taken, "
                      "provider: \"%V\"", result->lifetime / 1000, &p->name);
    }

    return token;
}


static void
ngx_http_oauth_token_attempt_times(ngx_http_oauth_token_provider_t *p,
    int64_t lifetime, ngx_http_oauth_token_fresh_t *fresh)
{
    int64_t  now, leeway, before;

    now = ngx_current_msec;

    leeway = p->expiry_leeway == NGX_CONF_UNSET_MSEC
                 ? -1 : (int64_t) p->expiry_leeway;
    before = p->refresh_percent ? -1 : (int64_t) p->refresh_time;

    fresh->expires = now + lifetime;
    fresh->usable_until = fresh->expires
                          - ngx_http_oauth_token_leeway(lifetime, leeway);

    fresh->refresh_at = now
                        + ngx_http_oauth_token_refresh_in(lifetime, before,
                                                          p->refresh_percent,
                                                          ngx_random());
    fresh->again_at = now + ngx_http_oauth_token_again_in(lifetime);
}


void
ngx_http_oauth_token_attempt_fail(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge,
    ngx_http_oauth_token_failure_t *failure)
{
    int64_t                           retry, probe;
    ngx_http_oauth_token_errand_t     errand;
    ngx_http_oauth_token_provider_t  *p;

    p = attempt->provider;

    ngx_http_oauth_token_attempt_mask(attempt, result);

    failure->shared = ngx_http_oauth_token_backoff_shared(result);

    ngx_http_oauth_token_backoff(&p->backoff, result,
                                 failure->shared ? attempt->claim.unanswered
                                                 : attempt->claim.failures,
                                 ngx_random(), &retry, &probe);

    failure->claim = attempt->claim.id;
    failure->retry_at = ngx_current_msec + retry;
    failure->probe_at = ngx_current_msec + probe;
    failure->outcome = result->outcome;

    ngx_memcpy(failure->reason, result->reason, sizeof(failure->reason));

    ngx_http_oauth_token_attempt_tell(attempt, result,
                                      attempt->patient ? retry : probe);

    if (attempt->claim.id == 0) {
        p->alone_until = ngx_current_msec + (attempt->patient ? retry : probe);
        return;
    }

    ngx_http_oauth_token_attempt_errand(attempt, &errand);

    /* one that cannot be stored ends with the claim's deadline */

    (void) ngx_http_oauth_token_store_fail(p->zone->store, &errand,
                                           &attempt->claim, failure,
                                           challenge->data,
                                           ngx_min(challenge->len,
                                        NGX_HTTP_OAUTH_TOKEN_CHALLENGE_MAX));
}


/* what the provider says may repeat what it was sent */

static void
ngx_http_oauth_token_attempt_mask(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result)
{
    ngx_str_t  *refresh;

    refresh = attempt->refresh.data ? &attempt->refresh : NULL;

    if (ngx_http_oauth_token_leak(attempt->provider, attempt->slots, refresh,
                                  result->error))
    {
        (void) ngx_cpystrn((u_char *) result->error,
                           (u_char *) "(it shows a secret)",
                           sizeof(result->error));
    }

    if (ngx_http_oauth_token_leak(attempt->provider, attempt->slots, refresh,
                                  result->reason))
    {
        (void) ngx_cpystrn((u_char *) result->reason,
                           (u_char *) "oauth_error", sizeof(result->reason));
    }
}


static void
ngx_http_oauth_token_attempt_tell(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, int64_t pause)
{
    char  *text;

    text = result->error;

    ngx_log_error(NGX_LOG_ERR,
                  ngx_http_oauth_token_attempt_log(attempt->provider), 0,
                  "no access token from the provider, provider: \"%V\", "
                  "key: %08xD, error: \"%s\"%s%s%s, next try in %Lms",
                  &attempt->provider->name,
                  htonl(*(uint32_t *) attempt->key), result->reason,
                  *text ? ", description: \"" : "", text, *text ? "\"" : "",
                  pause);
}


static ngx_log_t *
ngx_http_oauth_token_attempt_log(ngx_http_oauth_token_provider_t *p)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = p->ctx->loc_conf[ngx_http_core_module.ctx_index];

    return clcf->error_log;
}


void
ngx_http_oauth_token_attempt_detail(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure, ngx_str_t *detail)
{
    ngx_http_oauth_token_store_t   *store;
    ngx_http_oauth_token_stored_t   stored;

    ngx_str_null(detail);

    store = attempt->provider->zone->store;

    if (failure->outcome != NGX_HTTP_OAUTH_TOKEN_CHALLENGED
        || !ngx_http_oauth_token_store_detail(store, attempt->key,
                                              failure->claim, &stored))
    {
        return;
    }

    detail->data = ngx_alloc(stored.len, ngx_cycle->log);

    if (detail->data
        && ngx_http_oauth_token_store_copy(store, &stored, detail->data))
    {
        detail->len = stored.len;
    }
}
