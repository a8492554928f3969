
#include "ngx_http_oauth_token_cold.h"

#include <string.h>

#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_outage.h"
#include "ngx_http_oauth_token_room.h"


#define ZONE_LOAD   NGX_HTTP_OAUTH_TOKEN_ZONE_LOAD
#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE


static ngx_http_oauth_token_entry_t *ngx_http_oauth_token_outage_find(
    ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand);


ngx_http_oauth_token_store_e
ngx_http_oauth_token_outage_ask(ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand, int patient,
    ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure)
{
    int64_t                        later;
    ngx_http_oauth_token_entry_t  *e;

    claim->unanswered = 0;

    e = ngx_http_oauth_token_outage_find(z, errand);

    if (e == NULL) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_OK;
    }

    claim->unanswered = e->failures;

    switch (ngx_http_oauth_token_lookup_state(e, errand->now, patient)) {

    case NGX_HTTP_OAUTH_TOKEN_STORE_CLAIMED:

        /* one that hangs was sent before the endpoint came back, perhaps */

        if (patient
            || errand->now - ZONE_LOAD(&e->touched)
               < NGX_HTTP_OAUTH_TOKEN_OUTAGE_HANGS)
        {
            ngx_http_oauth_token_outage_read(e, failure);

            later = errand->now + NGX_HTTP_OAUTH_TOKEN_OUTAGE_TRIED;

            failure->probe_at = later;
            failure->retry_at = later;

            return NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED;
        }

        /* fall through */

    case NGX_HTTP_OAUTH_TOKEN_STORE_OK:
        ZONE_STORE(&e->touched, errand->now);
        ZONE_STORE(&e->owner, errand->owner);
        ZONE_STORE(&e->deadline, errand->deadline);
        ZONE_STORE(&e->claim, claim->id);

        return NGX_HTTP_OAUTH_TOKEN_STORE_OK;

    default:
        ngx_http_oauth_token_outage_read(e, failure);

        return NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED;
    }
}


static ngx_http_oauth_token_entry_t *
ngx_http_oauth_token_outage_find(ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand)
{
    uint32_t  i;

    if (errand->endpoint == NULL) {
        return NULL;
    }

    i = ngx_http_oauth_token_lookup_entry(z, errand->endpoint);

    return i == ZONE_NONE ? NULL : ngx_http_oauth_token_zone_entry(z, i);
}


void
ngx_http_oauth_token_outage_begin(ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim,
    const ngx_http_oauth_token_failure_t *failure)
{
    uint32_t                       i;
    ngx_http_oauth_token_entry_t  *e;

    if (errand->endpoint == NULL) {
        return;
    }

    /* without room the key's own pause has to do, so that must stay */

    i = ngx_http_oauth_token_room_take(z, errand->endpoint, errand->group,
                                       NGX_HTTP_OAUTH_TOKEN_KIND_ENDPOINT,
                                       errand->now, claim->entry);
    if (i == ZONE_NONE) {
        return;
    }

    e = ngx_http_oauth_token_zone_entry(z, i);

    ZONE_STORE(&e->failures, failure->failures);
    ZONE_STORE(&e->touched, errand->now);

    ngx_http_oauth_token_outage_write(e, failure);
    ZONE_STORE(&e->claim, 0);
}


void
ngx_http_oauth_token_outage_end(ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_outage_find(z, errand);

    if (e) {
        ngx_http_oauth_token_zone_drop(z,
                 (uint32_t) (e - ngx_http_oauth_token_zone_entry(z, 0)));
    }
}


void
ngx_http_oauth_token_outage_read(ngx_http_oauth_token_entry_t *e,
    ngx_http_oauth_token_failure_t *failure)
{
    failure->claim = e->failed_claim;
    failure->retry_at = e->retry_at;
    failure->probe_at = e->probe_at;
    failure->outcome = (int) e->outcome;
    memcpy(failure->reason, e->reason, sizeof(failure->reason));
}


void
ngx_http_oauth_token_outage_write(ngx_http_oauth_token_entry_t *e,
    const ngx_http_oauth_token_failure_t *failure)
{
    ZONE_STORE(&e->retry_at, failure->retry_at);
    ZONE_STORE(&e->probe_at, failure->probe_at);
    ZONE_STORE(&e->outcome, (uint32_t) failure->outcome);
    memcpy(e->reason, failure->reason, sizeof(e->reason));

    ZONE_STORE(&e->failed_claim, failure->claim);
}


void
ngx_http_oauth_token_outage_none(ngx_http_oauth_token_entry_t *e)
{
    ZONE_STORE(&e->failures, 0);
    ZONE_STORE(&e->failed_claim, 0);
    ZONE_STORE(&e->claim, 0);
}


void
ngx_http_oauth_token_outage_defer(ngx_http_oauth_token_entry_t *e,
    const ngx_http_oauth_token_failure_t *failure)
{
    ngx_http_oauth_token_failure_t  deferred;

    deferred = *failure;
    deferred.probe_at = INT64_MIN;

    ngx_http_oauth_token_outage_write(e, &deferred);
}
