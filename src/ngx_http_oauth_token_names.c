
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_names.h"

#include "ngx_http_oauth_token_apply.h"
#include "ngx_http_oauth_token_compute.h"
#include "ngx_http_oauth_token_params.h"


static ngx_int_t ngx_http_oauth_token_names_inject(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_uint_t ngx_http_oauth_token_names_has_token(
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_field_t *field);
static ngx_int_t ngx_http_oauth_token_names_auth(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_uint_t ngx_http_oauth_token_names_is(
    ngx_http_oauth_token_field_t *field, ngx_str_t *name);
static ngx_int_t ngx_http_oauth_token_names_parameters(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_uint_t ngx_http_oauth_token_names_in_object(
    ngx_http_oauth_token_provider_t *p, ngx_uint_t i);


ngx_int_t
ngx_http_oauth_token_names(ngx_conf_t *cf, ngx_http_oauth_token_provider_t *p)
{
    if (ngx_http_oauth_token_names_inject(cf, p) != NGX_OK
        || ngx_http_oauth_token_names_auth(cf, p) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_names_parameters(cf, p);
}


/* the token goes upstream, and in one header of that name */

static ngx_int_t
ngx_http_oauth_token_names_inject(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                     i, sent;
    ngx_http_oauth_token_field_t  *field;

    sent = ngx_http_oauth_token_names_has_token(p, &p->inject);
    field = p->upstream_headers.elts;

    for (i = 0; i < p->upstream_headers.nelts; i++) {
        sent |= ngx_http_oauth_token_names_has_token(p, &field[i]);

        if (field[i].name.len == p->inject.name.len
            && ngx_strncasecmp(field[i].name.data, p->inject.name.data,
                               p->inject.name.len)
               == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "header \"%V\" of provider \"%V\" is what "
                               "\"inject_header\" sets", &field[i].name,
                               &p->name);
            return NGX_ERROR;
        }
    }

    if (!sent) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"inject_header\" of provider \"%V\" needs "
                           "\"$oauth_access_token\" in its value", &p->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_oauth_token_names_has_token(ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_field_t *field)
{
    ngx_uint_t                    i;
    ngx_http_oauth_token_part_t  *part;

    if (field->value.parts == NULL) {
        return 0;
    }

    part = field->value.parts->elts;

    for (i = 0; i < field->value.parts->nelts; i++) {
        if (part[i].kind == NGX_HTTP_OAUTH_TOKEN_PART_TOKEN
            || (part[i].kind == NGX_HTTP_OAUTH_TOKEN_PART_NAMED
                && part[i].slot >= NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE
                && ngx_http_oauth_token_compute_of_token(p, part[i].slot)))
        {
            return 1;
        }
    }

    return 0;
}


/* id= and secret= of client_auth */

static ngx_int_t
ngx_http_oauth_token_names_auth(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t   i, bad;
    ngx_str_t   *names[] = { &p->auth_id, &p->auth_secret };

    if (p->auth->kind != NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS) {
        return NGX_OK;
    }

    bad = ngx_strcasecmp(names[0]->data, names[1]->data) == 0;

    if (p->auth->in != NGX_HTTP_OAUTH_TOKEN_IN_HEADER) {

        for (i = 0; i < 2; i++) {
            bad |= ngx_http_oauth_token_names_is(&p->grant_type, names[i])
                   || ngx_http_oauth_token_names_is(&p->scope, names[i]);
        }

    } else {

        for (i = 0; i < 2; i++) {
            bad |= ngx_http_oauth_token_params_own(names[i])
                   || ngx_strcasecmp(names[i]->data, (u_char *) "Host") == 0
                   || ngx_http_oauth_token_apply_has(&p->headers,
                                                   (char *) names[i]->data);
        }
    }

    if (!bad) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"client_auth\" of provider \"%V\" cannot use the "
                       "names \"%V\" and \"%V\"", &p->name, names[0],
                       names[1]);

    return NGX_ERROR;
}


static ngx_uint_t
ngx_http_oauth_token_names_is(ngx_http_oauth_token_field_t *field,
    ngx_str_t *name)
{
    return field->value.set && field->name.len == name->len
           && ngx_strncmp(field->name.data, name->data, name->len) == 0;
}


/*
 * No name may be sent twice: RFC 6749, section 3.2; and no client shows who it
 * is in two ways: section 2.3.
 */

static ngx_int_t
ngx_http_oauth_token_names_parameters(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                     i, n, fields, basic, sent;
    ngx_http_oauth_token_field_t  *field;

    static ngx_str_t  secret = ngx_string("client_secret");
    static ngx_str_t  assertion = ngx_string("client_assertion");

    fields = (p->auth->in != NGX_HTTP_OAUTH_TOKEN_IN_HEADER);
    basic = (p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC);

    struct {
        ngx_str_t   *name;
        ngx_uint_t   sent;
    } others[] = {
        { &p->grant_type.name, p->grant_type.value.set },
        { &p->scope.name, p->scope.value.set },
        { &p->auth_id, fields && p->client_id.set },
        { &p->auth_secret, fields && p->client_secret.set },
        { &secret, basic },
        { &assertion, basic }
    };

    field = p->parameters.elts;

    for (i = 0; i < p->parameters.nelts; i++) {
        sent = ngx_http_oauth_token_names_in_object(p, i);

        for (n = 0; n < sizeof(others) / sizeof(others[0]); n++) {
            sent |= others[n].sent && others[n].name->len == field[i].name.len
                    && ngx_strncmp(others[n].name->data, field[i].name.data,
                                   field[i].name.len)
                       == 0;
        }

        if (sent) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"parameter %V\" of provider \"%V\" is "
                               "sent already", &field[i].name, &p->name);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* an object has no room for a second parameter of a name */

static ngx_uint_t
ngx_http_oauth_token_names_in_object(ngx_http_oauth_token_provider_t *p,
    ngx_uint_t i)
{
    ngx_uint_t                     n;
    ngx_http_oauth_token_field_t  *field;

    field = p->parameters.elts;

    for (n = 0; n < i; n++) {
        if (p->format == NGX_HTTP_OAUTH_TOKEN_FORMAT_JSON
            && field[n].in != NGX_HTTP_OAUTH_TOKEN_IN_QUERY
            && field[i].in != NGX_HTTP_OAUTH_TOKEN_IN_QUERY
            && ngx_http_oauth_token_names_is(&field[n], &field[i].name))
        {
            return 1;
        }
    }

    return 0;
}
