
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_key.h"

#include "ngx_http_oauth_token_digest.h"
#include "ngx_http_oauth_token_jose.h"


static int ngx_http_oauth_token_key_begin(EVP_MD_CTX *md,
    ngx_http_oauth_token_provider_t *provider, u_char *base);
static int ngx_http_oauth_token_key_value(EVP_MD_CTX *md,
    ngx_http_oauth_token_value_t *value);
static int ngx_http_oauth_token_key_fields(EVP_MD_CTX *md,
    ngx_http_oauth_token_field_t *field, ngx_uint_t n);
static int ngx_http_oauth_token_key_named(EVP_MD_CTX *md,
    ngx_http_oauth_token_provider_t *p);
static int ngx_http_oauth_token_key_provider(EVP_MD_CTX *md,
    ngx_http_oauth_token_provider_t *p);
static int ngx_http_oauth_token_key_signing(EVP_MD_CTX *md,
    ngx_http_oauth_token_signing_t *signing);
static int ngx_http_oauth_token_key_endpoint(EVP_MD_CTX *md,
    ngx_http_oauth_token_provider_t *p);


ngx_int_t
ngx_http_oauth_token_key_init(ngx_http_oauth_token_provider_t *provider)
{
    int          ok;
    u_char       name[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    EVP_MD_CTX  *md;

    md = EVP_MD_CTX_new();
    if (md == NULL) {
        return NGX_ERROR;
    }

    ok = EVP_DigestInit_ex(md, EVP_sha256(), NULL)
         && ngx_http_oauth_token_key_provider(md, provider)
         && EVP_DigestFinal_ex(md, provider->digest, NULL)
         && EVP_DigestInit_ex(md, EVP_sha256(), NULL)
         && ngx_http_oauth_token_key_endpoint(md, provider)
         && EVP_DigestFinal_ex(md, provider->endpoint_key, NULL)
         && EVP_DigestInit_ex(md, EVP_sha256(), NULL)
         && ngx_http_oauth_token_digest_bytes(md, provider->name.data,
                                              provider->name.len)
         && EVP_DigestFinal_ex(md, name, NULL);

    EVP_MD_CTX_free(md);

    if (!ok) {
        return NGX_ERROR;
    }

    ngx_memcpy(&provider->group, name, sizeof(provider->group));
    provider->group |= 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_key_add(ngx_http_oauth_token_provider_t *provider,
    const void *data, size_t len)
{
    int          ok;
    EVP_MD_CTX  *md;

    md = EVP_MD_CTX_new();
    if (md == NULL) {
        return NGX_ERROR;
    }

    ok = EVP_DigestInit_ex(md, EVP_sha256(), NULL)
         && ngx_http_oauth_token_digest_bytes(md, provider->digest,
                                              sizeof(provider->digest))
         && ngx_http_oauth_token_digest_bytes(md, data, len)
         && EVP_DigestFinal_ex(md, provider->digest, NULL);

    EVP_MD_CTX_free(md);

    return ok ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_oauth_token_key_seal(ngx_http_oauth_token_provider_t *provider)
{
    int          ok;
    EVP_MD_CTX  *md;

    md = EVP_MD_CTX_new();
    if (md == NULL) {
        return NGX_ERROR;
    }

    ok = ngx_http_oauth_token_key_begin(md, provider, provider->digest)
         && EVP_DigestFinal_ex(md, provider->key, NULL);

    EVP_MD_CTX_free(md);

    return ok ? NGX_OK : NGX_ERROR;
}


static int
ngx_http_oauth_token_key_begin(EVP_MD_CTX *md,
    ngx_http_oauth_token_provider_t *provider, u_char *base)
{
    return EVP_DigestInit_ex(md, EVP_sha256(), NULL)
           && EVP_DigestUpdate(md,
                        ngx_http_oauth_token_store_salt(provider->zone->store),
                               NGX_HTTP_OAUTH_TOKEN_SALT_LEN)
           && EVP_DigestUpdate(md, base, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);
}


/* all of it by name, as the structure also holds pointers and paddings */

static int
ngx_http_oauth_token_key_provider(EVP_MD_CTX *md,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t          i;
    const char *const  *field;

    ngx_str_t  *strings[] = {
        &p->name, &p->host_header, &p->auth_id, &p->auth_secret
    };

    int64_t  numbers[] = {
        p->method, p->auth->kind, p->auth->in, p->auth_encode, p->format,
        p->rules.expires_unit, p->rules.lifetime.by_default,
        p->rules.lifetime.min, p->rules.lifetime.max, p->expiry_leeway,
        p->transport.nelts
    };

    for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        if (!ngx_http_oauth_token_digest_bytes(md, strings[i]->data,
                                               strings[i]->len))
        {
            return 0;
        }
    }

    if (!ngx_http_oauth_token_digest_bytes(md, numbers, sizeof(numbers))) {
        return 0;
    }

    if (!ngx_http_oauth_token_key_endpoint(md, p)) {
        return 0;
    }

    for (field = p->rules.token_fields; *field; field++) {
        if (!ngx_http_oauth_token_digest_text(md, *field)) {
            return 0;
        }
    }

    return ngx_http_oauth_token_digest_text(md, p->rules.expires_field)
           && ngx_http_oauth_token_key_value(md, &p->client_id)
           && ngx_http_oauth_token_key_value(md, &p->client_secret)
           && ngx_http_oauth_token_key_fields(md, &p->grant_type, 1)
           && ngx_http_oauth_token_key_fields(md, &p->scope, 1)
           && ngx_http_oauth_token_key_fields(md, p->grant_fields.elts,
                                              p->grant_fields.nelts)
           && ngx_http_oauth_token_key_signing(md, &p->signing)
           && ngx_http_oauth_token_key_fields(md, p->parameters.elts,
                                              p->parameters.nelts)
           && ngx_http_oauth_token_key_fields(md, p->headers.elts,
                                              p->headers.nelts)
           && ngx_http_oauth_token_key_named(md, p);
}


/* what is kept with a token, and what its request may be computed from */

static int
ngx_http_oauth_token_key_named(EVP_MD_CTX *md,
    ngx_http_oauth_token_provider_t *p)
{
    uint64_t                         function;
    ngx_uint_t                       i;
    ngx_http_oauth_token_rule_t     *rule;
    ngx_http_oauth_token_compute_t  *compute;

    for (rule = p->rules.captures; rule->name; rule++) {
        if (!ngx_http_oauth_token_digest_text(md, rule->name)
            || !ngx_http_oauth_token_digest_text(md, rule->path))
        {
            return 0;
        }
    }

    compute = p->computes.elts;

    for (i = 0; i < p->computes.nelts; i++) {
        function = compute[i].function * 2 + compute[i].base64;

        if (!ngx_http_oauth_token_digest_bytes(md, compute[i].name.data,
                                               compute[i].name.len)
            || !ngx_http_oauth_token_digest_bytes(md, &function,
                                                  sizeof(function))
            || !ngx_http_oauth_token_key_value(md, &compute[i].text)
            || !ngx_http_oauth_token_key_value(md, &compute[i].key))
        {
            return 0;
        }
    }

    return 1;
}


/* how long a JWT is valid makes no other token */

static int
ngx_http_oauth_token_key_signing(EVP_MD_CTX *md,
    ngx_http_oauth_token_signing_t *signing)
{
    ngx_uint_t                      i;
    ngx_http_oauth_token_member_t  *header;

    if (!ngx_http_oauth_token_digest_text(md, signing->alg ? signing->alg->name
                                                        : "")
        || !ngx_http_oauth_token_digest_text(md, signing->auth_alg
                                              ? signing->auth_alg->name : "")
        || !ngx_http_oauth_token_digest_bytes(md, signing->digest,
                                              sizeof(signing->digest))
        || !ngx_http_oauth_token_key_fields(md, signing->claims.elts,
                                            signing->claims.nelts))
    {
        return 0;
    }

    header = signing->headers.elts;

    for (i = 0; i < signing->headers.nelts; i++) {
        if (!ngx_http_oauth_token_digest_bytes(md, header[i].name,
                                               header[i].name_len)
            || !ngx_http_oauth_token_digest_bytes(md, header[i].value,
                                                  header[i].value_len))
        {
            return 0;
        }
    }

    return 1;
}


/* where it is, and the way there */

static int
ngx_http_oauth_token_key_endpoint(EVP_MD_CTX *md,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_str_t   *word;
    ngx_uint_t   i;

    if (!ngx_http_oauth_token_digest_bytes(md, p->scheme.data, p->scheme.len)
        || !ngx_http_oauth_token_digest_bytes(md, p->host.data, p->host.len)
        || !ngx_http_oauth_token_key_value(md, &p->uri))
    {
        return 0;
    }

    word = p->transport.elts;

    for (i = 0; i < p->transport.nelts; i++) {
        if (!ngx_http_oauth_token_digest_bytes(md, word[i].data, word[i].len)) {
            return 0;
        }
    }

    return 1;
}


static int
ngx_http_oauth_token_key_fields(EVP_MD_CTX *md,
    ngx_http_oauth_token_field_t *field, ngx_uint_t n)
{
    uint64_t    in;
    ngx_uint_t  i;

    in = n;

    if (!ngx_http_oauth_token_digest_bytes(md, &in, sizeof(in))) {
        return 0;
    }

    for (i = 0; i < n; i++) {
        in = field[i].in;

        if (!ngx_http_oauth_token_digest_bytes(md, field[i].name.data,
                                               field[i].name.len)
            || !ngx_http_oauth_token_digest_bytes(md, &in, sizeof(in))
            || !ngx_http_oauth_token_key_value(md, &field[i].value))
        {
            return 0;
        }
    }

    return 1;
}


/* a value with variables counts as its text here, what they hold as slots */

static int
ngx_http_oauth_token_key_value(EVP_MD_CTX *md,
    ngx_http_oauth_token_value_t *value)
{
    uint64_t  kind;

    kind = !value->set ? 0 : value->parts ? 2 : 1;

    return ngx_http_oauth_token_digest_bytes(md, &kind, sizeof(kind))
           && ngx_http_oauth_token_digest_bytes(md, value->text.data,
                                                value->text.len);
}


u_char *
ngx_http_oauth_token_key(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *slots, u_char *dst)
{
    int          ok;
    size_t       len;
    ngx_uint_t   i, n;
    EVP_MD_CTX  *md;

    n = provider->slots.nelts;

    for (len = 0, i = 0; i < n; i++) {
        len += slots[i].len;
    }

    if (len == 0) {
        return provider->key;
    }

    md = EVP_MD_CTX_new();
    if (md == NULL) {
        return NULL;
    }

    ok = ngx_http_oauth_token_key_begin(md, provider, provider->key);

    for (i = 0; ok && i < n; i++) {
        ok = ngx_http_oauth_token_digest_bytes(md, slots[i].data, slots[i].len);
    }

    ok = ok && EVP_DigestFinal_ex(md, dst, NULL);

    EVP_MD_CTX_free(md);

    return ok ? dst : NULL;
}
