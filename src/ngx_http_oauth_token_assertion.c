
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_assertion.h"

#include "ngx_http_oauth_token_body.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_grants.h"
#include "ngx_http_oauth_token_jose.h"
#include "ngx_http_oauth_token_secret.h"


/* a JWT while it is put together */
typedef struct {
    ngx_pool_t                        *pool;
    ngx_http_oauth_token_provider_t   *provider;
    ngx_http_oauth_token_bindings_t   *bindings;
    ngx_http_oauth_token_assertion_e   what;
    ngx_array_t                       *own;      /* NULL: no claims */
    ngx_array_t                        claims;   /* of members */
} ngx_http_oauth_token_assertion_t;


typedef struct {
    ngx_str_t      name;
    ngx_uint_t     grant;    /* also in that of a grant */
    ngx_int_t    (*get)(ngx_http_oauth_token_assertion_t *a, ngx_str_t *text);
} ngx_http_oauth_token_default_claim_t;


static ngx_int_t ngx_http_oauth_token_assertion_claims(
    ngx_http_oauth_token_assertion_t *a);
static ngx_uint_t ngx_http_oauth_token_assertion_has(
    ngx_http_oauth_token_assertion_t *a, const ngx_str_t *name);
static ngx_int_t ngx_http_oauth_token_assertion_add(
    ngx_http_oauth_token_assertion_t *a, const ngx_str_t *name,
    ngx_str_t *value);
