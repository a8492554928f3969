
#include "ngx_http_oauth_token_inject.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_made.h"
#include "ngx_http_oauth_token_shown.h"
#include "ngx_http_oauth_token_token.h"
#include "ngx_http_oauth_token_value.h"


/*
 * What was done to a request: one allocation, with the new list's elements
 * behind it.  r->headers_in.authorization is left as the client set it, so
 * that $remote_user stays what it was.
 */
typedef struct {
    ngx_pool_cleanup_t                pool_cleanup;  /* also finds it again */
    ngx_http_cleanup_t                cleanup;       /* before the log phase */
    ngx_http_request_t               *request;
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_t           *token;
    ngx_list_t                        headers;       /* the client's */
    ngx_uint_t                        log_level;     /* 0: not silenced */
    ngx_table_elt_t                   elts[1];
} ngx_http_oauth_token_record_t;


static ngx_int_t ngx_http_oauth_token_inject_add(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_str_t *slots, ngx_uint_t *n);
static ngx_http_oauth_token_record_t *ngx_http_oauth_token_inject_record(
    ngx_http_request_t *r, ngx_uint_t nelts);
static ngx_uint_t ngx_http_oauth_token_inject_count(ngx_http_request_t *r);
static ngx_uint_t ngx_http_oauth_token_inject_copy(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_table_elt_t *elts);
static ngx_uint_t ngx_http_oauth_token_inject_replaces(
    ngx_http_oauth_token_provider_t *provider, ngx_table_elt_t *h);
static ngx_int_t ngx_http_oauth_token_inject_set(ngx_http_request_t *r,
    ngx_http_oauth_token_field_t *field,
    ngx_http_oauth_token_bindings_t *bindings, ngx_table_elt_t *h);
static void ngx_http_oauth_token_inject_switch(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_uint_t nelts);
static void ngx_http_oauth_token_inject_take_off(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec);
static void ngx_http_oauth_token_inject_end(void *data);
static void ngx_http_oauth_token_inject_free(void *data);


ngx_int_t
ngx_http_oauth_token_inject(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    ngx_http_oauth_token_t *token, ngx_uint_t log_secrets)
{
    ngx_uint_t                      n;
    ngx_http_oauth_token_record_t  *rec;

    ngx_http_oauth_token_inject_undo(r);

    rec = ngx_http_oauth_token_inject_record(r,
                                     ngx_http_oauth_token_inject_count(r)
                                     + provider->upstream_headers.nelts + 1);
    if (rec == NULL) {
        return NGX_ERROR;
    }

    rec->provider = provider;
    rec->token = token;
    token->refs++;

    /* first: nginx would print the variables that are evaluated */

    if (!log_secrets
        && (r->connection->log->log_level & NGX_HTTP_OAUTH_TOKEN_LOG_DEBUG))
    {
        rec->log_level = r->connection->log->log_level;
        r->connection->log->log_level = NGX_LOG_INFO;
    }

    n = ngx_http_oauth_token_inject_copy(r, provider, rec->elts);

    if (ngx_http_oauth_token_inject_add(r, rec, slots, &n) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_oauth_token_inject_switch(r, rec, n);
    ngx_http_oauth_token_shown_forget(r, provider);

    return NGX_OK;
}


/* ours, behind the *n elements of the client */

static ngx_int_t
ngx_http_oauth_token_inject_add(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_str_t *slots, ngx_uint_t *n)
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

    h = &rec->elts[(*n)++];

    if (provider->inject_plain) {
        ngx_memzero(h, sizeof(ngx_table_elt_t));

        h->key = provider->inject.name;
        h->lowcase_key = provider->inject.lowcase.data;
        h->hash = provider->inject.hash;
        h->value = rec->token->header;

    } else if (ngx_http_oauth_token_inject_set(r, &provider->inject, &bindings,
                                               h)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    field = provider->upstream_headers.elts;

    for (i = 0; i < provider->upstream_headers.nelts; i++) {
        rc = ngx_http_oauth_token_inject_set(r, &field[i], &bindings,
                                             &rec->elts[*n]);
        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_OK) {
            (*n)++;
        }
    }

    return NGX_OK;
}


