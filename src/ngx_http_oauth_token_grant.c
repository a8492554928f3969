
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_grant.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_grants.h"
#include "ngx_http_oauth_token_value.h"


/* who gets a token depends on it: it must not be empty */
#define NGX_HTTP_OAUTH_TOKEN_GRANT_MAY                                        \
    (NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT|NGX_HTTP_OAUTH_TOKEN_VALUE_REQUIRED)


/* a directive, which is also the name of its parameter */
typedef struct {
    ngx_str_t     name;
    const char   *grant;
    ngx_uint_t    allowed;   /* in its value */
    ngx_str_t     type;      /* parameter of its option type=; empty: none */
    const char   *with;      /* a directive it is nothing without */
} ngx_http_oauth_token_known_t;


static const ngx_http_oauth_token_known_t *ngx_http_oauth_token_grant_known(
    ngx_str_t *name);
static ngx_http_oauth_token_field_t *ngx_http_oauth_token_grant_find(
    ngx_array_t *fields, const char *name);
static ngx_http_oauth_token_field_t *ngx_http_oauth_token_grant_push(
    ngx_http_oauth_token_provider_t *p, const ngx_str_t *name);
static ngx_int_t ngx_http_oauth_token_grant_type(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p,
    const ngx_http_oauth_token_known_t *known);
