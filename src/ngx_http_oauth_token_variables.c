
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_variables.h"

#include "ngx_http_oauth_token_ctx.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_named.h"


static ngx_int_t ngx_http_oauth_token_variable_token(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_provider(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_wait_time(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_expires_in(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_error(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_uuid(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_endpoint(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_body(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_captured(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_oauth_token_variable_set(
    ngx_http_variable_value_t *v, ngx_str_t *text);


static ngx_http_variable_t  ngx_http_oauth_token_vars[] = {

    { ngx_string("oauth_access_token"), NULL,
      ngx_http_oauth_token_variable_token, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("oauth_token_provider"), NULL,
      ngx_http_oauth_token_variable_provider, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("oauth_token_cache_status"), NULL,
      ngx_http_oauth_token_variable_status, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("oauth_token_wait_time"), NULL,
      ngx_http_oauth_token_variable_wait_time, 0, NGX_HTTP_VAR_NOCACHEABLE,
      0 },

    { ngx_string("oauth_token_expires_in"), NULL,
      ngx_http_oauth_token_variable_expires_in, 0, NGX_HTTP_VAR_NOCACHEABLE,
      0 },

    { ngx_string("oauth_token_error"), NULL,
      ngx_http_oauth_token_variable_error, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("oauth_token_uuid"), NULL,
      ngx_http_oauth_token_variable_uuid, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    /* of the hidden locations, where proxy asks for them; empty elsewhere */
    { ngx_string("oauth_token_endpoint"), NULL,
      ngx_http_oauth_token_variable_endpoint, 0, 0, 0 },

    { ngx_string("oauth_token_request_body"), NULL,
      ngx_http_oauth_token_variable_body, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_oauth_token_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_oauth_token_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_variables_captured(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_str_t                   full, *own;
    ngx_uint_t                  i;
    ngx_hash_key_t             *key;
    ngx_http_variable_t        *var;
    ngx_http_core_main_conf_t  *cmcf;

    full.len = sizeof("oauth_token_") - 1 + name->len;
    full.data = ngx_pnalloc(cf->pool, full.len);
    own = ngx_palloc(cf->pool, sizeof(ngx_str_t));

    if (full.data == NULL || own == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(full.data, "oauth_token_%V", name);
    *own = *name;

    /* another provider may have it as well */

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    key = cmcf->variables_keys->keys.elts;

    for (i = 0; i < cmcf->variables_keys->keys.nelts; i++) {
        var = key[i].value;

        if (key[i].key.len == full.len
            && ngx_strncmp(key[i].key.data, full.data, full.len) == 0
            && var->get_handler == ngx_http_oauth_token_variable_captured)
        {
            return NGX_OK;
        }
    }

    var = ngx_http_add_variable(cf, &full, NGX_HTTP_VAR_NOCACHEABLE);
    if (var == NULL) {
        return NGX_ERROR;
    }

    var->get_handler = ngx_http_oauth_token_variable_captured;
    var->data = (uintptr_t) own;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_variable_captured(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                      text;
    ngx_uint_t                     slot;
    ngx_http_oauth_token_ctx_t    *ctx;
    ngx_http_oauth_token_bytes_t  *bytes;

    ctx = ngx_http_oauth_token_ctx_find(r);

    if (ctx == NULL || !ctx->on) {
        v->not_found = 1;
        return NGX_OK;
    }

    slot = ngx_http_oauth_token_named_slot(ctx->want.provider,
                                           (ngx_str_t *) data);

    if (slot >= NGX_HTTP_OAUTH_TOKEN_CAPTURES) {
        v->not_found = 1;
        return NGX_OK;
    }

    bytes = &ctx->want.token->captured[slot];

    text.data = (u_char *) bytes->data;
    text.len = bytes->len;

    return ngx_http_oauth_token_variable_set(v, &text);
}


static ngx_int_t
ngx_http_oauth_token_variable_set(ngx_http_variable_value_t *v,
    ngx_str_t *text)
{
    if (text == NULL || text->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->len = text->len;
    v->data = text->data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_variable_token(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_oauth_token_ctx_find(r);

    return ngx_http_oauth_token_variable_set(v,
                             ctx && ctx->on ? &ctx->want.token->value : NULL);
}


static ngx_int_t
ngx_http_oauth_token_variable_provider(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_oauth_token_ctx_find(r);

    return ngx_http_oauth_token_variable_set(v,
                                     ctx ? &ctx->want.provider->name : NULL);
}


static ngx_int_t
ngx_http_oauth_token_variable_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_oauth_token_ctx_find(r);

    return ngx_http_oauth_token_variable_set(v, ctx ? &ctx->status : NULL);
}


static ngx_int_t
ngx_http_oauth_token_variable_wait_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                    text;
    ngx_msec_t                   ms;
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_oauth_token_ctx_find(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    text.data = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + sizeof(".000"));
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    /* one that is waiting still, or has given up, has waited until now */

    ms = ctx->waited;

    if (ctx->state == NGX_HTTP_OAUTH_TOKEN_WAITING) {
        ms += ngx_current_msec - ctx->started;
    }

    text.len = ngx_sprintf(text.data, "%T.%03M", (time_t) (ms / 1000),
                           ms % 1000) - text.data;

    return ngx_http_oauth_token_variable_set(v, &text);
}


static ngx_int_t
ngx_http_oauth_token_variable_expires_in(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    int64_t                      left;
    ngx_str_t                    text;
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_oauth_token_ctx_find(r);

    if (ctx == NULL || !ctx->on) {
        v->not_found = 1;
        return NGX_OK;
    }

    left = ctx->want.token->stored.expires - (int64_t) ngx_current_msec;

    text.data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    text.len = ngx_sprintf(text.data, "%L", left > 0 ? left / 1000 : 0)
               - text.data;

    return ngx_http_oauth_token_variable_set(v, &text);
}


static ngx_int_t
ngx_http_oauth_token_variable_error(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                    text;
    ngx_http_oauth_token_ctx_t  *ctx;

    ctx = ngx_http_oauth_token_ctx_find(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    text.data = (u_char *) ctx->want.error.reason;
    text.len = ngx_strlen(text.data);

    return ngx_http_oauth_token_variable_set(v, &text);
}


static ngx_int_t
ngx_http_oauth_token_variable_uuid(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t  text;

    text.len = NGX_HTTP_OAUTH_TOKEN_UUID_LEN;
    text.data = ngx_pnalloc(r->pool, text.len);

    if (text.data == NULL || ngx_http_oauth_token_uuid(text.data) != 0) {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_variable_set(v, &text);
}


static ngx_int_t
ngx_http_oauth_token_variable_endpoint(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    return ngx_http_oauth_token_variable_set(v,
                                lcf->endpoint ? &lcf->endpoint->host : NULL);
}


static ngx_int_t
ngx_http_oauth_token_variable_body(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_buf_t                        *b;
    ngx_str_t                         text;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);

    if (lcf->endpoint == NULL || r->request_body == NULL
        || r->request_body->buf == NULL)
    {
        v->not_found = 1;
        return NGX_OK;
    }

    b = r->request_body->buf;

    text.data = b->pos;
    text.len = b->last - b->pos;

    return ngx_http_oauth_token_variable_set(v, &text);
}
