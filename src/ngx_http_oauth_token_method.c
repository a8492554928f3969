
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_method.h"

#include "ngx_http_oauth_token_form.h"


static ngx_int_t ngx_http_oauth_token_method_option(
    ngx_http_oauth_token_provider_t *p, ngx_str_t *arg);
static ngx_int_t ngx_http_oauth_token_method_alg(
    ngx_http_oauth_token_provider_t *p, ngx_str_t *arg);


/* the methods of client_auth */
static const ngx_http_oauth_token_method_t  ngx_http_oauth_token_methods[] = {

    { ngx_string("client_secret_basic"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC, NGX_HTTP_OAUTH_TOKEN_IN_HEADER, 0 },

    { ngx_string("client_secret_post"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS, NGX_HTTP_OAUTH_TOKEN_IN_BODY, 0 },

    { ngx_string("client_secret_header"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS, NGX_HTTP_OAUTH_TOKEN_IN_HEADER, 0 },

    { ngx_string("client_secret_query"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS, NGX_HTTP_OAUTH_TOKEN_IN_QUERY, 0 },

    { ngx_string("client_secret_jwt"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_SECRET_JWT, NGX_HTTP_OAUTH_TOKEN_IN_BODY, 0 },

    { ngx_string("private_key_jwt"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_KEY_JWT, NGX_HTTP_OAUTH_TOKEN_IN_BODY, 0 },

    { ngx_string("tls_client_auth"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_ID, NGX_HTTP_OAUTH_TOKEN_IN_BODY, 1 },

    { ngx_string("none"),
      NGX_HTTP_OAUTH_TOKEN_AUTH_ID, NGX_HTTP_OAUTH_TOKEN_IN_BODY, 0 },

    { ngx_null_string, 0, 0, 0 }
};


char *
ngx_http_oauth_token_method_use(ngx_conf_t *cf, ngx_command_t *cmd,
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
                           "\"client_secret_query\", \"client_secret_jwt\", "
                           "\"private_key_jwt\", \"tls_client_auth\" or "
                           "\"none\"", &args[1]);
        return NGX_CONF_ERROR;
    }

    p->auth = m;
    p->auth_encode = 1;

    ngx_str_set(&p->auth_id, "client_id");
    ngx_str_set(&p->auth_secret, "client_secret");

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_oauth_token_method_option(p, &args[i]) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid option \"%V\" of \"client_auth %V\"",
                               &args[i], &m->name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_method_option(ngx_http_oauth_token_provider_t *p,
    ngx_str_t *arg)
{
    ngx_str_t  *name, value;

    if (p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC) {
        p->auth_encode = (ngx_strcmp(arg->data, "encode=form") == 0);

        return (p->auth_encode || ngx_strcmp(arg->data, "encode=none") == 0)
                   ? NGX_OK : NGX_ERROR;
    }

    if (p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_SECRET_JWT
        || p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_KEY_JWT)
    {
        return ngx_http_oauth_token_method_alg(p, arg);
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


static ngx_int_t
ngx_http_oauth_token_method_alg(ngx_http_oauth_token_provider_t *p,
    ngx_str_t *arg)
{
    ngx_uint_t                         secret;
    const ngx_http_oauth_token_alg_t  *alg;

    if (ngx_strncmp(arg->data, "alg=", 4) != 0 || p->signing.auth_alg) {
        return NGX_ERROR;
    }

    alg = ngx_http_oauth_token_alg(arg->data + 4, arg->len - 4);
    secret = (p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_SECRET_JWT);

    if (alg == NULL
        || secret != (alg->kind == NGX_HTTP_OAUTH_TOKEN_ALG_HMAC))
    {
        return NGX_ERROR;
    }

    p->signing.auth_alg = alg;

    return NGX_OK;
}
