
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_keep.h"

#include "ngx_http_oauth_token_named.h"
#include "ngx_http_oauth_token_variables.h"


char *
ngx_http_oauth_token_keep_capture(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    size_t                            n;
    ngx_str_t                        *args;
    ngx_http_oauth_token_rule_t      *rules;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;
    rules = p->rules.captures;

    n = ngx_http_oauth_token_captured_count(rules);

    if (n == NGX_HTTP_OAUTH_TOKEN_CAPTURES) {
        return "is there too often, four values can be captured";
    }

    if (ngx_http_oauth_token_named_new(cf, p, &args[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (!ngx_http_oauth_token_place_valid((char *) args[2].data, 0)) {
        return "has a path that cannot be one";
    }

    rules[n].name = (char *) args[1].data;
    rules[n].path = (char *) args[2].data;

    return ngx_http_oauth_token_variables_captured(cf, &args[1]) == NGX_OK
               ? NGX_CONF_OK : NGX_CONF_ERROR;
}
