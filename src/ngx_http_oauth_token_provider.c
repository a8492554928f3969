
#include "ngx_http_oauth_token_provider.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_value.h"


static ngx_uint_t ngx_http_oauth_token_provider_allowed(
    ngx_http_oauth_token_provider_t *p, ngx_uint_t allowed);
static ngx_int_t ngx_http_oauth_token_provider_in(ngx_conf_t *cf,
    ngx_str_t *arg, ngx_uint_t *in);
static ngx_int_t ngx_http_oauth_token_provider_add_header(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_array_t *headers,
    ngx_uint_t allowed);
static ngx_int_t ngx_http_oauth_token_provider_header_name(ngx_conf_t *cf,
    ngx_http_oauth_token_field_t *field, ngx_str_t *name);
static ngx_http_oauth_token_field_t *ngx_http_oauth_token_provider_find(
    ngx_array_t *fields, ngx_str_t *name);


/* nginx makes these of what it sends */
static ngx_str_t  ngx_http_oauth_token_own_headers[] = {
    ngx_string("Connection"),
    ngx_string("Content-Length"),
    ngx_string("Transfer-Encoding"),
    ngx_string("Keep-Alive"),
    ngx_string("Expect"),
    ngx_string("Upgrade"),
    ngx_string("TE"),
    ngx_null_string
};


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


