
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_signing.h"

#include "ngx_http_oauth_token_jose.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_value.h"


/* what may stand in the value of a claim */
#define NGX_HTTP_OAUTH_TOKEN_SIGNING_MAY                                      \
    (NGX_HTTP_OAUTH_TOKEN_VALUE_UUID|NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT)


static ngx_int_t ngx_http_oauth_token_signing_read(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_str_t *pem);
static ngx_int_t ngx_http_oauth_token_signing_failed(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static void ngx_http_oauth_token_signing_cleanup(void *data);
static ngx_int_t ngx_http_oauth_token_signing_option(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_str_t *arg);
static ngx_uint_t ngx_http_oauth_token_signing_may(ngx_str_t *claim);
static ngx_uint_t ngx_http_oauth_token_signing_has(
    ngx_http_oauth_token_provider_t *p, ngx_str_t *name);
static ngx_int_t ngx_http_oauth_token_signing_header(
    ngx_http_oauth_token_provider_t *p, ngx_str_t *name, ngx_str_t *arg);


/* options of signing_key that are members of the header */
static ngx_str_t  ngx_http_oauth_token_signing_headers[] = {
    ngx_string("kid"),
    ngx_string("x5t"),
    ngx_string("x5t#S256"),
    ngx_null_string
};


/* claims with one value, RFC 7519, section 4.1 */
static ngx_str_t  ngx_http_oauth_token_signing_single[] = {
    ngx_string("iss"),
    ngx_string("sub"),
    ngx_string("exp"),
    ngx_string("nbf"),
    ngx_string("iat"),
    ngx_string("jti"),
    ngx_null_string
};


char *
ngx_http_oauth_token_signing_key(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_uint_t                        i;
    ngx_http_oauth_token_value_t      value;
    ngx_http_oauth_token_provider_t  *p = conf;

    if (p->signing.key) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (ngx_http_oauth_token_value_compile(cf, &args[0], &args[1],
                                           NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET,
                                           NULL, &value)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_oauth_token_signing_read(cf, p, &value.text) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_oauth_token_signing_option(cf, p, &args[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return p->signing.alg == NULL
           || ngx_http_oauth_token_signing_fits(cf, p) == NGX_OK
               ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_signing_read(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_str_t *pem)
{
    const char          *err;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL) {
        return NGX_ERROR;
    }

    if (!EVP_Digest(pem->data, pem->len, p->signing.digest, NULL, EVP_sha256(),
                    NULL))
    {
        return ngx_http_oauth_token_signing_failed(cf, p);
    }

    p->signing.key = ngx_http_oauth_token_signer_read(pem->data, pem->len,
                                                      &err);
    if (p->signing.key == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"signing_key\" of provider \"%V\" %s", &p->name,
                           err);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_oauth_token_signing_cleanup;
    cln->data = p;

    p->signing.pkey = ngx_http_oauth_token_pkey_pack(p->signing.key);

    return p->signing.pkey ? NGX_OK
                           : ngx_http_oauth_token_signing_failed(cf, p);
}


static ngx_int_t
ngx_http_oauth_token_signing_failed(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "OpenSSL has failed with \"signing_key\" of provider "
                       "\"%V\"", &p->name);

    return NGX_ERROR;
}


static void
ngx_http_oauth_token_signing_cleanup(void *data)
{
    ngx_http_oauth_token_provider_t *p = data;

    ngx_http_oauth_token_signing_free(p);
    ngx_http_oauth_token_secret_free(p->signing.pkey);
}


void
ngx_http_oauth_token_signing_free(ngx_http_oauth_token_provider_t *p)
{
    if (p->signing.key) {
        EVP_PKEY_free(p->signing.key);
        p->signing.key = NULL;

        /* OpenSSL's decoders give the key's DER back as it is */

        ngx_http_oauth_token_secret_scrub();
    }
}


static ngx_int_t
ngx_http_oauth_token_signing_option(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_str_t *arg)
{
    ngx_str_t  *name;

    if (ngx_strncmp(arg->data, "alg=", 4) == 0 && p->signing.alg == NULL) {
        p->signing.alg = ngx_http_oauth_token_alg(arg->data + 4, arg->len - 4);

        if (p->signing.alg
            && p->signing.alg->kind != NGX_HTTP_OAUTH_TOKEN_ALG_HMAC)
        {
            return NGX_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown \"%V\" in \"signing_key\", it must be "
                           NGX_HTTP_OAUTH_TOKEN_ALG_KEYS, arg);
        return NGX_ERROR;
    }

    for (name = ngx_http_oauth_token_signing_headers; name->len; name++) {
        if (arg->len > name->len + 1 && arg->data[name->len] == '='
            && ngx_strncmp(arg->data, name->data, name->len) == 0
            && !ngx_http_oauth_token_signing_has(p, name))
        {
            return ngx_http_oauth_token_signing_header(p, name, arg);
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid option \"%V\" of \"signing_key\"", arg);

    return NGX_ERROR;
}


static ngx_uint_t
ngx_http_oauth_token_signing_has(ngx_http_oauth_token_provider_t *p,
    ngx_str_t *name)
{
    ngx_uint_t                      i;
    ngx_http_oauth_token_member_t  *member;

    member = p->signing.headers.elts;

    for (i = 0; i < p->signing.headers.nelts; i++) {
        if (member[i].name == name->data) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_oauth_token_signing_header(ngx_http_oauth_token_provider_t *p,
    ngx_str_t *name, ngx_str_t *arg)
{
    ngx_http_oauth_token_member_t  *member;

    member = ngx_array_push(&p->signing.headers);
    if (member == NULL) {
        return NGX_ERROR;
    }

    member->name = name->data;
    member->name_len = name->len;
    member->value = arg->data + name->len + 1;
    member->value_len = arg->len - name->len - 1;
    member->number = 0;

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_signing_fits(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    if (ngx_http_oauth_token_signer_fits(p->signing.key, p->signing.alg)) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"signing_key\" of provider \"%V\" must be %s for "
                       "\"alg=%s\"", &p->name, p->signing.alg->key,
                       p->signing.alg->name);

    return NGX_ERROR;
}


/* whom a token is for must not be left out because a variable is empty */

static ngx_uint_t
ngx_http_oauth_token_signing_may(ngx_str_t *claim)
{
    ngx_uint_t  may;

    may = NGX_HTTP_OAUTH_TOKEN_SIGNING_MAY;

    if (ngx_strcmp(claim->data, "iss") == 0
        || ngx_strcmp(claim->data, "sub") == 0
        || ngx_strcmp(claim->data, "aud") == 0)
    {
        may |= NGX_HTTP_OAUTH_TOKEN_VALUE_REQUIRED;
    }

    return may;
}


char *
ngx_http_oauth_token_signing_claim(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args, *single;
    ngx_uint_t                        i;
    ngx_http_oauth_token_field_t     *field;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;
    field = p->signing.claims.elts;

    if (args[1].len == 0) {
        return "has an empty name";
    }

    for (i = 0; i < p->signing.claims.nelts; i++) {

        if (ngx_strcmp(field[i].name.data, args[1].data) != 0) {
            continue;
        }

        single = ngx_http_oauth_token_signing_single;

        for ( /* void */ ; single->len; single++) {
            if (ngx_strcmp(single->data, args[1].data) == 0) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "duplicate \"assertion_claim %V\"",
                                   &args[1]);
                return NGX_CONF_ERROR;
            }
        }
    }

    field = ngx_array_push(&p->signing.claims);
    if (field == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(field, sizeof(ngx_http_oauth_token_field_t));

    field->name = args[1];

    return ngx_http_oauth_token_value_compile(cf, &args[0], &args[2],
                                              ngx_http_oauth_token_signing_may(
                                                                   &args[1]),
                                      &p->slots, &field->value)
               == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_oauth_token_signing_lifetime(ngx_conf_t *cf, void *post, void *data)
{
    time_t *lifetime = data;

    return *lifetime >= 1 && *lifetime <= NGX_HTTP_OAUTH_TOKEN_ASSERTION_MAX
               ? NGX_CONF_OK : "must be between 1s and 1h";
}
