
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_sanity.h"

#include "ngx_http_oauth_token_apply.h"
#include "ngx_http_oauth_token_directive.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_grant.h"
#include "ngx_http_oauth_token_names.h"
#include "ngx_http_oauth_token_presets.h"
#include "ngx_http_oauth_token_proof.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_signing.h"
#include "ngx_http_oauth_token_tree.h"


static ngx_int_t ngx_http_oauth_token_sanity_method(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_sanity_credentials(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_sanity_id(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_sanity_basic(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_sanity_needs(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, const char *directive);
static ngx_int_t ngx_http_oauth_token_sanity_json(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_sanity_tree(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_sanity_pair(ngx_array_t *pairs,
    ngx_str_t *name);
static ngx_int_t ngx_http_oauth_token_sanity_utf8(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_value_t *value);


ngx_int_t
ngx_http_oauth_token_sanity(ngx_conf_t *cf, ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t  i;

    static ngx_int_t  (*checks[])(ngx_conf_t *cf,
                                  ngx_http_oauth_token_provider_t *p) =
    {
        ngx_http_oauth_token_sanity_method,
        ngx_http_oauth_token_grant_check,
        ngx_http_oauth_token_names,
        ngx_http_oauth_token_sanity_credentials,
        ngx_http_oauth_token_proof_check,
        ngx_http_oauth_token_sanity_json
    };

    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (checks[i](cf, p) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_http_oauth_token_signing_free(p);

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_sanity_method(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    if (p->method == NGX_HTTP_GET
        && p->format != NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has a \"body_format\" for "
                           "\"method GET\", which has no body", &p->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_sanity_credentials(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    const ngx_http_oauth_token_method_t  *auth;

    auth = p->auth;

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_ID) {
        return ngx_http_oauth_token_sanity_id(cf, p);
    }

    if (!p->client_id.set) {
        return ngx_http_oauth_token_sanity_needs(cf, p, "client_id");
    }

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_KEY_JWT) {
        return ngx_http_oauth_token_sanity_id(cf, p);
    }

    if (!p->client_secret.set) {
        return ngx_http_oauth_token_sanity_needs(cf, p, "client_secret");
    }

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC) {
        return ngx_http_oauth_token_sanity_basic(cf, p);
    }

    if (auth->in == NGX_HTTP_OAUTH_TOKEN_IN_BODY
        && p->format == NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has no body (body_format none) "
                           "for \"client_auth %V\"", &p->name,
                           &auth->name);
        return NGX_ERROR;
    }

    if (auth->in == NGX_HTTP_OAUTH_TOKEN_IN_QUERY) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "the secret of provider \"%V\" is sent in the URL "
                           "(client_auth client_secret_query), which servers "
                           "may log", &p->name);
    }

    return NGX_OK;
}


/* methods that send no secret */

static ngx_int_t
ngx_http_oauth_token_sanity_id(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    if (p->client_secret.set
        && !(p->named_request
             & ngx_http_oauth_token_bit(NGX_HTTP_OAUTH_TOKEN_NAMED_SECRET)))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "provider \"%V\" does not send its "
                           "\"client_secret\" with \"client_auth %V\"",
                           &p->name, &p->auth->name);
    }

    if (!p->auth->certificate) {
        return NGX_OK;
    }

    if (!p->client_id.set) {
        return ngx_http_oauth_token_sanity_needs(cf, p, "client_id");
    }

    if (!ngx_http_oauth_token_directive_written(p, "proxy_ssl_certificate")) {
        return ngx_http_oauth_token_sanity_needs(cf, p,
                                                 "proxy_ssl_certificate");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_sanity_basic(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_str_t  *id;

    id = &p->client_id.text;

    if (!p->auth_encode
        && ngx_strlchr(id->data, id->data + id->len, ':'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"client_id\" of provider \"%V\" has a \":\" in "
                           "it, which needs \"client_auth client_secret_basic "
                           "encode=form\"", &p->name);
        return NGX_ERROR;
    }

    /* RFC 6749, section 2.3: one method a request */

    if (ngx_http_oauth_token_apply_has(&p->headers, "Authorization")) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has both \"client_auth "
                           "client_secret_basic\" and a header "
                           "\"Authorization\"", &p->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_sanity_needs(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, const char *directive)
{
    if (p->preset) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" needs \"%s\" (preset \"%s\")",
                           &p->name, directive, p->preset->name);
    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" needs \"%s\" "
                           "(client_auth %V)", &p->name, directive,
                           &p->auth->name);
    }

    return NGX_ERROR;
}


/* JSON is UTF-8: found out here, not at the first request */

static ngx_int_t
ngx_http_oauth_token_sanity_json(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                     i, n;
    ngx_array_t                   *arrays[] = { &p->parameters,
                                                &p->grant_fields };
    ngx_http_oauth_token_field_t  *field;

    if (p->format != NGX_HTTP_OAUTH_TOKEN_FORMAT_JSON) {
        return NGX_OK;
    }

    ngx_http_oauth_token_value_t  *values[] = {
        &p->client_id, &p->client_secret, &p->grant_type.value,
        &p->scope.value
    };

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (ngx_http_oauth_token_sanity_utf8(cf, p, values[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    for (n = 0; n < sizeof(arrays) / sizeof(arrays[0]); n++) {
        field = arrays[n]->elts;

        for (i = 0; i < arrays[n]->nelts; i++) {
            if (ngx_http_oauth_token_sanity_utf8(cf, p, &field[i].value)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return ngx_http_oauth_token_sanity_tree(cf, p);
}


/* names that would have to be an object and a string */

static ngx_int_t
ngx_http_oauth_token_sanity_tree(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    char                          *json;
    size_t                         len;
    ngx_uint_t                     i, n;
    ngx_array_t                    pairs;
    ngx_http_oauth_token_field_t  *field;

    ngx_str_t  *names[] = {
        p->grant_type.value.set ? &p->grant_type.name : NULL,
        p->scope.value.set ? &p->scope.name : NULL,
        p->client_id.set ? &p->auth_id : NULL,
        p->client_secret.set ? &p->auth_secret : NULL
    };

    if (ngx_array_init(&pairs, cf->temp_pool, 8,
                       sizeof(ngx_http_oauth_token_pair_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* credentials may go elsewhere */

    n = p->auth->in == NGX_HTTP_OAUTH_TOKEN_IN_BODY ? 4 : 2;

    for (i = 0; i < n; i++) {
        if (names[i] && names[i]->len
            && ngx_http_oauth_token_sanity_pair(&pairs, names[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    field = p->parameters.elts;

    for (i = 0; i < p->parameters.nelts; i++) {
        if (field[i].in == NGX_HTTP_OAUTH_TOKEN_IN_BODY
            && ngx_http_oauth_token_sanity_pair(&pairs, &field[i].name)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    json = ngx_http_oauth_token_tree_body(pairs.elts, pairs.nelts, &len);

    if (json == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has names of parameters that do "
                           "not make up a JSON body", &p->name);
        return NGX_ERROR;
    }

    ngx_http_oauth_token_secret_free(json);

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_sanity_pair(ngx_array_t *pairs, ngx_str_t *name)
{
    ngx_http_oauth_token_pair_t  *pair;

    pair = ngx_array_push(pairs);
    if (pair == NULL) {
        return NGX_ERROR;
    }

    pair->name = name->data;
    pair->name_len = name->len;
    pair->value = (u_char *) "";
    pair->value_len = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_sanity_utf8(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_value_t *value)
{
    char                         *json;
    size_t                        len;
    ngx_http_oauth_token_pair_t   pair;

    if (!value->set) {
        return NGX_OK;
    }

    pair.name = (u_char *) "a";
    pair.name_len = 1;
    pair.value = value->text.data;
    pair.value_len = value->text.len;

    json = ngx_http_oauth_token_tree_body(&pair, 1, &len);

    if (json == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has a value that is not UTF-8, as "
                           "\"body_format json\" needs it", &p->name);
        return NGX_ERROR;
    }

    ngx_http_oauth_token_secret_free(json);

    return NGX_OK;
}