static struct {
    ngx_str_t                    name;
    ngx_http_oauth_token_unit_e  unit;
} ngx_http_oauth_token_units[] = {
    { ngx_string("unit=s"), NGX_HTTP_OAUTH_TOKEN_UNIT_S },
    { ngx_string("unit=ms"), NGX_HTTP_OAUTH_TOKEN_UNIT_MS },
    { ngx_string("unit=epoch"), NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH },
    { ngx_string("unit=epoch_ms"), NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS },
    { ngx_string("unit=iso8601"), NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601 },
    { ngx_null_string, 0 }
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
        { &p->options, sizeof(ngx_keyval_t) },
        { &p->parameters, sizeof(ngx_http_oauth_token_field_t) },
        { &p->headers, sizeof(ngx_http_oauth_token_field_t) },
        { &p->upstream_headers, sizeof(ngx_http_oauth_token_field_t) },
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
    p->file = cf->conf_file->file.name.data;
    p->line = cf->conf_file->line;

    p->insecure_http = NGX_CONF_UNSET;
    p->method = NGX_CONF_UNSET_UINT;
    p->format = NGX_CONF_UNSET_UINT;
    p->expiry_leeway = NGX_CONF_UNSET_MSEC;
    p->fetch_timeout = NGX_CONF_UNSET_MSEC;
    p->max_waiting = NGX_CONF_UNSET;

    p->grant_type.in = NGX_HTTP_OAUTH_TOKEN_IN_UNSET;
    p->scope.in = NGX_HTTP_OAUTH_TOKEN_IN_UNSET;

    ngx_str_set(&p->grant_type.name, "grant_type");
    ngx_str_set(&p->scope.name, "scope");

    return p;
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


/*
 * grant_type and scope.  A preset fills in only what the block leaves open,
 * so its "in=" also holds for the user's value.
 */

char *
ngx_http_oauth_token_provider_flagged(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_uint_t                        in;
    ngx_http_oauth_token_field_t     *field;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;
    field = (ngx_http_oauth_token_field_t *) ((u_char *) p + cmd->offset);

    if (field->value.set && !p->trusted) {
        return "is duplicate";
    }

    in = NGX_HTTP_OAUTH_TOKEN_IN_UNSET;

    if (cf->args->nelts == 3
        && ngx_http_oauth_token_provider_in(cf, &args[2], &in) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (field->in == NGX_HTTP_OAUTH_TOKEN_IN_UNSET) {
        field->in = in;
    }

    if (field->value.set) {
        return NGX_CONF_OK;
    }

    if (args[1].len == 0 && !p->trusted) {
        return "has an empty value";
    }

    if (ngx_http_oauth_token_value_compile(cf, &args[0], &args[1],
                              ngx_http_oauth_token_provider_allowed(p, 0),
                              &p->slots, &field->value)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (!ngx_http_oauth_token_header_value(field->value.text.data,
                                           field->value.text.len))
    {
        return "has a control character in its value";
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_oauth_token_provider_allowed(ngx_http_oauth_token_provider_t *p,
    ngx_uint_t allowed)
{
    return allowed | NGX_HTTP_OAUTH_TOKEN_VALUE_UUID
           | (p->trusted ? NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT : 0);
}


static ngx_int_t
ngx_http_oauth_token_provider_in(ngx_conf_t *cf, ngx_str_t *arg,
    ngx_uint_t *in)
{
    if (ngx_strcmp(arg->data, "in=body") == 0) {
        *in = NGX_HTTP_OAUTH_TOKEN_IN_BODY;
        return NGX_OK;
    }

    if (ngx_strcmp(arg->data, "in=query") == 0) {
        *in = NGX_HTTP_OAUTH_TOKEN_IN_QUERY;
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid last argument of \"%V\", it must be "
                       "\"in=body\" or \"in=query\"",
                       (ngx_str_t *) cf->args->elts);

    return NGX_ERROR;
}


char *
ngx_http_oauth_token_provider_auth(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                            *args, *name;
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

        if (m->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC) {

            if (ngx_strcmp(args[i].data, "encode=form") == 0) {
                continue;
            }

            if (ngx_strcmp(args[i].data, "encode=none") == 0) {
                p->auth_encode = 0;
                continue;
            }
        }

        name = NULL;

        if (m->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS) {
            if (ngx_strncmp(args[i].data, "id=", 3) == 0) {
                name = &p->auth_id;
                name->data = args[i].data + 3;
                name->len = args[i].len - 3;

            } else if (ngx_strncmp(args[i].data, "secret=", 7) == 0) {
                name = &p->auth_secret;
                name->data = args[i].data + 7;
                name->len = args[i].len - 7;
            }
        }

        if (name == NULL
            || (m->in == NGX_HTTP_OAUTH_TOKEN_IN_HEADER
                && !ngx_http_oauth_token_header_name(name->data, name->len))
            || name->len == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid option \"%V\" of \"client_auth %V\"",
                               &args[i], &m->name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_provider_parameter(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_http_oauth_token_field_t     *field;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;

    if (args[1].len == 0) {
        return "has an empty name";
    }

    if (ngx_http_oauth_token_provider_find(&p->parameters, &args[1])) {
        if (p->trusted) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate \"parameter %V\"", &args[1]);
        return NGX_CONF_ERROR;
    }

    field = ngx_array_push(&p->parameters);
    if (field == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(field, sizeof(ngx_http_oauth_token_field_t));

    field->name = args[1];
    field->in = NGX_HTTP_OAUTH_TOKEN_IN_UNSET;

    if (cf->args->nelts == 4
        && ngx_http_oauth_token_provider_in(cf, &args[3], &field->in)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_oauth_token_value_compile(cf, &args[0], &args[2],
                              ngx_http_oauth_token_provider_allowed(p, 0),
                              &p->slots, &field->value)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * request_header, upstream_header, inject_header, and header, which is the
 * first two.
 */

char *
ngx_http_oauth_token_provider_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;

    if (cmd->offset == offsetof(ngx_http_oauth_token_provider_t, inject)) {

        if (p->inject.value.set) {
            return "is duplicate";
        }

        if (ngx_http_oauth_token_provider_header_name(cf, &p->inject, &args[1])
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        return ngx_http_oauth_token_value_compile(cf, &args[0], &args[2],
                                          NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN
                                          |NGX_HTTP_OAUTH_TOKEN_VALUE_UUID,
                                          NULL, &p->inject.value)
                   == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    if (cmd->offset == offsetof(ngx_http_oauth_token_provider_t, headers)
        && args[1].len == 4
        && ngx_strcasecmp(args[1].data, (u_char *) "host") == 0)
    {
        if (p->host_header.len) {
            return "is duplicate";
        }

        p->host_header = args[2];

        if (args[2].len == 0 || ngx_http_script_variables_count(&args[2])) {
            return "must give \"Host\" a text without variables";
        }

        return NGX_CONF_OK;
    }

    if (cmd->offset != offsetof(ngx_http_oauth_token_provider_t,
                                upstream_headers)
        && ngx_http_oauth_token_provider_add_header(cf, p, &p->headers,
                              ngx_http_oauth_token_provider_allowed(p, 0))
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (cmd->offset == offsetof(ngx_http_oauth_token_provider_t, headers)) {
        return NGX_CONF_OK;
    }

    return ngx_http_oauth_token_provider_add_header(cf, p,
               &p->upstream_headers,
               ngx_http_oauth_token_provider_allowed(p,
                   cmd->offset ? NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN : 0))
               == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_provider_add_header(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_array_t *headers,
    ngx_uint_t allowed)
{
    ngx_str_t                     *args;
    ngx_http_oauth_token_field_t  *field, header;

    args = cf->args->elts;

    ngx_memzero(&header, sizeof(ngx_http_oauth_token_field_t));

    header.in = NGX_HTTP_OAUTH_TOKEN_IN_HEADER;

    if (ngx_http_oauth_token_provider_header_name(cf, &header, &args[1])
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_oauth_token_provider_find(headers, &args[1])) {
        if (p->trusted) {
            return NGX_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate header \"%V\" "
                           "in \"%V\"", &args[1], &args[0]);
        return NGX_ERROR;
    }

    /* any of them may be a key: no word of it in messages */

    if (ngx_http_oauth_token_value_compile(cf, &args[0], &args[2], allowed,
                                           &p->slots, &header.value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ngx_http_oauth_token_header_value(header.value.text.data,
                                           header.value.text.len))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "control character in the value of \"%V %V\"",
                           &args[0], &args[1]);
        return NGX_ERROR;
    }

    field = ngx_array_push(headers);
    if (field == NULL) {
        return NGX_ERROR;
    }

    *field = header;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_provider_header_name(ngx_conf_t *cf,
    ngx_http_oauth_token_field_t *field, ngx_str_t *name)
{
    ngx_str_t  *own;

    if (!ngx_http_oauth_token_header_name(name->data, name->len)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid header name \"%V\" in \"%V\"", name,
                           (ngx_str_t *) cf->args->elts);
        return NGX_ERROR;
    }

    for (own = ngx_http_oauth_token_own_headers; own->len; own++) {
        if (own->len == name->len
            && ngx_strncasecmp(own->data, name->data, own->len) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "header \"%V\" in \"%V\" is set by nginx",
                               name, (ngx_str_t *) cf->args->elts);
            return NGX_ERROR;
        }
    }

    field->name = *name;
    field->in = NGX_HTTP_OAUTH_TOKEN_IN_HEADER;

    field->lowcase.len = name->len;
    field->lowcase.data = ngx_pnalloc(cf->pool, name->len);
    if (field->lowcase.data == NULL) {
        return NGX_ERROR;
    }

    field->hash = ngx_hash_strlow(field->lowcase.data, name->data, name->len);

    return NGX_OK;
}


/* header names know no case, and no two parameters differ by it alone */

static ngx_http_oauth_token_field_t *
ngx_http_oauth_token_provider_find(ngx_array_t *fields, ngx_str_t *name)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {
        if (field[i].name.len == name->len
            && ngx_strncasecmp(field[i].name.data, name->data, name->len) == 0)
        {
            return &field[i];
        }
    }

    return NULL;
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
            return "is duplicate";
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
ngx_http_oauth_token_provider_token_field(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                         *args;
    ngx_uint_t                         i;
    const char                       **fields;
    ngx_http_oauth_token_provider_t   *p = conf;

    if (p->rules.token_fields) {
        return "is duplicate";
    }

    fields = ngx_palloc(cf->pool, cf->args->nelts * sizeof(char *));
    if (fields == NULL) {
        return NGX_CONF_ERROR;
    }

    args = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (args[i].len == 0) {
            return "has an empty value";
        }

        fields[i - 1] = (char *) args[i].data;
    }

    fields[i - 1] = NULL;

    p->rules.token_fields = fields;

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_provider_expires_field(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf)
{
    ngx_str_t                        *args;
    ngx_uint_t                        i;
    ngx_http_oauth_token_provider_t  *p = conf;

    if (p->rules.expires_field) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (args[1].len == 0) {
        return "has an empty value";
    }

    p->rules.expires_field = (char *) args[1].data;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    for (i = 0; ngx_http_oauth_token_units[i].name.len; i++) {
        if (ngx_strcmp(ngx_http_oauth_token_units[i].name.data, args[2].data)
            == 0)
        {
            p->rules.expires_unit = ngx_http_oauth_token_units[i].unit;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid \"%V\" in \"expires_field\", it must be "
                       "\"unit=s\", \"unit=ms\", \"unit=epoch\", "
                       "\"unit=epoch_ms\" or \"unit=iso8601\"", &args[2]);

    return NGX_CONF_ERROR;
}


char *
ngx_http_oauth_token_provider_lifetime(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args, time;
    ngx_int_t                         ms;
    ngx_uint_t                        i, n;
    ngx_http_oauth_token_provider_t  *p = conf;

    struct {
        ngx_str_t   name;
        int64_t    *ms;
    } limits[] = {
        { ngx_string("default="), &p->rules.lifetime.by_default },
        { ngx_string("min="), &p->rules.lifetime.min },
        { ngx_string("max="), &p->rules.lifetime.max }
    };

    if (p->rules.lifetime.by_default || p->rules.lifetime.min
        || p->rules.lifetime.max)
    {
        return "is duplicate";
    }

    args = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        for (n = 0; n < 3; n++) {
            if (ngx_strncmp(args[i].data, limits[n].name.data,
                            limits[n].name.len)
                == 0)
            {
                break;
            }
        }

        ms = NGX_ERROR;

        if (n < 3 && *limits[n].ms == 0) {
            time.data = args[i].data + limits[n].name.len;
            time.len = args[i].len - limits[n].name.len;

            ms = ngx_parse_time(&time, 0);
        }

        if (ms == NGX_ERROR || ms == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid \"%V\" in \"token_lifetime\", it "
                               "takes default=TIME, min=TIME and max=TIME",
                               &args[i]);
            return NGX_CONF_ERROR;
        }

        *limits[n].ms = ms;
    }

    return NGX_CONF_OK;
}
