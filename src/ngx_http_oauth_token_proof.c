
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_proof.h"

#include "ngx_http_oauth_token_assertion.h"
#include "ngx_http_oauth_token_grants.h"
#include "ngx_http_oauth_token_signing.h"


static ngx_int_t ngx_http_oauth_token_proof_try(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_assertion_e what);
static ngx_int_t ngx_http_oauth_token_proof_unused(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t jwt, ngx_uint_t key);
static ngx_int_t ngx_http_oauth_token_proof_with_key(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_proof_with_secret(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_proof_sent(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t client, ngx_uint_t grant);
static ngx_int_t ngx_http_oauth_token_proof_issuer(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static const char *ngx_http_oauth_token_proof_use(
    ngx_http_oauth_token_provider_t *p);


ngx_int_t
ngx_http_oauth_token_proof_check(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t  key, secret, grant, named;

    key = (p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_KEY_JWT);
    secret = (p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_SECRET_JWT);
    grant = (p->grant && p->grant->assertion);
    named = (p->named_request
             & ngx_http_oauth_token_bit(NGX_HTTP_OAUTH_TOKEN_NAMED_ASSERTION))
            != 0;

    if (ngx_http_oauth_token_proof_unused(cf, p,
                                          key || secret || grant || named,
                                          key || grant || named)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (p->signing.lifetime == NGX_CONF_UNSET) {
        p->signing.lifetime = NGX_HTTP_OAUTH_TOKEN_ASSERTION_LIFETIME;
    }

    if ((key || grant || named)
        && ngx_http_oauth_token_proof_with_key(cf, p) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (secret && ngx_http_oauth_token_proof_with_secret(cf, p) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_oauth_token_proof_sent(cf, p, key || secret, grant) != NGX_OK
        || ((grant || named)
            && ngx_http_oauth_token_proof_issuer(cf, p) != NGX_OK)
        || ((key || (secret && p->client_secret.parts == NULL))
            && ngx_http_oauth_token_proof_try(cf, p,
                                     NGX_HTTP_OAUTH_TOKEN_ASSERTION_CLIENT)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    return grant || named
           ? ngx_http_oauth_token_proof_try(cf, p,
                                         NGX_HTTP_OAUTH_TOKEN_ASSERTION_GRANT)
           : NGX_OK;
}


/* one that nobody gets: what can go wrong with it does so now */

static ngx_int_t
ngx_http_oauth_token_proof_try(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_assertion_e what)
{
    ngx_int_t                         rc;
    ngx_str_t                         text;
    ngx_http_oauth_token_bindings_t   bindings;

    ngx_memzero(&bindings, sizeof(ngx_http_oauth_token_bindings_t));

    bindings.slots = ngx_pcalloc(cf->temp_pool,
                                 (p->slots.nelts + 1) * sizeof(ngx_str_t));
    if (bindings.slots == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_oauth_token_assertion(cf->temp_pool, p, &bindings, what,
                                        &text);
    if (rc == NGX_OK) {
        ngx_explicit_memzero(text.data, text.len);
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "provider \"%V\" %s", &p->name,
                       rc == NGX_DECLINED
                           ? "has a claim or a header of its JWT that is not "
                             "UTF-8"
                           : "cannot sign a JWT");
    return NGX_ERROR;
}


/* what nothing comes of is a mistake */

static ngx_int_t
ngx_http_oauth_token_proof_unused(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t jwt, ngx_uint_t key)
{
    const char  *directive;

    directive = NULL;

    if (!key && p->signing.key) {
        directive = "signing_key";

    } else if (!jwt && p->signing.claims.nelts) {
        directive = "assertion_claim";

    } else if (!jwt && p->signing.lifetime != NGX_CONF_UNSET) {
        directive = "assertion_lifetime";
    }

    if (directive == NULL) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%s\" of provider \"%V\" needs \"client_auth "
                       "private_key_jwt\"%s, \"grant_type jwt_bearer\" or "
                       "\"$oauth_token_assertion\" in its token requests",
                       directive, &p->name,
                       p->signing.key ? "" : ", \"client_secret_jwt\"");

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_proof_with_key(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_http_oauth_token_signing_t  *s;

    s = &p->signing;

    if (s->key == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" needs \"signing_key\" (%s)",
                           &p->name,
                           ngx_http_oauth_token_proof_use(p));
        return NGX_ERROR;
    }

    if (p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_KEY_JWT && s->auth_alg) {

        if (s->alg && s->alg != s->auth_alg) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "provider \"%V\" has \"alg=%s\" in "
                               "\"signing_key\" and \"alg=%s\" in "
                               "\"client_auth\"", &p->name, s->alg->name,
                               s->auth_alg->name);
            return NGX_ERROR;
        }

        s->alg = s->auth_alg;
    }

    if (s->alg == NULL) {
        s->alg = ngx_http_oauth_token_signer_alg(s->key);
    }

    return ngx_http_oauth_token_signing_fits(cf, p);
}


static ngx_int_t
ngx_http_oauth_token_proof_with_secret(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_http_oauth_token_signing_t  *s;

    s = &p->signing;

    if (s->auth_alg == NULL) {
        s->auth_alg = ngx_http_oauth_token_alg((u_char *) "HS256", 5);
    }

    /* RFC 7518, section 3.2, wants more; many providers give less */

    if (p->client_secret.parts == NULL
        && p->client_secret.text.len < s->auth_alg->hash_len)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"client_secret\" of provider \"%V\" is shorter "
                           "than the %uz bytes that %s should have",
                           &p->name, s->auth_alg->hash_len,
                           s->auth_alg->name);
    }

    return NGX_OK;
}


/* there is a place for them, and no other parameter in it */

static ngx_int_t
ngx_http_oauth_token_proof_sent(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t client, ngx_uint_t grant)
{
    ngx_uint_t                     i, n;
    ngx_http_oauth_token_field_t  *field;

    struct {
        const char  *name;
        ngx_uint_t   sent;
    } own[] = {
        { "client_assertion", client },
        { "client_assertion_type", client },
        { "assertion", grant }
    };

    if ((client || grant) && p->format == NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has no body (body_format none) "
                           "for \"%s\"", &p->name,
                           client ? "client_assertion" : "assertion");
        return NGX_ERROR;
    }

    field = p->parameters.elts;

    for (i = 0; i < p->parameters.nelts; i++) {
        for (n = 0; n < sizeof(own) / sizeof(own[0]); n++) {

            if (own[n].sent
                && ngx_strcmp(field[i].name.data, own[n].name) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"parameter %V\" of provider \"%V\" is "
                                   "sent already", &field[i].name, &p->name);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* RFC 7523, section 3, point 1 */

static ngx_int_t
ngx_http_oauth_token_proof_issuer(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *claim;

    if (p->client_id.set) {
        return NGX_OK;
    }

    claim = p->signing.claims.elts;

    for (i = 0; i < p->signing.claims.nelts; i++) {
        if (ngx_strcmp(claim[i].name.data, "iss") == 0) {
            return NGX_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "provider \"%V\" needs \"assertion_claim iss\" or "
                       "\"client_id\" (%s)", &p->name,
                       ngx_http_oauth_token_proof_use(p));

    return NGX_ERROR;
}


/* what a JWT with the key is for */

static const char *
ngx_http_oauth_token_proof_use(ngx_http_oauth_token_provider_t *p)
{
    if (p->grant && p->grant->assertion) {
        return "grant_type jwt_bearer";
    }

    return p->auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_KEY_JWT
               ? "client_auth private_key_jwt" : "$oauth_token_assertion";
}
