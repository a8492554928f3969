
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_params.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_value.h"


static ngx_int_t ngx_http_oauth_token_params_in(ngx_conf_t *cf,
    ngx_str_t *arg, ngx_uint_t *in);
static char *ngx_http_oauth_token_params_host(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_params_one(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_array_t *headers,
    ngx_http_oauth_token_field_t *header);
static ngx_int_t ngx_http_oauth_token_params_add(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_array_t *headers,
    ngx_http_oauth_token_field_t *header);
static ngx_int_t ngx_http_oauth_token_params_name(ngx_conf_t *cf,
    ngx_http_oauth_token_field_t *field, ngx_str_t *name);
static ngx_http_oauth_token_field_t *ngx_http_oauth_token_params_find(
    ngx_array_t *fields, ngx_str_t *name);


/* what the values may hold */
#define NGX_HTTP_OAUTH_TOKEN_PARAMS_MAY                                       \
    (NGX_HTTP_OAUTH_TOKEN_VALUE_UUID|NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT        \
     |NGX_HTTP_OAUTH_TOKEN_VALUE_NAMED)


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


/*
 * grant_type and scope.  A preset fills in only what the block leaves open,
 * so its "in=" also holds for the user's value.
 */

char *
ngx_http_oauth_token_params_placed(ngx_conf_t *cf, ngx_command_t *cmd,
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
        && ngx_http_oauth_token_params_in(cf, &args[2], &in) != NGX_OK)
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
                              NGX_HTTP_OAUTH_TOKEN_PARAMS_MAY,
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


static ngx_int_t
ngx_http_oauth_token_params_in(ngx_conf_t *cf, ngx_str_t *arg, ngx_uint_t *in)
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
ngx_http_oauth_token_params_parameter(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_http_oauth_token_field_t     *field;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;

    if (args[1].len == 0) {
        return "has an empty name";
    }

    if (ngx_http_oauth_token_params_find(&p->parameters, &args[1])
        && (p->trusted || !ngx_http_oauth_token_form_repeats(args[1].data)))
    {
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
        && ngx_http_oauth_token_params_in(cf, &args[3], &field->in)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_oauth_token_value_compile(cf, &args[0], &args[2],
                    NGX_HTTP_OAUTH_TOKEN_PARAMS_MAY, &p->slots, &field->value)
               == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_oauth_token_params_inject(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_http_oauth_token_provider_t  *p = conf;

    if (p->inject.value.set) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (ngx_http_oauth_token_params_name(cf, &p->inject, &args[1]) != NGX_OK
        || ngx_http_oauth_token_value_compile(cf, &args[0], &args[2],
                                              NGX_HTTP_OAUTH_TOKEN_PARAMS_MAY
                                            |NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN,
                                              NULL, &p->inject.value)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (!ngx_http_oauth_token_header_value(p->inject.value.text.data,
                                           p->inject.value.text.len))
    {
        return "has a control character in its value";
    }

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_params_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_array_t                      *headers;
    ngx_http_oauth_token_field_t      header;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;
    headers = (ngx_array_t *) ((u_char *) p + cmd->offset);

    if (args[1].len == sizeof("Host") - 1
        && ngx_strcasecmp(args[1].data, (u_char *) "Host") == 0)
    {
        return (headers == &p->headers && cmd->post == NULL)
                   ? ngx_http_oauth_token_params_host(cf, p)
                   : "cannot set \"Host\"";
    }

    if (p->trusted && ngx_http_oauth_token_params_find(headers, &args[1])) {
        return NGX_CONF_OK;
    }

    if (ngx_http_oauth_token_params_one(cf, p, headers, &header) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    /* "header" is both, with what the token request was made with */

    return ngx_http_oauth_token_params_add(cf, p, headers, &header) == NGX_OK
           && (cmd->post == NULL
               || ngx_http_oauth_token_params_add(cf, p, &p->upstream_headers,
                                                  &header)
                  == NGX_OK) ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_oauth_token_params_host(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_str_t  *args;

    if (p->host_header.len) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (args[2].len == 0 || ngx_http_script_variables_count(&args[2])
        || !ngx_http_oauth_token_visible(args[2].data, args[2].len))
    {
        return "must give \"Host\" a name without variables";
    }

    p->host_header = args[2];

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_params_one(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_array_t *headers,
    ngx_http_oauth_token_field_t *header)
{
    ngx_str_t   *args = cf->args->elts;
    ngx_uint_t   upstream = (headers == &p->upstream_headers);

    ngx_memzero(header, sizeof(ngx_http_oauth_token_field_t));

    if (ngx_http_oauth_token_params_name(cf, header, &args[1]) != NGX_OK
        || ngx_http_oauth_token_value_compile(cf, &args[0], &args[2],
                         NGX_HTTP_OAUTH_TOKEN_PARAMS_MAY
                         |(upstream ? NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN : 0),
                         upstream ? NULL : &p->slots, &header->value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ngx_http_oauth_token_header_value(header->value.text.data,
                                           header->value.text.len))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "control character in the value of \"%V\", "
                           "header \"%V\"", &args[0], &args[1]);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_params_add(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_array_t *headers,
    ngx_http_oauth_token_field_t *header)
{
    ngx_http_oauth_token_field_t  *field;

    if (ngx_http_oauth_token_params_find(headers, &header->name)) {
        if (p->trusted) {
            return NGX_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate header \"%V\" in \"%V\"",
                           &header->name, (ngx_str_t *) cf->args->elts);
        return NGX_ERROR;
    }

    field = ngx_array_push(headers);
    if (field == NULL) {
        return NGX_ERROR;
    }

    *field = *header;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_params_name(ngx_conf_t *cf,
    ngx_http_oauth_token_field_t *field, ngx_str_t *name)
{
    if (!ngx_http_oauth_token_header_name(name->data, name->len)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid header name \"%V\" in \"%V\"", name,
                           (ngx_str_t *) cf->args->elts);
        return NGX_ERROR;
    }

    if (ngx_http_oauth_token_params_own(name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "header \"%V\" in \"%V\" is set by nginx",
                           name, (ngx_str_t *) cf->args->elts);
        return NGX_ERROR;
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
ngx_http_oauth_token_params_find(ngx_array_t *fields, ngx_str_t *name)
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


ngx_uint_t
ngx_http_oauth_token_params_own(ngx_str_t *name)
{
    ngx_str_t  *own;

    for (own = ngx_http_oauth_token_own_headers; own->len; own++) {
        if (own->len == name->len
            && ngx_strncasecmp(own->data, name->data, own->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}
