
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_caching.h"


char *
ngx_http_oauth_token_caching_refresh(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_int_t                         n;
    ngx_str_t                        *args;
    ngx_http_oauth_token_provider_t  *p = conf;

    if (p->refresh_time != NGX_CONF_UNSET_MSEC || p->refresh_percent) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (args[1].len && args[1].data[args[1].len - 1] == '%') {

        n = ngx_atoi(args[1].data, args[1].len - 1);

        if (n < 1 || n > 99) {
            return "must have a part of the lifetime from 1% to 99%";
        }

        p->refresh_percent = n;

        return NGX_CONF_OK;
    }

    n = ngx_parse_time(&args[1], 0);

    if (n == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"refresh_before\", it "
                           "takes a time or a part of the lifetime (\"50%%\")",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    p->refresh_time = n;

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_caching_backoff(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_int_t                         min, max;
    ngx_str_t                        *args;
    ngx_http_oauth_token_provider_t  *p = conf;

    if (p->backoff.min != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    args = cf->args->elts;

    min = ngx_parse_time(&args[1], 0);
    max = ngx_parse_time(&args[2], 0);

    if (min == NGX_ERROR || max == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"backoff\", it takes two "
                           "times, MIN and MAX",
                           min == NGX_ERROR ? &args[1] : &args[2]);
        return NGX_CONF_ERROR;
    }

    if (min == 0 || min > max) {
        return "must have 0 < MIN <= MAX";
    }

    p->backoff.min = min;
    p->backoff.max = max;

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_caching_not_zero(ngx_conf_t *cf, void *post, void *data)
{
    ngx_msec_t *msec = data;

    return *msec ? NGX_CONF_OK : "must be longer than 0";
}


ngx_int_t
ngx_http_oauth_token_caching_defaults(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    if (p->refresh_time == NGX_CONF_UNSET_MSEC && p->refresh_percent == 0) {
        p->refresh_percent = NGX_HTTP_OAUTH_TOKEN_REFRESH_BEFORE;
    }

    ngx_conf_init_msec_value(p->fetch_timeout,
                             NGX_HTTP_OAUTH_TOKEN_FETCH_TIMEOUT);
    ngx_conf_init_value(p->max_waiting, NGX_HTTP_OAUTH_TOKEN_MAX_WAITING);

    if (p->backoff.min == NGX_CONF_UNSET) {
        p->backoff.min = NGX_HTTP_OAUTH_TOKEN_BACKOFF_MIN;
        p->backoff.max = NGX_HTTP_OAUTH_TOKEN_BACKOFF_MAX;
    }

    if (p->prefetch == 1 && p->slots.nelts) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has \"prefetch on\" and values "
                           "with variables, which only a request can tell",
                           &p->name);
        return NGX_ERROR;
    }

    ngx_conf_init_value(p->prefetch, p->slots.nelts == 0);

    return NGX_OK;
}