static ngx_int_t ngx_http_oauth_token_assertion_sign(
    ngx_http_oauth_token_assertion_t *a, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_assertion_signer(
    ngx_http_oauth_token_assertion_t *a,
    ngx_http_oauth_token_signer_t *signer);
static ngx_int_t ngx_http_oauth_token_assertion_id(
    ngx_http_oauth_token_assertion_t *a, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_assertion_aud(
    ngx_http_oauth_token_assertion_t *a, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_assertion_iat(
    ngx_http_oauth_token_assertion_t *a, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_assertion_exp(
    ngx_http_oauth_token_assertion_t *a, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_assertion_time(
    ngx_http_oauth_token_assertion_t *a, time_t time, ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_assertion_jti(
    ngx_http_oauth_token_assertion_t *a, ngx_str_t *text);


ngx_str_t  ngx_http_oauth_token_assertion_types[2] = {
    ngx_string("client_assertion_type"),
    ngx_string("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
};


/*
 * RFC 7523, section 3; for a grant the subject is somebody else, whom only the
 * user can name.
 */
static const ngx_http_oauth_token_default_claim_t
    ngx_http_oauth_token_default_claims[] =
{
    { ngx_string("iss"), 1, ngx_http_oauth_token_assertion_id },
    { ngx_string("sub"), 0, ngx_http_oauth_token_assertion_id },
    { ngx_string("aud"), 1, ngx_http_oauth_token_assertion_aud },
    { ngx_string("iat"), 1, ngx_http_oauth_token_assertion_iat },
    { ngx_string("exp"), 1, ngx_http_oauth_token_assertion_exp },
    { ngx_string("jti"), 1, ngx_http_oauth_token_assertion_jti },
    { ngx_null_string, 0, NULL }
};


/* claims whose value is a NumericDate, RFC 7519, section 4.1 */
static ngx_str_t  ngx_http_oauth_token_numeric_claims[] = {
    ngx_string("iat"),
    ngx_string("exp"),
    ngx_string("nbf"),
    ngx_null_string
};


ngx_int_t
ngx_http_oauth_token_assertion(ngx_pool_t *pool,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_bindings_t *bindings,
    ngx_http_oauth_token_assertion_e what, ngx_str_t *text)
{
    ngx_http_oauth_token_assertion_t  a;

    a.pool = pool;
    a.provider = provider;
    a.bindings = bindings;
    a.what = what;
    a.own = &provider->signing.claims;

    if (what == NGX_HTTP_OAUTH_TOKEN_ASSERTION_CLIENT
        && ((provider->grant && provider->grant->assertion)
            || (provider->named_request
                & ngx_http_oauth_token_bit(
                                      NGX_HTTP_OAUTH_TOKEN_NAMED_ASSERTION))))
    {
        a.own = NULL;
    }

    if (ngx_array_init(&a.claims, pool, 8,
                       sizeof(ngx_http_oauth_token_member_t)) != NGX_OK
        || ngx_http_oauth_token_assertion_claims(&a) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_assertion_sign(&a, text);
}


static ngx_int_t
ngx_http_oauth_token_assertion_claims(ngx_http_oauth_token_assertion_t *a)
{
    ngx_str_t                                    text;
    ngx_uint_t                                   i;
    ngx_http_oauth_token_field_t                *field;
    const ngx_http_oauth_token_default_claim_t  *claim;

    for (claim = ngx_http_oauth_token_default_claims; claim->get; claim++) {

        if ((a->what == NGX_HTTP_OAUTH_TOKEN_ASSERTION_GRANT && !claim->grant)
            || ngx_http_oauth_token_assertion_has(a, &claim->name))
        {
            continue;
        }

        if (claim->get(a, &text) != NGX_OK
            || ngx_http_oauth_token_assertion_add(a, &claim->name, &text)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (a->own == NULL) {
        return NGX_OK;
    }

    field = a->own->elts;

    for (i = 0; i < a->own->nelts; i++) {
        if (ngx_http_oauth_token_value_render(a->pool, &field[i].value,
                                              a->bindings, &text)
            != NGX_OK
            || ngx_http_oauth_token_assertion_add(a, &field[i].name, &text)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_oauth_token_assertion_has(ngx_http_oauth_token_assertion_t *a,
    const ngx_str_t *name)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    if (a->own == NULL) {
        return 0;
    }

    field = a->own->elts;

    for (i = 0; i < a->own->nelts; i++) {
        if (field[i].name.len == name->len
            && ngx_strncmp(field[i].name.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* what is empty is left out */

static ngx_int_t
ngx_http_oauth_token_assertion_add(ngx_http_oauth_token_assertion_t *a,
    const ngx_str_t *name, ngx_str_t *value)
{
    ngx_str_t                      *numeric;
    ngx_http_oauth_token_member_t  *member;

    if (value->len == 0) {
        return NGX_OK;
    }

    member = ngx_array_push(&a->claims);
    if (member == NULL) {
        return NGX_ERROR;
    }

    member->name = name->data;
    member->name_len = name->len;
    member->value = value->data;
    member->value_len = value->len;
    member->number = 0;

    numeric = ngx_http_oauth_token_numeric_claims;

    for ( /* void */ ; numeric->len; numeric++) {
        if (numeric->len == name->len
            && ngx_strncmp(numeric->data, name->data, name->len) == 0)
        {
            member->number = 1;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_assertion_sign(ngx_http_oauth_token_assertion_t *a,
    ngx_str_t *text)
{
    int                             invalid;
    char                           *jws;
    size_t                          len;
    ngx_int_t                       rc;
    ngx_array_t                    *headers;
    ngx_http_oauth_token_jwt_t      jwt;
    ngx_http_oauth_token_signer_t   signer;

    rc = ngx_http_oauth_token_assertion_signer(a, &signer);
    if (rc != NGX_OK) {
        return rc;
    }

    headers = &a->provider->signing.headers;

    /* they speak of the key */

    jwt.signer = &signer;
    jwt.header = headers->elts;
    jwt.nheader = signer.key ? headers->nelts : 0;
    jwt.claims = a->claims.elts;
    jwt.nclaims = a->claims.nelts;

    jws = ngx_http_oauth_token_jose_jwt(&jwt, &len, &invalid);

    EVP_PKEY_free(signer.key);

    if (jws == NULL) {
        return invalid ? NGX_DECLINED : NGX_ERROR;
    }

    text->len = len;
    text->data = ngx_pnalloc(a->pool, len);

    if (text->data) {
        ngx_memcpy(text->data, jws, len);
    }

    ngx_http_oauth_token_secret_free(jws);

    return text->data ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_assertion_signer(ngx_http_oauth_token_assertion_t *a,
    ngx_http_oauth_token_signer_t *signer)
{
    ngx_str_t                        secret;
    ngx_http_oauth_token_provider_t  *p;

    p = a->provider;

    ngx_memzero(signer, sizeof(ngx_http_oauth_token_signer_t));

    if (a->what == NGX_HTTP_OAUTH_TOKEN_ASSERTION_GRANT
        || p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_KEY_JWT)
    {
        signer->alg = p->signing.alg;
        signer->key = ngx_http_oauth_token_pkey_unpack(p->signing.pkey);

        return signer->key ? NGX_OK : NGX_ERROR;
    }

    if (ngx_http_oauth_token_value_render(a->pool, &p->client_secret,
                                          a->bindings, &secret)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (secret.len == 0) {

        /* anybody could sign so */

        return NGX_DECLINED;
    }

    signer->alg = p->signing.auth_alg;
    signer->secret = secret.data;
    signer->secret_len = secret.len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_assertion_id(ngx_http_oauth_token_assertion_t *a,
    ngx_str_t *text)
{
    ngx_str_null(text);

    return a->provider->client_id.set
               ? ngx_http_oauth_token_value_render(a->pool,
                                                   &a->provider->client_id,
                                                   a->bindings, text)
               : NGX_OK;
}


/* the token endpoint as it is configured, which providers compare by bytes */

static ngx_int_t
ngx_http_oauth_token_assertion_aud(ngx_http_oauth_token_assertion_t *a,
    ngx_str_t *text)
{
    return ngx_http_oauth_token_body_endpoint(a->pool, a->provider,
                                              a->bindings, text);
}


static ngx_int_t
ngx_http_oauth_token_assertion_iat(ngx_http_oauth_token_assertion_t *a,
    ngx_str_t *text)
{
    return ngx_http_oauth_token_assertion_time(a, ngx_time(), text);
}


static ngx_int_t
ngx_http_oauth_token_assertion_exp(ngx_http_oauth_token_assertion_t *a,
    ngx_str_t *text)
{
    return ngx_http_oauth_token_assertion_time(a,
                              ngx_time() + a->provider->signing.lifetime, text);
}


static ngx_int_t
ngx_http_oauth_token_assertion_time(ngx_http_oauth_token_assertion_t *a,
    time_t time, ngx_str_t *text)
{
    text->data = ngx_pnalloc(a->pool, NGX_TIME_T_LEN);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_sprintf(text->data, "%T", time) - text->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_assertion_jti(ngx_http_oauth_token_assertion_t *a,
    ngx_str_t *text)
{
    text->len = NGX_HTTP_OAUTH_TOKEN_UUID_LEN;
    text->data = ngx_pnalloc(a->pool, text->len);

    return text->data != NULL && ngx_http_oauth_token_uuid(text->data) == 0
               ? NGX_OK : NGX_ERROR;
}