static ngx_http_oauth_token_record_t *
ngx_http_oauth_token_inject_record(ngx_http_request_t *r, ngx_uint_t nelts)
{
    ngx_http_oauth_token_record_t  *rec;

    rec = ngx_palloc(r->pool, sizeof(ngx_http_oauth_token_record_t)
                              + nelts * sizeof(ngx_table_elt_t));
    if (rec == NULL) {
        return NULL;
    }

    rec->request = r;
    rec->log_level = 0;

    rec->pool_cleanup.handler = ngx_http_oauth_token_inject_free;
    rec->pool_cleanup.data = rec;
    rec->pool_cleanup.next = r->pool->cleanup;
    r->pool->cleanup = &rec->pool_cleanup;

    rec->cleanup.handler = ngx_http_oauth_token_inject_end;
    rec->cleanup.data = rec;
    rec->cleanup.next = r->main->cleanup;
    r->main->cleanup = &rec->cleanup;

    return rec;
}


static ngx_uint_t
ngx_http_oauth_token_inject_count(ngx_http_request_t *r)
{
    ngx_uint_t        n;
    ngx_list_part_t  *part;

    n = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        n += part->nelts;
    }

    return n;
}


static ngx_uint_t
ngx_http_oauth_token_inject_copy(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_table_elt_t *elts)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    n = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash
                && !ngx_http_oauth_token_inject_replaces(provider, &h[i]))
            {
                elts[n++] = h[i];
            }
        }
    }

    return n;
}


static ngx_uint_t
ngx_http_oauth_token_inject_replaces(
    ngx_http_oauth_token_provider_t *provider, ngx_table_elt_t *h)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    field = &provider->inject;
    i = 0;

    for ( ;; ) {

        if (h->key.len == field->name.len
            && ngx_strncasecmp(h->key.data, field->lowcase.data, h->key.len)
               == 0)
        {
            return 1;
        }

        if (i == provider->upstream_headers.nelts) {
            return 0;
        }

        field = provider->upstream_headers.elts;
        field += i++;
    }
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
                      "invalid character in the value of header \"%V\"",
                      &field->name);
        return NGX_ERROR;
    }

    h->key = field->name;
    h->lowcase_key = field->lowcase.data;
    h->hash = field->hash;

    return NGX_OK;
}


static void
ngx_http_oauth_token_inject_switch(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec, ngx_uint_t nelts)
{
    ngx_list_t  *list;

    list = &r->headers_in.headers;

    rec->headers = *list;

    list->part.elts = rec->elts;
    list->part.nelts = nelts;
    list->part.next = NULL;
    list->last = &list->part;
    list->nalloc = nelts;
}


void
ngx_http_oauth_token_inject_undo(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t             *cln;
    ngx_http_oauth_token_record_t  *rec;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_http_oauth_token_inject_free) {
            continue;
        }

        rec = cln->data;

        /* a subrequest may have the list of its parent */

        if (r->headers_in.headers.part.elts == rec->elts) {
            ngx_http_oauth_token_inject_take_off(r, rec);
            return;
        }
    }
}


static void
ngx_http_oauth_token_inject_take_off(ngx_http_request_t *r,
    ngx_http_oauth_token_record_t *rec)
{
    ngx_list_t  *list;

    list = &r->headers_in.headers;

    *list = rec->headers;

    if (list->part.next == NULL) {
        list->last = &list->part;
    }

    ngx_http_oauth_token_shown_forget(r, rec->provider);
}


/* the end of the request, before it is logged */

static void
ngx_http_oauth_token_inject_end(void *data)
{
    ngx_log_t                      *log;
    ngx_http_oauth_token_record_t  *rec = data;

    if (rec->request->headers_in.headers.part.elts == rec->elts) {
        ngx_http_oauth_token_inject_take_off(rec->request, rec);
    }

    log = rec->request->connection->log;

    /* unless a redirect has set the level of another location since */

    if (rec->log_level && log->log_level == NGX_LOG_INFO) {
        log->log_level = rec->log_level;
    }
}


/* the end of its memory: variables may have shown the token until now */

static void
ngx_http_oauth_token_inject_free(void *data)
{
    ngx_http_oauth_token_record_t  *rec = data;

    ngx_http_oauth_token_release(rec->token);
}
