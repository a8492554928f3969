
#include "ngx_http_oauth_token_attempt.h"

#include "ngx_http_oauth_token_leak.h"
#include "ngx_http_oauth_token_token.h"


/* a claim outlives its fetch by so much, ms, to be ended by the fetch itself */
#define NGX_HTTP_OAUTH_TOKEN_CLAIM_GRACE  1000


static ngx_http_oauth_token_t *ngx_http_oauth_token_attempt_token(
    ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_result_t *result);
static void ngx_http_oauth_token_attempt_tell(
    ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, ngx_msec_t pause);
static ngx_log_t *ngx_http_oauth_token_attempt_log(
    ngx_http_oauth_token_provider_t *p);


ngx_int_t
ngx_http_oauth_token_attempt_claim(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_failure_t *failure)
{
    int64_t                           deadline;
    ngx_http_oauth_token_store_e      rc;
    ngx_http_oauth_token_provider_t  *p;

    p = attempt->provider;

    deadline = ngx_current_msec + p->fetch_timeout
               + NGX_HTTP_OAUTH_TOKEN_CLAIM_GRACE;

    rc = ngx_http_oauth_token_store_claim(p->zone->store, attempt->key,
                                          ngx_current_msec, ngx_pid, deadline,
                                          &attempt->claim, failure);
    switch (rc) {

    case NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED:
        return NGX_AGAIN;

    case NGX_HTTP_OAUTH_TOKEN_STORE_FRESH:
        return NGX_DONE;

    case NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED:
        return NGX_DECLINED;

    case NGX_HTTP_OAUTH_TOKEN_STORE_OK:
        return NGX_OK;

    default:

        /* without the store this worker fetches for itself */

        attempt->claim.id = 0;
        return NGX_OK;
    }
}


ngx_http_oauth_token_t *
ngx_http_oauth_token_attempt_succeed(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_t           *token;
    ngx_http_oauth_token_store_e      rc;
    ngx_http_oauth_token_stored_t     stored;
    ngx_http_oauth_token_provider_t  *p;

    p = attempt->provider;

    token = ngx_http_oauth_token_attempt_token(p, result);
    if (token == NULL) {
        return NULL;
    }

    rc = NGX_HTTP_OAUTH_TOKEN_STORE_FULL;

    if (attempt->claim.id) {
        rc = ngx_http_oauth_token_store_publish(p->zone->store, attempt->key,
                                                &attempt->claim,
                                                token->value.data,
                                                token->value.len,
                                                ngx_current_msec,
                                                token->usable_until,
                                                token->expires, &stored);
    }

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_STALE) {

        /* a newer one is there for all, this one serves those who wait */

        return token;
    }

    if (rc != NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
        ngx_log_error(NGX_LOG_WARN, ngx_http_oauth_token_attempt_log(p), 0,
                      "no room for an access token in zone \"%V\", "
                      "provider: \"%V\"", &p->zone->name, &p->name);

        stored.generation = NGX_HTTP_OAUTH_TOKEN_NOT_STORED;
    }

    ngx_http_oauth_token_keep(p, attempt->key, token, &stored);

    return token;
}


static ngx_http_oauth_token_t *
ngx_http_oauth_token_attempt_token(ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_result_t *result)
{
    int64_t                  leeway;
    ngx_http_oauth_token_t  *token;

    token = ngx_http_oauth_token_create(p, result->token_len, ngx_cycle->log);
    if (token == NULL) {
        return NULL;
    }

    ngx_memcpy(token->value.data, result->token, result->token_len);

    leeway = p->expiry_leeway == NGX_CONF_UNSET_MSEC
                 ? -1 : (int64_t) p->expiry_leeway;

    token->expires = ngx_current_msec + result->lifetime;
    token->usable_until = token->expires
                          - ngx_http_oauth_token_leeway(result->lifetime,
                                                        leeway);

    if (result->defaulted) {
        ngx_log_error(NGX_LOG_WARN, ngx_http_oauth_token_attempt_log(p), 0,
                      "no usable lifetime in the token response, %Ls taken, "
                      "provider: \"%V\"", result->lifetime / 1000, &p->name);
    }

    return token;
}


void
ngx_http_oauth_token_attempt_fail(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge,
    ngx_http_oauth_token_failure_t *failure)
{
    int64_t  pause;

    pause = result->retry_after;

    if (pause < NGX_HTTP_OAUTH_TOKEN_PAUSE) {
        pause = NGX_HTTP_OAUTH_TOKEN_PAUSE;
    }

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_INTERNAL) {

        /* another worker may have what this one lacks */
        pause = 0;
    }

    if (ngx_http_oauth_token_leak(attempt->provider, attempt->slots, NULL,
                                  result->error))
    {
        (void) ngx_cpystrn((u_char *) result->error,
                           (u_char *) "(it shows a secret)",
                           sizeof(result->error));
    }

    if (ngx_http_oauth_token_leak(attempt->provider, attempt->slots, NULL,
                                  result->reason))
    {
        (void) ngx_cpystrn((u_char *) result->reason,
                           (u_char *) "oauth_error", sizeof(result->reason));
    }

    failure->paused_until = ngx_current_msec + pause;
    failure->outcome = result->outcome;

    ngx_memcpy(failure->reason, result->reason, sizeof(failure->reason));

    ngx_http_oauth_token_attempt_tell(attempt, result, pause);

    if (attempt->claim.id == 0) {
        return;
    }

    /* one that cannot be stored ends with the claim's deadline */

    (void) ngx_http_oauth_token_store_fail(attempt->provider->zone->store,
                                           attempt->key, &attempt->claim,
                                           ngx_current_msec, failure,
                                           challenge->data,
                                           ngx_min(challenge->len,
                                        NGX_HTTP_OAUTH_TOKEN_CHALLENGE_MAX));
}


static void
ngx_http_oauth_token_attempt_tell(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, ngx_msec_t pause)
{
    char  *text;

    text = result->error;

    ngx_log_error(NGX_LOG_ERR,
                  ngx_http_oauth_token_attempt_log(attempt->provider), 0,
                  "no access token from the provider, provider: \"%V\", "
                  "key: %08xD, error: \"%s\"%s%s%s, next try in %Mms",
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
