
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_apart.h"

#include "ngx_http_oauth_token_ctx.h"

#include <ngx_md5.h>


#if (NGX_HTTP_CACHE)

static ngx_int_t ngx_http_oauth_token_apart_add(ngx_conf_t *cf,
    ngx_http_upstream_conf_t *conf);
static size_t ngx_http_oauth_token_apart_code(ngx_http_script_engine_t *e);
static void ngx_http_oauth_token_apart_mix(ngx_http_request_t *r,
    ngx_http_oauth_token_want_t *want);


/* modules that cache; the configuration of each begins with an upstream's */
static const char  *ngx_http_oauth_token_apart_modules[] = {
    "ngx_http_proxy_module",
    "ngx_http_fastcgi_module",
    "ngx_http_scgi_module",
    "ngx_http_uwsgi_module"
};


/* a value of nothing, for whose length a function of ours is called */
static uintptr_t  ngx_http_oauth_token_apart_lengths[] = {
    (uintptr_t) ngx_http_oauth_token_apart_code, (uintptr_t) NULL
};

static uintptr_t  ngx_http_oauth_token_apart_values[] = { (uintptr_t) NULL };

#endif


ngx_int_t
ngx_http_oauth_token_apart_init(ngx_conf_t *cf,
    ngx_http_oauth_token_loc_conf_t *lcf)
{
#if (NGX_HTTP_CACHE)

    ngx_uint_t                 i, n;
    ngx_module_t             **modules;
    ngx_http_conf_ctx_t       *ctx;
    ngx_http_upstream_conf_t  *conf;

    if (lcf->provider == NULL && lcf->name == NULL) {
        return NGX_OK;
    }

    ctx = cf->ctx;
    modules = cf->cycle->modules;

    n = sizeof(ngx_http_oauth_token_apart_modules) / sizeof(char *);

    for ( /* void */ ; *modules; modules++) {

        for (i = 0; i < n; i++) {
            if (ngx_strcmp((*modules)->name,
                           ngx_http_oauth_token_apart_modules[i])
                != 0)
            {
                continue;
            }

            conf = ctx->loc_conf[(*modules)->ctx_index];

            if (conf->cache == 1
                && ngx_http_oauth_token_apart_add(cf, conf) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

#endif

    return NGX_OK;
}


#if (NGX_HTTP_CACHE)

/* the array may be that of the location around: a new one */

static ngx_int_t
ngx_http_oauth_token_apart_add(ngx_conf_t *cf, ngx_http_upstream_conf_t *conf)
{
    ngx_uint_t                 n;
    ngx_array_t               *values;
    ngx_http_complex_value_t  *value;

    n = conf->cache_bypass ? conf->cache_bypass->nelts : 0;

    values = ngx_array_create(cf->pool, n + 1,
                              sizeof(ngx_http_complex_value_t));
    if (values == NULL) {
        return NGX_ERROR;
    }

    /* the first: nginx stops at one that holds something */

    value = ngx_array_push_n(values, n + 1);

    ngx_memzero(value, sizeof(ngx_http_complex_value_t));

    value->lengths = ngx_http_oauth_token_apart_lengths;
    value->values = ngx_http_oauth_token_apart_values;

    if (n) {
        ngx_memcpy(value + 1, conf->cache_bypass->elts,
                   n * sizeof(ngx_http_complex_value_t));
    }

    conf->cache_bypass = values;

    return NGX_OK;
}


static size_t
ngx_http_oauth_token_apart_code(ngx_http_script_engine_t *e)
{
    ngx_http_request_t          *r;
    ngx_http_oauth_token_ctx_t  *ctx;

    e->ip += sizeof(uintptr_t);
    r = e->request;

    ctx = ngx_http_get_module_ctx(r, ngx_http_oauth_token_module);

    if (ctx && ctx->on && r->cache) {
        ngx_http_oauth_token_apart_mix(r, &ctx->want);
    }

    return 0;
}


/*
 * The key of a token is random but for its zone: it tells nothing of secrets to
 * those who see the cache, and is another after a new start.  The name of a
 * provider without variables is enough, and its cache stays.
 */

static void
ngx_http_oauth_token_apart_mix(ngx_http_request_t *r,
    ngx_http_oauth_token_want_t *want)
{
    ngx_md5_t                         md5;
    ngx_http_cache_t                 *c;
    ngx_http_oauth_token_provider_t  *provider;

    c = r->cache;
    provider = want->provider;

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, c->key, NGX_HTTP_CACHE_KEY_LEN);

    if (provider->slots.nelts) {
        ngx_md5_update(&md5, want->token->key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    } else {
        ngx_md5_update(&md5, provider->name.data, provider->name.len);
    }

    ngx_md5_final(c->key, &md5);

    ngx_memcpy(c->main, c->key, NGX_HTTP_CACHE_KEY_LEN);
}

#endif
