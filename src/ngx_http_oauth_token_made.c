
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_made.h"

#include "ngx_http_oauth_token_assertion.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_hash.h"
#include "ngx_http_oauth_token_wipe.h"


/* the longest form of a time */
#define NGX_HTTP_OAUTH_TOKEN_MADE_TIME  (sizeof("2026-01-02T03:04:05.678Z") - 1)


static ngx_int_t ngx_http_oauth_token_made(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t used,
    ngx_http_oauth_token_t *token, ngx_http_oauth_token_bindings_t *bindings);
static ngx_int_t ngx_http_oauth_token_made_slot(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t slot,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_made_time(ngx_pool_t *pool,
    ngx_uint_t slot, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_made_nonce(ngx_pool_t *pool,
    ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_made_computed(ngx_pool_t *pool,
    ngx_http_oauth_token_compute_t *compute,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text);


ngx_int_t
ngx_http_oauth_token_made_request(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_bindings_t *bindings)
{
    return ngx_http_oauth_token_made(pool, p, p->named_request, NULL,
                                     bindings);
}


ngx_int_t
ngx_http_oauth_token_made_upstream(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_t *token,
    ngx_http_oauth_token_bindings_t *bindings)
{
    return ngx_http_oauth_token_made(pool, p, p->named_upstream, token,
                                     bindings);
}


/* in the order of their slots: what is computed needs earlier ones */

static ngx_int_t
ngx_http_oauth_token_made(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t used,
    ngx_http_oauth_token_t *token, ngx_http_oauth_token_bindings_t *bindings)
{
    ngx_int_t    rc;
    ngx_str_t   *named;
    ngx_uint_t   i;

    bindings->named = NULL;

    if (used == 0) {
        return NGX_OK;
    }

    named = ngx_pcalloc(pool, NGX_HTTP_OAUTH_TOKEN_NAMED_MAX
                              * sizeof(ngx_str_t));
    if (named == NULL) {
        return NGX_ERROR;
    }

    bindings->named = named;

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_NAMED_MAX; i++) {

        if (!(used & ngx_http_oauth_token_bit(i))) {
            continue;
        }

        if (i >= NGX_HTTP_OAUTH_TOKEN_CAPTURES) {
            rc = ngx_http_oauth_token_made_slot(pool, p, i, bindings,
                                                &named[i]);
            if (rc != NGX_OK) {
                return rc;
            }

        } else if (token) {
            named[i].data = (u_char *) token->captured[i].data;
            named[i].len = token->captured[i].len;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_made_slot(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t slot,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text)
{
    ngx_http_oauth_token_value_t    *value;
    ngx_http_oauth_token_compute_t  *compute;

    switch (slot) {

    case NGX_HTTP_OAUTH_TOKEN_NAMED_TIME:
    case NGX_HTTP_OAUTH_TOKEN_NAMED_TIME_MS:
    case NGX_HTTP_OAUTH_TOKEN_NAMED_TIME_ISO:
        return ngx_http_oauth_token_made_time(pool, slot, text);

    case NGX_HTTP_OAUTH_TOKEN_NAMED_NONCE:
        return ngx_http_oauth_token_made_nonce(pool, text);

    case NGX_HTTP_OAUTH_TOKEN_NAMED_ID:
    case NGX_HTTP_OAUTH_TOKEN_NAMED_SECRET:
        value = slot == NGX_HTTP_OAUTH_TOKEN_NAMED_ID ? &p->client_id
                                                      : &p->client_secret;

        return !value->set
               ? NGX_OK : ngx_http_oauth_token_value_render(pool, value,
                                                            bindings, text);

    case NGX_HTTP_OAUTH_TOKEN_NAMED_ASSERTION:
        return ngx_http_oauth_token_assertion(pool, p, bindings,
                                          NGX_HTTP_OAUTH_TOKEN_ASSERTION_GRANT,
                                              text);

    default:
        compute = p->computes.elts;
        compute += slot - NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE;

        return ngx_http_oauth_token_made_computed(pool, compute, bindings,
                                                  text);
    }
}


static ngx_int_t
ngx_http_oauth_token_made_time(ngx_pool_t *pool, ngx_uint_t slot,
    ngx_str_t *text)
{
    u_char      *p;
    ngx_tm_t     tm;
    ngx_time_t  *tp;

    text->data = ngx_pnalloc(pool, NGX_HTTP_OAUTH_TOKEN_MADE_TIME);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    /* nginx's own clock, which stands still meanwhile */

    tp = ngx_timeofday();

    if (slot == NGX_HTTP_OAUTH_TOKEN_NAMED_TIME) {
        p = ngx_snprintf(text->data, NGX_HTTP_OAUTH_TOKEN_MADE_TIME, "%T",
                         tp->sec);

    } else if (slot == NGX_HTTP_OAUTH_TOKEN_NAMED_TIME_MS) {
        p = ngx_snprintf(text->data, NGX_HTTP_OAUTH_TOKEN_MADE_TIME, "%T%03M",
                         tp->sec, tp->msec);

    } else {
        ngx_gmtime(tp->sec, &tm);

        p = ngx_snprintf(text->data, NGX_HTTP_OAUTH_TOKEN_MADE_TIME,
                         "%04d-%02d-%02dT%02d:%02d:%02d.%03MZ",
                         tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                         tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec,
                         tp->msec);
    }

    text->len = p - text->data;

    return NGX_OK;
}


/* a UUID, which those take as well who want no more than something new */

static ngx_int_t
ngx_http_oauth_token_made_nonce(ngx_pool_t *pool, ngx_str_t *text)
{
    text->len = NGX_HTTP_OAUTH_TOKEN_UUID_LEN;
    text->data = ngx_pnalloc(pool, text->len);

    return text->data && ngx_http_oauth_token_uuid(text->data) == 0
               ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_made_computed(ngx_pool_t *pool,
    ngx_http_oauth_token_compute_t *compute,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text)
{
    ngx_str_t  src, key;

    ngx_str_null(&key);

    if (ngx_http_oauth_token_value_render(pool, &compute->text, bindings, &src)
        != NGX_OK
        || (compute->key.set
            && ngx_http_oauth_token_value_render(pool, &compute->key, bindings,
                                                 &key)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    text->data = ngx_pnalloc(pool,
                             ngx_http_oauth_token_hash_size(compute->function,
                                                            src.len));
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    /* base64 of a secret is as good as the secret */

    if (ngx_http_oauth_token_wipe_bytes(pool, text->data,
                                        ngx_http_oauth_token_hash_size(
                                                 compute->function, src.len))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    text->len = ngx_http_oauth_token_hash(compute->function,
                                          (int) compute->base64, src.data,
                                          src.len, key.data, key.len,
                                          text->data);

    /* 0: it has failed, but for nothing in base64 */

    return text->len || src.len == 0 ? NGX_OK : NGX_ERROR;
}
