
#include "ngx_http_oauth_token_slots.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_segment.h"


static ngx_int_t ngx_http_oauth_token_slots_late(ngx_conf_t *cf,
    ngx_http_oauth_token_value_t *value, ngx_http_oauth_token_where_t *where);
static ngx_int_t ngx_http_oauth_token_slots_unknown(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_http_oauth_token_where_t *where);
static ngx_uint_t ngx_http_oauth_token_slots_defined(ngx_conf_t *cf,
    ngx_str_t *name);
static ngx_int_t ngx_http_oauth_token_slots_one(ngx_http_request_t *r,
    ngx_http_oauth_token_slot_t *slot, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_slots_url(ngx_pool_t *pool,
    ngx_str_t *text);


ngx_int_t
ngx_http_oauth_token_slots_known(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t                       i;
    ngx_http_oauth_token_slot_t     *slot;
    ngx_http_oauth_token_compute_t  *compute;

    slot = provider->slots.elts;

    for (i = 0; i < provider->slots.nelts; i++) {

        if (slot[i].secret
            && !ngx_http_oauth_token_slots_defined(cf, &slot[i].name))
        {
            return ngx_http_oauth_token_slots_unknown(cf, &slot[i].directive,
                                                      &slot[i].where);
        }
    }

    compute = provider->computes.elts;

    for (i = 0; i < provider->computes.nelts; i++) {
        if (ngx_http_oauth_token_slots_late(cf, &compute[i].text,
                                            &compute[i].where) != NGX_OK
            || ngx_http_oauth_token_slots_late(cf, &compute[i].key,
                                               &compute[i].where) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* of what is computed, variables that no slot stands for */

static ngx_int_t
ngx_http_oauth_token_slots_late(ngx_conf_t *cf,
    ngx_http_oauth_token_value_t *value, ngx_http_oauth_token_where_t *where)
{
    ngx_uint_t                    i, n;
    ngx_http_oauth_token_part_t  *part;

    static ngx_str_t  directive = ngx_string("compute");

    n = value->parts ? value->parts->nelts : 0;
    part = n ? value->parts->elts : NULL;

    for (i = 0; i < n; i++) {
        if (part[i].kind == NGX_HTTP_OAUTH_TOKEN_PART_LATE
            && !ngx_http_oauth_token_slots_defined(cf, &part[i].text))
        {
            return ngx_http_oauth_token_slots_unknown(cf, &directive, where);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_slots_unknown(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_http_oauth_token_where_t *where)
{
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "unknown variable in \"%V\", a value with \"$\" "
                  "can be given by \"file:\" or \"env:\" in %V:%ui",
                  directive, &where->file, where->line);

    return NGX_ERROR;
}


static ngx_uint_t
ngx_http_oauth_token_slots_defined(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_hash_key_t             *key;
    ngx_http_variable_t        *prefix;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    key = cmcf->variables_keys->keys.elts;

    for (i = 0; i < cmcf->variables_keys->keys.nelts; i++) {
        if (key[i].key.len == name->len
            && ngx_strncasecmp(key[i].key.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    prefix = cmcf->prefix_variables.elts;

    for (i = 0; i < cmcf->prefix_variables.nelts; i++) {
        if (name->len >= prefix[i].name.len
            && ngx_strncasecmp(prefix[i].name.data, name->data,
                               prefix[i].name.len)
               == 0)
        {
            return 1;
        }
    }

    /* "$1", of a regular expression */

    return name->len == 1 && name->data[0] >= '0' && name->data[0] <= '9';
}


ngx_int_t
ngx_http_oauth_token_slots(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t **slots)
{
    ngx_int_t                         rc;
    ngx_str_t                        *s;
    ngx_uint_t                        i, level;
    ngx_http_oauth_token_slot_t      *slot;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    s = ngx_palloc(r->pool, provider->slots.nelts * sizeof(ngx_str_t));
    if (s == NULL) {
        return NGX_ERROR;
    }

    slot = provider->slots.elts;
    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);
    level = r->connection->log->log_level;

    for (i = 0; i < provider->slots.nelts; i++) {

        /* nginx prints the variables that it evaluates */

        if (!lcf->log_secrets && (level & NGX_HTTP_OAUTH_TOKEN_LOG_DEBUG)) {
            r->connection->log->log_level = NGX_LOG_INFO;
        }

        rc = ngx_http_oauth_token_slots_one(r, &slot[i], &s[i]);

        r->connection->log->log_level = level;

        if (rc == NGX_DECLINED) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "no usable value while evaluating \"%V\", "
                          "provider: \"%V\"", &slot[i].directive,
                          &provider->name);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    *slots = s;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_slots_one(ngx_http_request_t *r,
    ngx_http_oauth_token_slot_t *slot, ngx_str_t *text)
{
    if (ngx_http_complex_value(r, &slot->value, text) != NGX_OK) {
        return NGX_ERROR;
    }

    /* without any it would be that of a token which may do more */

    if (slot->scope
        && !ngx_http_oauth_token_scope_value(text->data, text->len))
    {
        return NGX_DECLINED;
    }

    /* a client's value that cannot be sent is as good as none */

    if (!ngx_http_oauth_token_header_value(text->data, text->len)) {
        text->len = 0;
    }

    if (slot->required && text->len == 0) {
        return NGX_DECLINED;
    }

    return slot->url ? ngx_http_oauth_token_slots_url(r->pool, text) : NGX_OK;
}


/* it stays within its segment of a path, or its argument of a query */

static ngx_int_t
ngx_http_oauth_token_slots_url(ngx_pool_t *pool, ngx_str_t *text)
{
    size_t   len;
    u_char  *p;

    if (ngx_http_oauth_token_segment_dots(text->data, text->len)) {
        return NGX_DECLINED;
    }

    len = ngx_http_oauth_token_segment_escape(NULL, text->data, text->len);

    if (len == text->len) {
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_http_oauth_token_segment_escape(p, text->data, text->len);

    text->data = p;
    text->len = len;

    return NGX_OK;
}
