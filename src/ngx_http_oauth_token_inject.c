
#include "ngx_http_oauth_token_inject.h"

#include "ngx_http_oauth_token_client.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_made.h"
#include "ngx_http_oauth_token_shown.h"
#include "ngx_http_oauth_token_token.h"
#include "ngx_http_oauth_token_value.h"


static ngx_int_t ngx_http_oauth_token_inject_hold(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_http_oauth_token_t *token);
static void ngx_http_oauth_token_inject_release(void *data);
static ngx_int_t ngx_http_oauth_token_inject_behind(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_str_t *slots);
static ngx_int_t ngx_http_oauth_token_inject_instead(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_str_t *slots);
static ngx_inline void ngx_http_oauth_token_inject_plain(ngx_table_elt_t *h,
    ngx_http_oauth_token_record_t *rec);
static ngx_int_t ngx_http_oauth_token_inject_add(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_str_t *slots);
static ngx_int_t ngx_http_oauth_token_inject_set(ngx_http_request_t *r,
    ngx_http_oauth_token_field_t *field,
    ngx_http_oauth_token_bindings_t *bindings, ngx_table_elt_t *h);


ngx_int_t
ngx_http_oauth_token_inject(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    ngx_http_oauth_token_t *token, ngx_uint_t log_secrets)
{
    ngx_int_t   rc;
    ngx_log_t  *log;

    if (ngx_http_oauth_token_inject_on(r, rec)) {
        ngx_http_oauth_token_inject_undo(r, rec);
    }

    if (ngx_http_oauth_token_inject_hold(r, rec, token) != NGX_OK) {
        return NGX_ERROR;
    }

    rec->provider = provider;

    /* first: nginx would print the variables that are evaluated */

    log = r->connection->log;

    if (!log_secrets && (log->log_level & NGX_HTTP_OAUTH_TOKEN_LOG_DEBUG)) {
        rec->log_level = log->log_level;
        log->log_level = NGX_LOG_INFO;
    }

    rc = ngx_http_oauth_token_client_stays(r, provider)
             ? ngx_http_oauth_token_inject_behind(r, rec, slots)
             : ngx_http_oauth_token_inject_instead(r, rec, slots);

    if (provider->shown) {
        ngx_http_oauth_token_shown_forget(r, provider);
    }

    return rc;
}


/* what variables have shown of an earlier token stays until the end */

static ngx_int_t
ngx_http_oauth_token_inject_hold(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_http_oauth_token_t *token)
{
    ngx_pool_cleanup_t  *cln;

    if (rec->token) {
        cln = ngx_pool_cleanup_add(r->pool, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }

        cln->handler = ngx_http_oauth_token_inject_release;
        cln->data = rec->token;
    }

    rec->token = token;
    token->refs++;

    return NGX_OK;
}


static void
ngx_http_oauth_token_inject_release(void *data)
{
    ngx_http_oauth_token_release(data);
}


/* the list of nearly every request: one part, of which nothing has to go */

