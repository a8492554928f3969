
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_provider.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_jose.h"
#include "ngx_http_oauth_token_presets.h"
#include "ngx_http_oauth_token_value.h"


ngx_http_oauth_token_provider_t *
ngx_http_oauth_token_provider_create(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                        i;
    ngx_http_oauth_token_provider_t  *p;

    p = ngx_pcalloc(cf->pool, sizeof(ngx_http_oauth_token_provider_t));
    if (p == NULL) {
        return NULL;
    }

    struct {
        ngx_array_t  *array;
        size_t        size;
    } arrays[] = {
        { &p->written, sizeof(ngx_str_t) },
        { &p->transport, sizeof(ngx_str_t) },
        { &p->lines, sizeof(ngx_uint_t) },
        { &p->options, sizeof(ngx_keyval_t) },
        { &p->parameters, sizeof(ngx_http_oauth_token_field_t) },
        { &p->headers, sizeof(ngx_http_oauth_token_field_t) },
        { &p->upstream_headers, sizeof(ngx_http_oauth_token_field_t) },
        { &p->computes, sizeof(ngx_http_oauth_token_compute_t) },
        { &p->slots, sizeof(ngx_http_oauth_token_slot_t) },
        { &p->grant_fields, sizeof(ngx_http_oauth_token_field_t) },
        { &p->signing.headers, sizeof(ngx_http_oauth_token_member_t) },
        { &p->signing.claims, sizeof(ngx_http_oauth_token_field_t) }
    };

    for (i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        if (ngx_array_init(arrays[i].array, cf->pool, 4, arrays[i].size)
            != NGX_OK)
        {
            return NULL;
        }
    }

    p->name = *name;
    p->where.file = cf->conf_file->file.name;
    p->where.line = cf->conf_file->line;

    p->insecure_http = NGX_CONF_UNSET;
    p->method = NGX_CONF_UNSET_UINT;
    p->format = NGX_CONF_UNSET_UINT;
    p->refresh_time = NGX_CONF_UNSET_MSEC;
    p->prefetch = NGX_CONF_UNSET;
    p->expiry_leeway = NGX_CONF_UNSET_MSEC;
    p->backoff.min = NGX_CONF_UNSET;
    p->fetch_timeout = NGX_CONF_UNSET_MSEC;
    p->signing.lifetime = NGX_CONF_UNSET;
    p->max_waiting = NGX_CONF_UNSET;

    p->grant_type.in = NGX_HTTP_OAUTH_TOKEN_IN_UNSET;
    p->scope.in = NGX_HTTP_OAUTH_TOKEN_IN_UNSET;

    ngx_str_set(&p->grant_type.name, "grant_type");
    ngx_str_set(&p->scope.name, "scope");

    return p;
}


char *
ngx_http_oauth_token_provider_preset(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                            *args;
    const ngx_http_oauth_token_preset_t  *preset;
    ngx_http_oauth_token_provider_t      *p = conf;

    if (p->preset) {
        return "is duplicate";
    }

    args = cf->args->elts;

    for (preset = ngx_http_oauth_token_presets; preset->name; preset++) {
        if (ngx_strcmp(preset->name, args[1].data) == 0) {
            p->preset = preset;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown preset \"%V\" of provider \"%V\"", &args[1],
                       &p->name);

    return NGX_CONF_ERROR;
}


char *
ngx_http_oauth_token_provider_url(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_http_oauth_token_provider_t  *p = conf;

    if (p->url.data) {
        return "is duplicate";
    }

    args = cf->args->elts;

    p->url = args[1];
    p->url_where.file = cf->conf_file->file.name;
    p->url_where.line = cf->conf_file->line;

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_provider_choice(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    u_char           *last, buf[NGX_MAX_CONF_ERRSTR / 2];
    ngx_str_t        *args;
    ngx_uint_t       *choice, i;
    ngx_conf_enum_t  *e;

    choice = (ngx_uint_t *) ((u_char *) conf + cmd->offset);

    if (*choice != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    args = cf->args->elts;
    e = cmd->post;
    last = buf;

    for (i = 0; e[i].name.len; i++) {
        if (ngx_strcmp(e[i].name.data, args[1].data) == 0) {
            *choice = e[i].value;
            return NGX_CONF_OK;
        }

        last = ngx_slprintf(last, buf + sizeof(buf), "%s\"%V\"",
                            i ? " or " : "", &e[i].name);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\" directive, it must be "
                       "%*s", &args[1], &args[0], (size_t) (last - buf), buf);

    return NGX_CONF_ERROR;
}


char *
ngx_http_oauth_token_provider_option(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    size_t                            i;
    ngx_str_t                        *args;
    ngx_keyval_t                     *kv;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;
    kv = p->options.elts;

    for (i = 0; i < p->options.nelts; i++) {
        if (ngx_strcmp(kv[i].key.data, args[1].data) == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate \"option %V\"", &args[1]);
            return NGX_CONF_ERROR;
        }
    }

    /* it becomes a part of a URL: no other part may begin in it */

    for (i = 0; i < args[2].len; i++) {
        if (ngx_strchr("/?#@:$%{}\\", args[2].data[i])
            || args[2].data[i] <= ' ' || args[2].data[i] >= 0x7f)
        {
            break;
        }
    }

    if (args[2].len == 0 || i < args[2].len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" of \"option %V\"",
                           &args[2], &args[1]);
        return NGX_CONF_ERROR;
    }

    kv = ngx_array_push(&p->options);
    if (kv == NULL) {
        return NGX_CONF_ERROR;
    }

    kv->key = args[1];
    kv->value = args[2];

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_provider_value(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_http_oauth_token_value_t     *value;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;

    value = (ngx_http_oauth_token_value_t *) ((u_char *) p + cmd->offset);

    if (value->set) {
        return "is duplicate";
    }

    if (args[1].len == 0) {
        return "has an empty value";
    }

    if (ngx_http_oauth_token_value_compile(cf, &args[0], &args[1],
              NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT
              |NGX_HTTP_OAUTH_TOKEN_VALUE_REQUIRED
              |(cmd->post ? NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET : 0), &p->slots,
              value)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    /* RFC 6749, appendix A: visible ASCII and blanks; control is never meant */

    if (!ngx_http_oauth_token_header_value(value->text.data, value->text.len))
    {
        return "has a control character in its value";
    }

    return NGX_CONF_OK;
}
