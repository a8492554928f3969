
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_named.h"


static ngx_uint_t ngx_http_oauth_token_named_listed(ngx_str_t *name,
    ngx_str_t *list);
static ngx_uint_t ngx_http_oauth_token_named_is(ngx_str_t *name,
    const char *text);


static ngx_str_t  ngx_http_oauth_token_named_prefix =
    ngx_string("oauth_token_");

/* variables of the module itself, without the prefix */
static ngx_str_t  ngx_http_oauth_token_named_others[] = {
    ngx_string("provider"),
    ngx_string("cache_status"),
    ngx_string("wait_time"),
    ngx_string("expires_in"),
    ngx_string("error"),
    ngx_string("uuid"),
    ngx_string("endpoint"),
    ngx_string("request_body"),
    ngx_null_string
};

/* by slot, from TIME on */
static ngx_str_t  ngx_http_oauth_token_named_fixed[] = {
    ngx_string("time"),
    ngx_string("time_ms"),
    ngx_string("time_iso"),
    ngx_string("nonce"),
    ngx_string("client_id"),
    ngx_string("client_secret"),
    ngx_string("assertion"),
    ngx_null_string
};


ngx_uint_t
ngx_http_oauth_token_named(ngx_str_t *variable, ngx_str_t *name)
{
    ngx_str_t   rest, *prefix;

    prefix = &ngx_http_oauth_token_named_prefix;

    if (variable->len <= prefix->len
        || ngx_strncmp(variable->data, prefix->data, prefix->len) != 0)
    {
        return 0;
    }

    rest.data = variable->data + prefix->len;
    rest.len = variable->len - prefix->len;

    if (ngx_http_oauth_token_named_listed(&rest,
                                          ngx_http_oauth_token_named_others))
    {
        return 0;
    }

    *name = rest;

    return 1;
}


static ngx_uint_t
ngx_http_oauth_token_named_listed(ngx_str_t *name, ngx_str_t *list)
{
    for ( /* void */ ; list->len; list++) {
        if (list->len == name->len
            && ngx_strncmp(list->data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_oauth_token_named_slot(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *name)
{
    ngx_str_t                       *fixed;
    ngx_uint_t                       i;
    ngx_http_oauth_token_rule_t     *rules;
    ngx_http_oauth_token_compute_t  *computes;

    rules = provider->rules.captures;

    for (i = 0; rules[i].name; i++) {
        if (ngx_http_oauth_token_named_is(name, rules[i].name)) {
            return NGX_HTTP_OAUTH_TOKEN_NAMED_CAPTURE + i;
        }
    }

    fixed = ngx_http_oauth_token_named_fixed;

    for (i = 0; fixed[i].len; i++) {
        if (ngx_http_oauth_token_named_is(name, (char *) fixed[i].data)) {
            return NGX_HTTP_OAUTH_TOKEN_NAMED_TIME + i;
        }
    }

    computes = provider->computes.elts;

    for (i = 0; i < provider->computes.nelts; i++) {
        if (ngx_http_oauth_token_named_is(name,
                                          (char *) computes[i].name.data))
        {
            return NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE + i;
        }
    }

    return NGX_HTTP_OAUTH_TOKEN_NAMED_MAX;
}


static ngx_uint_t
ngx_http_oauth_token_named_is(ngx_str_t *name, const char *text)
{
    return name->len == ngx_strlen(text)
           && ngx_strncmp(name->data, text, name->len) == 0;
}


ngx_int_t
ngx_http_oauth_token_named_new(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *name)
{
    size_t   i;
    u_char   ch;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')
              || ch == '_'))
        {
            break;
        }
    }

    if (i < name->len || name->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\" in \"%V\", it may have "
                           "lower case letters, digits and \"_\"", name,
                           (ngx_str_t *) cf->args->elts);
        return NGX_ERROR;
    }

    if (ngx_http_oauth_token_named_listed(name,
                                          ngx_http_oauth_token_named_others)
        || ngx_http_oauth_token_named_slot(provider, name)
           != NGX_HTTP_OAUTH_TOKEN_NAMED_MAX)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"$oauth_token_%V\" of \"%V\" is there already",
                           name, (ngx_str_t *) cf->args->elts);
        return NGX_ERROR;
    }

    return NGX_OK;
}