static ngx_int_t
ngx_http_oauth_token_inject_behind(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_str_t *slots)
{
    ngx_uint_t   n;
    ngx_list_t  *list;

    n = rec->provider->upstream_headers.nelts;

    rec->part.elts = &rec->elt;
    rec->part.nelts = 0;
    rec->part.next = NULL;

    if (n == 0 && rec->provider->inject_plain) {
        ngx_http_oauth_token_inject_plain(&rec->elt, rec);
        rec->part.nelts = 1;

    } else {
        rec->part.elts = ngx_palloc(r->pool,
                                    (n + 1) * sizeof(ngx_table_elt_t));

        if (rec->part.elts == NULL
            || ngx_http_oauth_token_inject_add(r, rec, slots) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    list = &r->headers_in.headers;

    rec->headers = *list;

    list->part.next = &rec->part;
    list->last = &rec->part;
    list->nalloc = rec->part.nelts;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_inject_instead(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_str_t *slots)
{
    ngx_uint_t   n;
    ngx_list_t  *list;

    n = ngx_http_oauth_token_client_count(r)
        + rec->provider->upstream_headers.nelts + 1;

    rec->part.elts = ngx_palloc(r->pool, n * sizeof(ngx_table_elt_t));
    rec->part.nelts = 0;
    rec->part.next = NULL;

    if (rec->part.elts == NULL
        || ngx_http_oauth_token_client_headers(r, rec->provider, &rec->part)
           != NGX_OK
        || ngx_http_oauth_token_inject_add(r, rec, slots) != NGX_OK)
    {
        return NGX_ERROR;
    }

    list = &r->headers_in.headers;

    rec->headers = *list;

    list->part = rec->part;
    list->last = &list->part;
    list->nalloc = rec->part.nelts;

    return NGX_OK;
}


/* the token's own memory has the whole value */

static ngx_inline void
ngx_http_oauth_token_inject_plain(ngx_table_elt_t *h,
    ngx_http_oauth_token_record_t *rec)
{
    ngx_http_oauth_token_field_t  *field;

    field = &rec->provider->inject;

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key = field->name;
    h->lowcase_key = field->lowcase.data;
    h->hash = field->hash;
    h->value = rec->token->header;
}


/* ours, behind what is there; the part has room for all */

static ngx_int_t
ngx_http_oauth_token_inject_add(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_str_t *slots)
{
    ngx_int_t                         rc;
    ngx_uint_t                        i;
    ngx_table_elt_t                  *h;
    ngx_http_oauth_token_field_t     *field;
    ngx_http_oauth_token_bindings_t   bindings;
    ngx_http_oauth_token_provider_t  *provider;

    provider = rec->provider;

    bindings.slots = slots;
    bindings.token = &rec->token->value;
    bindings.request = r;

    if (provider->named_upstream
        && ngx_http_oauth_token_made_upstream(r->pool, provider, rec->token,
                                              &bindings)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = rec->part.elts;
    h += rec->part.nelts++;

    if (provider->inject_plain) {
        ngx_http_oauth_token_inject_plain(h, rec);

    } else if (ngx_http_oauth_token_inject_set(r, &provider->inject, &bindings,
                                               h)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    field = provider->upstream_headers.elts;

    for (i = 0; i < provider->upstream_headers.nelts; i++) {
        h = rec->part.elts;
        h += rec->part.nelts;

        rc = ngx_http_oauth_token_inject_set(r, &field[i], &bindings, h);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_OK) {
            rec->part.nelts++;
        }
    }

    return NGX_OK;
}


/* NGX_DECLINED: the value is empty, the header stays away */

static ngx_int_t
ngx_http_oauth_token_inject_set(ngx_http_request_t *r,
    ngx_http_oauth_token_field_t *field,
    ngx_http_oauth_token_bindings_t *bindings, ngx_table_elt_t *h)
{
    ngx_memzero(h, sizeof(ngx_table_elt_t));

    if (ngx_http_oauth_token_value_render(r->pool, &field->value, bindings,
                                          &h->value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (h->value.len == 0) {
        return NGX_DECLINED;
    }

    if (!ngx_http_oauth_token_header_value(h->value.data, h->value.len)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "invalid character while evaluating header \"%V\"",
                      &field->name);
        return NGX_ERROR;
    }

    h->key = field->name;
    h->lowcase_key = field->lowcase.data;
    h->hash = field->hash;

    return NGX_OK;
}


void
ngx_http_oauth_token_inject_undo(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec)
{
    ngx_list_t  *list;

    list = &r->headers_in.headers;

    *list = rec->headers;

    if (list->part.next == NULL) {
        list->last = &list->part;
    }

    if (rec->provider->shown) {
        ngx_http_oauth_token_shown_forget(r, rec->provider);
    }
}


void
ngx_http_oauth_token_inject_end(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec)
{
    ngx_log_t  *log;

    if (ngx_http_oauth_token_inject_on(r, rec)) {
        ngx_http_oauth_token_inject_undo(r, rec);
    }

    log = r->connection->log;

    /* unless a redirect has set the level of another location since */

    if (rec->log_level && log->log_level == NGX_LOG_INFO) {
        log->log_level = rec->log_level;
    }
}


void
ngx_http_oauth_token_inject_free(ngx_http_oauth_token_record_t *rec)
{
    ngx_http_oauth_token_release(rec->token);
}
