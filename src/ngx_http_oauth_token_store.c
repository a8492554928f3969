
#include <string.h>

#include "ngx_http_oauth_token_lock.h"
#include "ngx_http_oauth_token_lookup.h"
#include "ngx_http_oauth_token_outage.h"
#include "ngx_http_oauth_token_room.h"
#include "ngx_http_oauth_token_store.h"


#define ZONE_STORE  NGX_HTTP_OAUTH_TOKEN_ZONE_STORE
#define ZONE_NONE   NGX_HTTP_OAUTH_TOKEN_ZONE_NONE


static ngx_http_oauth_token_store_e ngx_http_oauth_token_store_ask(
    ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand,
    ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure);
static ngx_http_oauth_token_entry_t *ngx_http_oauth_token_store_mine(
    ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim);
static void ngx_http_oauth_token_store_tell(ngx_http_oauth_token_entry_t *e,
    uint32_t i, ngx_http_oauth_token_stored_t *stored);


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_claim(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_errand_t *errand,
    ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure)
{
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_store_e   rc;

    z = &st->zone;

    memset(claim, 0, sizeof(ngx_http_oauth_token_claim_t));

    if (ngx_http_oauth_token_zone_lock(z) != 0) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    rc = ngx_http_oauth_token_store_ask(z, errand, claim, failure);

    ngx_http_oauth_token_zone_unlock(z);

    return rc;
}


static ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_ask(ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand,
    ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure)
{
    int                            patient;
    uint32_t                       i;
    ngx_http_oauth_token_store_e   rc;
    ngx_http_oauth_token_entry_t  *e;

    i = ngx_http_oauth_token_room_take(z, errand->key, errand->group,
                                       errand->kind, errand->now, ZONE_NONE);
    if (i == ZONE_NONE) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_FULL;
    }

    e = ngx_http_oauth_token_zone_entry(z, i);

    patient = errand->patient
              || ngx_http_oauth_token_lookup_usable(e, errand->now);

    claim->entry = i;
    claim->id = e->claim;
    claim->failures = e->failures;
    claim->outcome = e->failed_claim ? (int) e->outcome : 0;
    claim->purges = z->purges;

    rc = ngx_http_oauth_token_lookup_state(e, errand->now, patient);

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED) {
        ngx_http_oauth_token_outage_read(e, failure);
    }

    if (rc != NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
        return rc;
    }

    claim->id = ++z->claims;

    rc = ngx_http_oauth_token_outage_ask(z, errand, patient, claim, failure);

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_PAUSED && patient) {
        ngx_http_oauth_token_outage_defer(e, failure);
    }

    if (rc == NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
        ZONE_STORE(&e->owner, errand->owner);
        ZONE_STORE(&e->deadline, errand->deadline);
        ZONE_STORE(&e->claim, claim->id);
    }

    return rc;
}


/* the entry that a claim's result belongs to */

static ngx_http_oauth_token_entry_t *
ngx_http_oauth_token_store_mine(ngx_http_oauth_token_zone_t *z,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim)
{
    ngx_http_oauth_token_entry_t  *e;

    e = ngx_http_oauth_token_zone_entry(z, claim->entry);

    if (!e->used
        || memcmp(e->key, errand->key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN) != 0)
    {
        return NULL;
    }

    return e;
}


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_publish(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim,
    const ngx_http_oauth_token_fresh_t *fresh,
    ngx_http_oauth_token_stored_t *stored)
{
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_fresh_t   put;
    ngx_http_oauth_token_store_e   rc;
    ngx_http_oauth_token_entry_t  *e;

    z = &st->zone;

    if (ngx_http_oauth_token_zone_lock(z) != 0) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    ngx_http_oauth_token_outage_end(z, errand);

    e = ngx_http_oauth_token_store_mine(z, errand, claim);

    /* a token of before a purge, or whoever has the claim now was quicker */

    if (e == NULL || claim->purges != z->purges
        || (e->claim != claim->id
            && ngx_http_oauth_token_lookup_state(e, errand->now, 0)
               == NGX_HTTP_OAUTH_TOKEN_STORE_FRESH))
    {
        ngx_http_oauth_token_store_leave(st, claim);
        ngx_http_oauth_token_zone_unlock(z);
        return NGX_HTTP_OAUTH_TOKEN_STORE_STALE;
    }

    put = *fresh;

    if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN && e->len == put.len
        && ngx_http_oauth_token_zone_equal(z, e->cell, put.data,
                                           put.len))
    {
        put.refresh_at = put.again_at;
    }

    rc = NGX_HTTP_OAUTH_TOKEN_STORE_FULL;

    if (ngx_http_oauth_token_room_put(z, claim->entry,
                                      NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN, &put,
                                      errand->now) == 0)
    {
        rc = NGX_HTTP_OAUTH_TOKEN_STORE_OK;
        ngx_http_oauth_token_store_tell(e, claim->entry, stored);
    }

    ngx_http_oauth_token_outage_none(e);
    ZONE_STORE(&e->touched, errand->now);

    ngx_http_oauth_token_zone_unlock(z);

    return rc;
}


