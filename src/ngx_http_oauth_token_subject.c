
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_subject.h"

#include "ngx_http_oauth_token_grants.h"
#include "ngx_http_oauth_token_json.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_value.h"
#include "ngx_http_oauth_token_wipe.h"


/* a subject token is not the only thing in it, bytes */
#define NGX_HTTP_OAUTH_TOKEN_SUBJECT_POOL  1024


static ngx_http_oauth_token_value_t *ngx_http_oauth_token_subject_value(
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_subject_exp(
    ngx_http_oauth_token_value_t *value, ngx_str_t *slots, double *exp);


void
ngx_http_oauth_token_subject_limit(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *slots, ngx_http_oauth_token_result_t *result)
{
    double                         exp, left;
    ngx_http_oauth_token_value_t  *value;

    if (result->outcome != NGX_HTTP_OAUTH_TOKEN_OK) {
        return;
    }

    value = ngx_http_oauth_token_subject_value(provider);

    if (value == NULL) {
        return;
    }

    if (ngx_http_oauth_token_subject_exp(value, slots, &exp) != NGX_OK) {

        /* only the provider knows its end: it is asked with it each time */

        if (value->parts && result->refresh) {
            ngx_http_oauth_token_secret_free(result->refresh);
            result->refresh = NULL;
        }

        return;
    }

    left = (exp - (double) ngx_time()) * 1000;

    if (left <= 0) {
        ngx_http_oauth_token_result_free(result);
        ngx_http_oauth_token_result_failed(result,
                                           NGX_HTTP_OAUTH_TOKEN_REFUSED,
                                           "subject_expired");
        return;
    }

    if (left < (double) result->lifetime) {
        result->lifetime = (int64_t) left;
    }
}


/* of the directive or of a parameter; NULL: there is none */

static ngx_http_oauth_token_value_t *
ngx_http_oauth_token_subject_value(ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t                     i, n;
    ngx_array_t                   *arrays[] = { &provider->grant_fields,
                                                &provider->parameters };
    ngx_http_oauth_token_field_t  *field;

    /* also when it was written as an URN */

    if (!ngx_http_oauth_token_grants_exchange(&provider->grant_type.value)) {
        return NULL;
    }

    for (n = 0; n < sizeof(arrays) / sizeof(arrays[0]); n++) {
        field = arrays[n]->elts;

        for (i = 0; i < arrays[n]->nelts; i++) {
            if (ngx_strcmp(field[i].name.data, "subject_token") == 0) {
                return &field[i].value;
            }
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_oauth_token_subject_exp(ngx_http_oauth_token_value_t *value,
    ngx_str_t *slots, double *exp)
{
    ngx_int_t                         rc;
    ngx_str_t                         token;
    ngx_pool_t                       *pool;
    ngx_http_oauth_token_bindings_t   bindings;

    pool = ngx_create_pool(NGX_HTTP_OAUTH_TOKEN_SUBJECT_POOL, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&bindings, sizeof(ngx_http_oauth_token_bindings_t));

    bindings.slots = slots;

    rc = ngx_http_oauth_token_wipe_pool(pool);

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_value_render(pool, value, &bindings, &token);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_json_jwt_exp((char *) token.data, token.len,
                                               exp)
             == 0 ? NGX_OK : NGX_DECLINED;
    }

    ngx_destroy_pool(pool);

    return rc;
}
