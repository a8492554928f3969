
#include "ngx_http_oauth_token_provider.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_presets.h"
#include "ngx_http_oauth_token_value.h"


static ngx_int_t ngx_http_oauth_token_provider_auth_option(
    ngx_http_oauth_token_provider_t *p, ngx_str_t *arg);


/* the methods of client_auth */
static const ngx_http_oauth_token_method_t  ngx_http_oauth_token_methods[] = {

    { ngx_string("client_secret_basic"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC, NGX_HTTP_OAUTH_TOKEN_IN_HEADER },

    { ngx_string("client_secret_post"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS, NGX_HTTP_OAUTH_TOKEN_IN_BODY },

    { ngx_string("client_secret_header"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS, NGX_HTTP_OAUTH_TOKEN_IN_HEADER },

    { ngx_string("client_secret_query"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS, NGX_HTTP_OAUTH_TOKEN_IN_QUERY },

    { ngx_string("none"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_ID, NGX_HTTP_OAUTH_TOKEN_IN_BODY },

    { ngx_null_string, 0, 0 }
};


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
        { &p->options, sizeof(ngx_keyval_t) },
        { &p->parameters, sizeof(ngx_http_oauth_token_field_t) },
        { &p->headers, sizeof(ngx_http_oauth_token_field_t) },
        { &p->upstream_headers, sizeof(ngx_http_oauth_token_field_t) },
        { &p->computes, sizeof(ngx_http_oauth_token_compute_t) },
        { &p->slots, sizeof(ngx_http_complex_value_t) }
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
              cmd->post ? NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET : 0, &p->slots,
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


char *
ngx_http_oauth_token_provider_auth(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                            *args;
    ngx_uint_t                            i;
    const ngx_http_oauth_token_method_t  *m;
    ngx_http_oauth_token_provider_t      *p = conf;

    if (p->auth) {
        return "is duplicate";
    }

    args = cf->args->elts;

    for (m = ngx_http_oauth_token_methods; m->name.len; m++) {
        if (ngx_strcmp(m->name.data, args[1].data) == 0) {
            break;
        }
    }

    if (m->name.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown method \"%V\" in \"client_auth\", it must "
                           "be \"client_secret_basic\", "
                           "\"client_secret_post\", \"client_secret_header\", "
                           "\"client_secret_query\" or \"none\"", &args[1]);
        return NGX_CONF_ERROR;
    }

    p->auth = m;
    p->auth_encode = 1;

    ngx_str_set(&p->auth_id, "client_id");
    ngx_str_set(&p->auth_secret, "client_secret");

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_oauth_token_provider_auth_option(p, &args[i]) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid option \"%V\" of \"client_auth %V\"",
                               &args[i], &m->name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_provider_auth_option(ngx_http_oauth_token_provider_t *p,
    ngx_str_t *arg)
{
    ngx_str_t  *name, value;

    if (p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC) {
        p->auth_encode = (ngx_strcmp(arg->data, "encode=form") == 0);

        return (p->auth_encode || ngx_strcmp(arg->data, "encode=none") == 0)
                   ? NGX_OK : NGX_ERROR;
    }

    if (p->auth->kind != NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS) {
        return NGX_ERROR;
    }

    if (ngx_strncmp(arg->data, "id=", 3) == 0) {
        name = &p->auth_id;
        value.data = arg->data + 3;
        value.len = arg->len - 3;

    } else if (ngx_strncmp(arg->data, "secret=", 7) == 0) {
        name = &p->auth_secret;
        value.data = arg->data + 7;
        value.len = arg->len - 7;

    } else {
        return NGX_ERROR;
    }

    if (value.len == 0
        || (p->auth->in == NGX_HTTP_OAUTH_TOKEN_IN_HEADER
            && !ngx_http_oauth_token_header_name(value.data, value.len)))
    {
        return NGX_ERROR;
    }

    *name = value;

    return NGX_OK;
}
