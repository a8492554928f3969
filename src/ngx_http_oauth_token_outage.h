
/*
 * Row 1: an endpoint that does not answer, known to all keys that have it.
 *
 * Plain C, for the store only; with the lock held.  The record is an entry
 * under the endpoint's key, which is there only while the endpoint fails.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_OUTAGE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_OUTAGE_H_INCLUDED_


#include "ngx_http_oauth_token_terms.h"
#include "ngx_http_oauth_token_zone.h"


/*
 * So long those of the other keys are sent away while one tries whether the
 * endpoint is back, ms.
 */
#define NGX_HTTP_OAUTH_TOKEN_OUTAGE_TRIED  1000


/*
 * Requests do without this try when it takes longer, ms: service is to be back
 * within 2 s of the endpoint.
 */
#define NGX_HTTP_OAUTH_TOKEN_OUTAGE_HANGS  1500


/*
 * Whether an errand may ask the endpoint: OK, then it is the only one to do so
 * until its claim ends; or PAUSED, with *failure.  claim->id is set, and
 * claim->unanswered is afterwards.  patient: no request fails meanwhile.
 */
ngx_http_oauth_token_store_e ngx_http_oauth_token_outage_ask(
    ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand, int patient,
    ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure);

/* it has not answered this claim */
void ngx_http_oauth_token_outage_begin(ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim,
    const ngx_http_oauth_token_failure_t *failure);

/* it has answered, whatever it said */
void ngx_http_oauth_token_outage_end(ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand);

/* the failure that an entry has kept */
void ngx_http_oauth_token_outage_read(ngx_http_oauth_token_entry_t *e,
    ngx_http_oauth_token_failure_t *failure);

/* keeps a failure in an entry, or that there is none; ends its claim */
void ngx_http_oauth_token_outage_write(ngx_http_oauth_token_entry_t *e,
    const ngx_http_oauth_token_failure_t *failure);
void ngx_http_oauth_token_outage_none(ngx_http_oauth_token_entry_t *e);


#endif /* _NGX_HTTP_OAUTH_TOKEN_OUTAGE_H_INCLUDED_ */
