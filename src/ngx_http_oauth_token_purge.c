
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_purge.h"

#include "ngx_http_oauth_token_clear.h"
#include "ngx_http_oauth_token_location.h"


static ngx_int_t ngx_http_oauth_token_purge_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_purge_which(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t **provider);
static ngx_int_t ngx_http_oauth_token_purge_all(
    ngx_http_oauth_token_main_conf_t *mcf);


char *
ngx_http_oauth_token_purge_use(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_oauth_token_loc_conf_t *lcf = conf;

    ngx_str_t                         *args;
    ngx_http_core_loc_conf_t          *clcf;
    ngx_http_oauth_token_main_conf_t  *mcf;

    if (lcf->purge) {
        return "is duplicate";
    }

    lcf->purge = 1;

    args = cf->args->elts;

    if (cf->args->nelts > 1) {

        if (args[1].len == 0) {
            return "has an empty value";
        }

        /* it may be defined further below */

        lcf->purged = args[1];
        lcf->purge_where.file = cf->conf_file->file.name;
        lcf->purge_where.line = cf->conf_file->line;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);
    mcf->used = 1;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_oauth_token_purge_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_purge_handler(ngx_http_request_t *r)
{
    ngx_int_t                          rc;
    ngx_http_oauth_token_provider_t   *provider;
    ngx_http_oauth_token_main_conf_t  *mcf;

    if (!(r->method & (NGX_HTTP_POST|NGX_HTTP_DELETE))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_oauth_token_purge_which(r, &provider);

    if (rc != NGX_OK) {
        return rc;
    }

    if (provider) {
        rc = ngx_http_oauth_token_store_purge(provider->zone->store,
                                              provider->group);
    } else {
        mcf = ngx_http_get_module_main_conf(r, ngx_http_oauth_token_module);
        rc = ngx_http_oauth_token_purge_all(mcf);
    }

    if (rc != NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (provider) {
        ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0,
                      "access tokens purged while handling a request, "
                      "provider: \"%V\"",
                      &provider->name);
    } else {
        ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0,
                      "access tokens purged while handling a request, "
                      "of all providers");
    }

    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;

    return ngx_http_send_header(r);
}


/* NULL: all of them */

static ngx_int_t
ngx_http_oauth_token_purge_which(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t **provider)
{
    ngx_str_t                          name;
    ngx_http_oauth_token_loc_conf_t   *lcf;
    ngx_http_oauth_token_main_conf_t  *mcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);
    mcf = ngx_http_get_module_main_conf(r, ngx_http_oauth_token_module);

    *provider = NULL;

    if (lcf->purged.len) {
        name = lcf->purged;

    } else if (ngx_http_arg(r, (u_char *) "provider", sizeof("provider") - 1,
                            &name)
               != NGX_OK)
    {
        return NGX_OK;
    }

    *provider = ngx_http_oauth_token_location_provider(mcf, &name);

    return *provider ? NGX_OK : NGX_HTTP_NOT_FOUND;
}


static ngx_int_t
ngx_http_oauth_token_purge_all(ngx_http_oauth_token_main_conf_t *mcf)
{
    ngx_int_t                           rc, all;
    ngx_uint_t                          i;
    ngx_http_oauth_token_zone_conf_t  **zone;

    all = NGX_HTTP_OAUTH_TOKEN_STORE_OK;
    zone = mcf->zones.elts;

    /* one that is busy does not keep the others from it */

    for (i = 0; i < mcf->zones.nelts; i++) {
        rc = ngx_http_oauth_token_store_purge(zone[i]->store, 0);

        if (rc != NGX_HTTP_OAUTH_TOKEN_STORE_OK) {
            all = rc;
        }
    }

    return all;
}
