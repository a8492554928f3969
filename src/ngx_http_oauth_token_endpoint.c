
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_endpoint.h"


static ngx_int_t ngx_http_oauth_token_endpoint_server(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf);
static ngx_int_t ngx_http_oauth_token_endpoint_add_server(
    ngx_http_conf_ctx_t *ctx);
static ngx_int_t ngx_http_oauth_token_endpoint_create_loc(ngx_conf_t *cf,
    ngx_http_conf_ctx_t *ctx);


ngx_int_t
ngx_http_oauth_token_endpoint_create(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_provider_t *provider)
{
    u_char                           *p;
    ngx_http_conf_ctx_t              *ctx;
    ngx_http_core_loc_conf_t         *clcf, *pclcf;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    if (mcf->server == NULL
        && (ngx_http_oauth_token_endpoint_server(cf, mcf) != NGX_OK
            || ngx_http_oauth_token_endpoint_add_server(mcf->server)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    ctx = ngx_pcalloc(cf->pool, sizeof(ngx_http_conf_ctx_t));
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->main_conf = mcf->server->main_conf;
    ctx->srv_conf = mcf->server->srv_conf;

    if (ngx_http_oauth_token_endpoint_create_loc(cf, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    /* nginx compares names of locations with the byte behind them */

    p = ngx_pnalloc(cf->pool, provider->name.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];

    clcf->loc_conf = ctx->loc_conf;
    clcf->name.data = p;
    clcf->name.len = provider->name.len + 1;
    clcf->exact_match = 1;
    clcf->internal = 1;

    *p++ = '/';
    p = ngx_cpymem(p, provider->name.data, provider->name.len);
    *p = '\0';

    lcf = ctx->loc_conf[ngx_http_oauth_token_module.ctx_index];
    lcf->endpoint = provider;

    provider->ctx = ctx;

    pclcf = mcf->server->loc_conf[ngx_http_core_module.ctx_index];

    return ngx_http_add_location(cf, &pclcf->locations, clcf);
}


static ngx_int_t
ngx_http_oauth_token_endpoint_server(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf)
{
    void                 *conf;
    ngx_uint_t            i;
    ngx_http_module_t    *module;
    ngx_http_conf_ctx_t  *ctx, *http_ctx;

    http_ctx = cf->ctx;

    ctx = ngx_pcalloc(cf->pool, sizeof(ngx_http_conf_ctx_t));
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->main_conf = http_ctx->main_conf;

    ctx->srv_conf = ngx_pcalloc(cf->pool, sizeof(void *) * ngx_http_max_module);
    if (ctx->srv_conf == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; cf->cycle->modules[i]; i++) {
        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE) {
            continue;
        }

        module = cf->cycle->modules[i]->ctx;

        if (module->create_srv_conf == NULL) {
            continue;
        }

        conf = module->create_srv_conf(cf);
        if (conf == NULL) {
            return NGX_ERROR;
        }

        ctx->srv_conf[cf->cycle->modules[i]->ctx_index] = conf;
    }

    mcf->server = ctx;

    return ngx_http_oauth_token_endpoint_create_loc(cf, ctx);
}


/* what ngx_http_core_server() does, but for the default listen */

static ngx_int_t
ngx_http_oauth_token_endpoint_add_server(ngx_http_conf_ctx_t *ctx)
{
    ngx_http_core_srv_conf_t   *cscf, **cscfp;
    ngx_http_core_main_conf_t  *cmcf;

    cscf = ctx->srv_conf[ngx_http_core_module.ctx_index];
    cscf->ctx = ctx;

    cmcf = ctx->main_conf[ngx_http_core_module.ctx_index];

    cscfp = ngx_array_push(&cmcf->servers);
    if (cscfp == NULL) {
        return NGX_ERROR;
    }

    *cscfp = cscf;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_endpoint_create_loc(ngx_conf_t *cf,
    ngx_http_conf_ctx_t *ctx)
{
    void               *conf;
    ngx_uint_t          i;
    ngx_http_module_t  *module;

    ctx->loc_conf = ngx_pcalloc(cf->pool, sizeof(void *) * ngx_http_max_module);
    if (ctx->loc_conf == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; cf->cycle->modules[i]; i++) {
        if (cf->cycle->modules[i]->type != NGX_HTTP_MODULE) {
            continue;
        }

        module = cf->cycle->modules[i]->ctx;

        if (module->create_loc_conf == NULL) {
            continue;
        }

        conf = module->create_loc_conf(cf);
        if (conf == NULL) {
            return NGX_ERROR;
        }

        ctx->loc_conf[cf->cycle->modules[i]->ctx_index] = conf;
    }

    return NGX_OK;
}