static ngx_int_t ngx_http_oauth_token_grant_scope(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_grant_fields(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_grant_needs(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);


static const ngx_http_oauth_token_known_t  ngx_http_oauth_token_known[] = {

    { ngx_string("username"), "password", NGX_HTTP_OAUTH_TOKEN_GRANT_MAY,
      ngx_null_string, "password" },

    { ngx_string("password"), "password",
      NGX_HTTP_OAUTH_TOKEN_GRANT_MAY|NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET,
      ngx_null_string, "username" },

    { ngx_string("subject_token"), "token_exchange",
      NGX_HTTP_OAUTH_TOKEN_GRANT_MAY|NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET,
      ngx_string("subject_token_type"), NULL },

    { ngx_string("actor_token"), "token_exchange",
      NGX_HTTP_OAUTH_TOKEN_GRANT_MAY|NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET,
      ngx_string("actor_token_type"), NULL },

    { ngx_string("requested_token_type"), "token_exchange", 0,
      ngx_null_string, NULL },

    { ngx_null_string, NULL, 0, ngx_null_string, NULL }
};


/* RFC 8693, section 3 */
static ngx_str_t  ngx_http_oauth_token_grant_access_token =
    ngx_string("urn:ietf:params:oauth:token-type:access_token");


char *
ngx_http_oauth_token_grant_field(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                           *args;
    ngx_http_oauth_token_field_t        *field;
    ngx_http_oauth_token_provider_t     *p = conf;
    const ngx_http_oauth_token_known_t  *known;

    args = cf->args->elts;
    known = ngx_http_oauth_token_grant_known(&args[0]);

    if (ngx_http_oauth_token_grant_find(&p->grant_fields,
                                        (char *) args[0].data))
    {
        return "is duplicate";
    }

    if (args[1].len == 0) {
        return "has an empty value";
    }

    field = ngx_http_oauth_token_grant_push(p, &known->name);

    if (field == NULL
        || ngx_http_oauth_token_value_compile(cf, &args[0], &args[1],
                                              known->allowed, &p->slots,
                                              &field->value)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (!ngx_http_oauth_token_header_value(field->value.text.data,
                                           field->value.text.len))
    {
        return "has a control character in its value";
    }

    return ngx_http_oauth_token_grant_type(cf, p, known) == NGX_OK
               ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static const ngx_http_oauth_token_known_t *
ngx_http_oauth_token_grant_known(ngx_str_t *name)
{
    const ngx_http_oauth_token_known_t  *known;

    for (known = ngx_http_oauth_token_known; known->name.len; known++) {
        if (known->name.len == name->len
            && ngx_strncmp(known->name.data, name->data, name->len) == 0)
        {
            return known;
        }
    }

    return NULL;
}


static ngx_http_oauth_token_field_t *
ngx_http_oauth_token_grant_find(ngx_array_t *fields, const char *name)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {
        if (field[i].name.len == ngx_strlen(name)
            && ngx_strncmp(field[i].name.data, name, field[i].name.len) == 0)
        {
            return &field[i];
        }
    }

    return NULL;
}


static ngx_http_oauth_token_field_t *
ngx_http_oauth_token_grant_push(ngx_http_oauth_token_provider_t *p,
    const ngx_str_t *name)
{
    ngx_http_oauth_token_field_t  *field;

    field = ngx_array_push(&p->grant_fields);

    if (field) {
        ngx_memzero(field, sizeof(ngx_http_oauth_token_field_t));

        field->name = *name;
        field->in = NGX_HTTP_OAUTH_TOKEN_IN_UNSET;
    }

    return field;
}


static ngx_int_t
ngx_http_oauth_token_grant_type(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p,
    const ngx_http_oauth_token_known_t *known)
{
    ngx_str_t                     *args;
    ngx_http_oauth_token_field_t  *field;

    if (known->type.len == 0) {
        return NGX_OK;
    }

    args = cf->args->elts;

    field = ngx_http_oauth_token_grant_push(p, &known->type);
    if (field == NULL) {
        return NGX_ERROR;
    }

    field->value.set = 1;
    field->value.text = ngx_http_oauth_token_grant_access_token;

    if (cf->args->nelts == 2) {
        return NGX_OK;
    }

    field->value.text.data = args[2].data + 5;
    field->value.text.len = args[2].len - 5;

    if (ngx_strncmp(args[2].data, "type=", 5) != 0
        || !ngx_http_oauth_token_visible(field->value.text.data,
                                         field->value.text.len))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid last argument of \"%V\", it must be "
                           "\"type=URN\"", &args[0]);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_grant_check(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_http_oauth_token_value_t  *name;

    name = &p->grant_type.value;

    if (name->set && name->parts == NULL) {
        p->grant = ngx_http_oauth_token_grants_find(&name->text);
    }

    if (ngx_http_oauth_token_grant_scope(cf, p) != NGX_OK
        || ngx_http_oauth_token_grant_fields(cf, p) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (p->grant == NULL) {
        return NGX_OK;
    }

    if (ngx_http_oauth_token_grant_needs(cf, p) != NGX_OK) {
        return NGX_ERROR;
    }

    name->text = p->grant->sent;

    return NGX_OK;
}


/* its text now, its variables for each request */

static ngx_int_t
ngx_http_oauth_token_grant_scope(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_slot_t   *slot;

    if (!ngx_http_oauth_token_scope_value(p->scope.value.text.data,
                                          p->scope.value.text.len))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"scope\" of provider \"%V\" has a character "
                           "that no scope may have: a quote, a backslash, or "
                           "one that is not ASCII", &p->name);
        return NGX_ERROR;
    }

    slot = p->slots.elts;

    for (i = 0; i < p->slots.nelts; i++) {
        slot[i].scope = (ngx_strcmp(slot[i].directive.data, "scope") == 0);
    }

    return NGX_OK;
}


/* each with the grant it belongs to, and not twice */

static ngx_int_t
ngx_http_oauth_token_grant_fields(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                           i;
    ngx_http_oauth_token_field_t        *field;
    const ngx_http_oauth_token_known_t  *known;

    field = p->grant_fields.elts;

    for (i = 0; i < p->grant_fields.nelts; i++) {

        if (ngx_http_oauth_token_grant_find(&p->parameters,
                                            (char *) field[i].name.data))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"parameter %V\" of provider \"%V\" is "
                               "sent already", &field[i].name, &p->name);
            return NGX_ERROR;
        }

        known = ngx_http_oauth_token_grant_known(&field[i].name);

        if (known == NULL) {
            continue;
        }

        if (p->grant == NULL
            || ngx_strcmp(p->grant->name.data, known->grant) != 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" of provider \"%V\" needs "
                               "\"grant_type %s\"", &known->name, &p->name,
                               known->grant);
            return NGX_ERROR;
        }

        if (known->with
            && ngx_http_oauth_token_grant_find(&p->grant_fields, known->with)
               == NULL)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "provider \"%V\" needs \"%s\" beside its "
                               "\"%V\"", &p->name, known->with, &known->name);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* it may also be there as a parameter, which a body or a query can have */

static ngx_int_t
ngx_http_oauth_token_grant_needs(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_str_t    needs;
    const char  *name;

    name = p->grant->needs;

    if (name == NULL
        || ngx_http_oauth_token_grant_find(&p->grant_fields, name)
        || ngx_http_oauth_token_grant_find(&p->parameters, name))
    {
        return NGX_OK;
    }

    needs.data = (u_char *) name;
    needs.len = ngx_strlen(name);

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "provider \"%V\" needs \"%s%s\" (grant_type %V)",
                       &p->name,
                       ngx_http_oauth_token_grant_known(&needs) ? ""
                                                                : "parameter ",
                       name, &p->grant->name);

    return NGX_ERROR;
}