static void
ngx_http_oauth_token_store_tell(ngx_http_oauth_token_entry_t *e, uint32_t i,
    ngx_http_oauth_token_stored_t *stored)
{
    stored->entry = i;
    stored->generation = e->generation;
    stored->len = e->len;
    stored->born = e->born;
    stored->refresh_at = e->refresh_at;
    stored->usable_until = e->usable_until;
    stored->wall_until = e->wall_until;
    stored->expires = e->expires;
}


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_fail(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_claim_t *claim,
    ngx_http_oauth_token_failure_t *failure, const unsigned char *detail,
    size_t len)
{
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_fresh_t   put;
    ngx_http_oauth_token_entry_t  *e;

    z = &st->zone;
    failure->claim = claim->id;

    if (ngx_http_oauth_token_zone_lock(z) != 0) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    e = ngx_http_oauth_token_store_mine(z, errand, claim);

    if (e == NULL || e->claim != claim->id) {
        ngx_http_oauth_token_zone_unlock(z);
        return NGX_HTTP_OAUTH_TOKEN_STORE_STALE;
    }

    if (failure->shared) {
        ngx_http_oauth_token_outage_begin(z, errand, claim, failure);

    } else {
        ngx_http_oauth_token_outage_end(z, errand);
        ZONE_STORE(&e->failures, failure->failures);
    }

    /* the detail of an older failure: this one may come without any */

    if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL) {
        ngx_http_oauth_token_room_empty(z, e);
    }

    if (len != 0 && !ngx_http_oauth_token_lookup_usable(e, errand->now)) {

        memset(&put, 0, sizeof(put));

        put.data = detail;
        put.len = len;

        (void) ngx_http_oauth_token_room_put(z, claim->entry,
                                            NGX_HTTP_OAUTH_TOKEN_HOLDS_DETAIL,
                                            &put, errand->now);
    }

    ngx_http_oauth_token_outage_write(e, failure);
    ZONE_STORE(&e->touched, errand->now);
    ZONE_STORE(&e->claim, 0);

    ngx_http_oauth_token_zone_unlock(z);

    return NGX_HTTP_OAUTH_TOKEN_STORE_OK;
}


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_save(ngx_http_oauth_token_store_t *st,
    const ngx_http_oauth_token_errand_t *errand,
    const ngx_http_oauth_token_fresh_t *fresh)
{
    uint32_t                      i;
    ngx_http_oauth_token_zone_t  *z;

    z = &st->zone;

    if (ngx_http_oauth_token_zone_lock(z) != 0) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    i = ngx_http_oauth_token_room_take(z, errand->key, errand->group,
                                       errand->kind, errand->now, ZONE_NONE);

    if (i != ZONE_NONE
        && ngx_http_oauth_token_room_put(z, i,
                                         NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN,
                                         fresh, errand->now)
           != 0)
    {
        i = ZONE_NONE;
    }

    ngx_http_oauth_token_zone_unlock(z);

    return i == ZONE_NONE ? NGX_HTTP_OAUTH_TOKEN_STORE_FULL
                          : NGX_HTTP_OAUTH_TOKEN_STORE_OK;
}


ngx_http_oauth_token_store_e
ngx_http_oauth_token_store_drop(ngx_http_oauth_token_store_t *st,
    const unsigned char *key, const ngx_http_oauth_token_stored_t *stored,
    int64_t now, int64_t min_age)
{
    uint32_t                       i;
    ngx_http_oauth_token_zone_t   *z;
    ngx_http_oauth_token_store_e   rc;
    ngx_http_oauth_token_entry_t  *e;

    z = &st->zone;
    rc = NGX_HTTP_OAUTH_TOKEN_STORE_STALE;

    if (ngx_http_oauth_token_zone_lock(z) != 0) {
        return NGX_HTTP_OAUTH_TOKEN_STORE_BUSY;
    }

    i = ngx_http_oauth_token_lookup_entry(z, key);

    if (i != ZONE_NONE) {
        e = ngx_http_oauth_token_zone_entry(z, i);

        if (e->holds == NGX_HTTP_OAUTH_TOKEN_HOLDS_TOKEN
            && (stored == NULL || (i == stored->entry
                                   && e->generation == stored->generation)))
        {
            rc = NGX_HTTP_OAUTH_TOKEN_STORE_FRESH;
            if (now - e->born >= min_age) {
                (void) __atomic_add_fetch(&z->drops, 1, __ATOMIC_SEQ_CST);
                ngx_http_oauth_token_room_empty(z, e);
                rc = NGX_HTTP_OAUTH_TOKEN_STORE_OK;
            }
        }
    }

    ngx_http_oauth_token_zone_unlock(z);

    return rc;
}
