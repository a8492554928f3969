
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_failed.h"

#include "ngx_http_oauth_token_leak.h"
#include "ngx_http_oauth_token_renewal.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_tell.h"


static void ngx_http_oauth_token_failed_pause(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_failure_t *failure);
static void ngx_http_oauth_token_failed_mask(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result);


void
ngx_http_oauth_token_failed(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge,
    ngx_http_oauth_token_failure_t *failure)
{
    int64_t                           until;
    ngx_http_oauth_token_errand_t     errand;
    ngx_http_oauth_token_provider_t  *p;

    p = attempt->provider;

    ngx_http_oauth_token_failed_mask(attempt, result);

    ngx_http_oauth_token_failed_pause(attempt, result, failure);

    failure->claim = attempt->claim.id;
    failure->outcome = result->outcome;

    ngx_memcpy(failure->reason, result->reason, sizeof(failure->reason));

    until = attempt->patient ? failure->retry_at : failure->probe_at;

    ngx_http_oauth_token_tell_failed(attempt, result,
                                     until - (int64_t) ngx_current_msec);

    if (attempt->claim.id == 0) {

        /* a refusal is of one key, this pause of all of them */

        if (failure->shared || p->slots.nelts == 0) {
            p->alone_until = until;
        }

        return;
    }

    ngx_http_oauth_token_attempt_errand(attempt, &errand);

    if (ngx_http_oauth_token_store_fail(p->zone->store, &errand,
                                        &attempt->claim, failure,
                                        challenge->data,
                                        ngx_min(challenge->len,
                                         NGX_HTTP_OAUTH_TOKEN_CHALLENGE_MAX))
        == NGX_HTTP_OAUTH_TOKEN_STORE_BUSY)
    {
        ngx_http_oauth_token_store_leave(p->zone->store, &attempt->claim);
    }
}


static void
ngx_http_oauth_token_failed_pause(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_failure_t *failure)
{
    int64_t   retry, probe, waited;
    uint64_t  failures;

    failure->shared = ngx_http_oauth_token_backoff_shared(result);
    failures = failure->shared ? attempt->claim.unanswered
                               : attempt->claim.failures;

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_REFUSED
        && attempt->claim.outcome != NGX_HTTP_OAUTH_TOKEN_REFUSED)
    {
        /* an outage before it is no reason to wait for long */
        failures = 0;
    }

    failure->failures = failures + 1;

    ngx_http_oauth_token_backoff(&attempt->provider->backoff, result, failures,
                                 ngx_random(), &retry, &probe);

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_TIMEOUT) {

        /* requests have waited since the last one was sent */

        waited = ngx_current_msec - attempt->tried;
        probe = ngx_max(probe - waited, 0);
    }

    failure->retry_at = ngx_current_msec + retry;
    failure->probe_at = ngx_current_msec + probe;
}


/* what the provider says may repeat what it was sent */

static void
ngx_http_oauth_token_failed_mask(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result)
{
    ngx_str_t  *refresh;

    if (result->status == 0) {
        /* there was no answer: the words are ours */
        return;
    }

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


void
ngx_http_oauth_token_failed_detail(ngx_http_oauth_token_attempt_t *attempt,
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

    detail->data = ngx_http_oauth_token_secret_alloc(stored.len);

    if (detail->data == NULL) {
        return;
    }

    detail->len = stored.len;

    if (!ngx_http_oauth_token_store_copy(store, &stored, detail->data)) {

        /* it may be a part of a token that came meanwhile */

        ngx_http_oauth_token_secret_free(detail->data);
        ngx_str_null(detail);
    }
}


void
ngx_http_oauth_token_failed_refresh(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_failed_mask(attempt, result);

    ngx_http_oauth_token_tell_refresh(attempt, result);

    /* attempt->refresh is kept: the next answer may repeat it, too */

    ngx_http_oauth_token_renewal_drop(attempt->provider, attempt->key);
}
