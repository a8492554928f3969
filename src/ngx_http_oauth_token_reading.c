
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_reading.h"


static ngx_int_t ngx_http_oauth_token_reading_limit(
    ngx_http_oauth_token_limits_t *limits, ngx_str_t *arg);
static void ngx_http_oauth_token_reading_limits(
    ngx_http_oauth_token_limits_t *limits);


static const char  *ngx_http_oauth_token_default_fields[] = {
    "access_token", NULL
};


static struct {
    ngx_str_t                    name;
    ngx_http_oauth_token_unit_e  unit;
} ngx_http_oauth_token_units[] = {
    { ngx_string("unit=s"), NGX_HTTP_OAUTH_TOKEN_UNIT_S },
    { ngx_string("unit=ms"), NGX_HTTP_OAUTH_TOKEN_UNIT_MS },
    { ngx_string("unit=epoch"), NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH },
    { ngx_string("unit=epoch_ms"), NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS },
    { ngx_string("unit=iso8601"), NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601 },
    { ngx_null_string, 0 }
};


char *
ngx_http_oauth_token_reading_token(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                         *args;
    ngx_uint_t                         i;
    const char                       **fields;
    ngx_http_oauth_token_provider_t   *p = conf;

    if (p->rules.token_fields) {
        return "is duplicate";
    }

    fields = ngx_palloc(cf->pool, cf->args->nelts * sizeof(char *));
    if (fields == NULL) {
        return NGX_CONF_ERROR;
    }

    args = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (!ngx_http_oauth_token_place_valid((char *) args[i].data, 1)) {
            return "has a path that cannot be one";
        }

        fields[i - 1] = (char *) args[i].data;
    }

    fields[i - 1] = NULL;

    p->rules.token_fields = fields;

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_reading_expires(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf)
{
    ngx_str_t                        *args;
    ngx_uint_t                        i;
    ngx_http_oauth_token_provider_t  *p = conf;

    if (p->rules.expires_field) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (!ngx_http_oauth_token_place_valid((char *) args[1].data, 0)) {
        return "has a path that cannot be one";
    }

    p->rules.expires_field = (char *) args[1].data;

    if (cf->args->nelts == 2) {

        if (ngx_strcmp(args[1].data, "none") == 0) {
            p->rules.expires_field = "";
        }

        return NGX_CONF_OK;
    }

    for (i = 0; ngx_http_oauth_token_units[i].name.len; i++) {
        if (ngx_strcmp(ngx_http_oauth_token_units[i].name.data, args[2].data)
            == 0)
        {
            p->rules.expires_unit = ngx_http_oauth_token_units[i].unit;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid \"%V\" in \"expires_field\", it must be "
                       "\"unit=s\", \"unit=ms\", \"unit=epoch\", "
                       "\"unit=epoch_ms\" or \"unit=iso8601\"", &args[2]);

    return NGX_CONF_ERROR;
}


char *
ngx_http_oauth_token_reading_lifetime(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_uint_t                        i;
    ngx_http_oauth_token_limits_t    *limits;
    ngx_http_oauth_token_provider_t  *p = conf;

    limits = &p->rules.lifetime;

    if (limits->by_default || limits->min || limits->max) {
        return "is duplicate";
    }

    args = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_http_oauth_token_reading_limit(limits, &args[i]) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid \"%V\" in \"token_lifetime\", it "
                               "takes default=TIME, min=TIME and max=TIME",
                               &args[i]);
            return NGX_CONF_ERROR;
        }
    }

    ngx_http_oauth_token_reading_limits(limits);

    if (limits->min > limits->by_default || limits->by_default > limits->max) {
        return "must have min <= default <= max";
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_reading_limit(ngx_http_oauth_token_limits_t *limits,
    ngx_str_t *arg)
{
    ngx_str_t   time;
    ngx_int_t   ms;
    ngx_uint_t  i;

    struct {
        ngx_str_t   name;
        int64_t    *ms;
    } known[] = {
        { ngx_string("default="), &limits->by_default },
        { ngx_string("min="), &limits->min },
        { ngx_string("max="), &limits->max }
    };

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {

        if (ngx_strncmp(arg->data, known[i].name.data, known[i].name.len) != 0)
        {
            continue;
        }

        time.data = arg->data + known[i].name.len;
        time.len = arg->len - known[i].name.len;

        ms = ngx_parse_time(&time, 0);

        if (ms == NGX_ERROR || ms == 0 || *known[i].ms) {
            return NGX_ERROR;
        }

        *known[i].ms = ms;

        return NGX_OK;
    }

    return NGX_ERROR;
}


void
ngx_http_oauth_token_reading_defaults(ngx_http_oauth_token_provider_t *p)
{
    if (p->rules.token_fields == NULL) {
        p->rules.token_fields = ngx_http_oauth_token_default_fields;
    }

    if (p->rules.expires_field == NULL) {
        p->rules.expires_field = "expires_in";
    }

    ngx_http_oauth_token_reading_limits(&p->rules.lifetime);
}


static void
ngx_http_oauth_token_reading_limits(ngx_http_oauth_token_limits_t *limits)
{
    if (limits->max == 0) {
        limits->max = NGX_HTTP_OAUTH_TOKEN_LIFETIME_MAX;
    }

    if (limits->min == 0) {
        limits->min = ngx_min(NGX_HTTP_OAUTH_TOKEN_LIFETIME_MIN, limits->max);
    }

    /* between what was stated, unless that is the wrong way round */

    if (limits->by_default == 0) {
        limits->by_default = ngx_min(limits->max,
                                     ngx_max(NGX_HTTP_OAUTH_TOKEN_LIFETIME,
                                             limits->min));
    }
}
