
#include "ngx_http_oauth_token_endpoint.h"


static ngx_int_t ngx_http_oauth_token_endpoint_server(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf);
static ngx_int_t ngx_http_oauth_token_endpoint_create_loc(ngx_conf_t *cf,
    ngx_http_conf_ctx_t *ctx);
static ngx_command_t *ngx_http_oauth_token_endpoint_command(ngx_conf_t *cf,
    ngx_uint_t types, ngx_module_t **module, ngx_uint_t *known);
static ngx_int_t ngx_http_oauth_token_endpoint_file(ngx_conf_t *cf);
static char *ngx_http_oauth_token_endpoint_run(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_command_t *cmd,
    ngx_module_t *module);
static const char *ngx_http_oauth_token_endpoint_split(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *url);
static const char *ngx_http_oauth_token_endpoint_check(
    ngx_http_oauth_token_provider_t *provider, ngx_uint_t insecure_http);
static ngx_int_t ngx_http_oauth_token_endpoint_loopback(ngx_str_t *host);


/* the request is ours to make: what else would have to be said, and where */
static struct {
    char  *name;
    char  *instead;
} ngx_http_oauth_token_refused[] = {
    { "proxy_pass", "token_endpoint" },
    { "proxy_method", "method" },
    { "proxy_set_header", "request_header" },
    { "proxy_set_body", "parameter" },
    { "proxy_pass_request_body", "body_format" },
    { "proxy_pass_request_headers", "request_header" },
    { NULL, NULL }
};


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
        && ngx_http_oauth_token_endpoint_server(cf, mcf) != NGX_OK)
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

    p = ngx_pnalloc(cf->pool, provider->name.len + 1);
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
    ngx_memcpy(p, provider->name.data, provider->name.len);

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
    void                       *conf;
    ngx_uint_t                  i;
    ngx_http_module_t          *module;
    ngx_http_conf_ctx_t        *ctx, *http_ctx;
    ngx_http_core_srv_conf_t   *cscf, **cscfp;
    ngx_http_core_main_conf_t  *cmcf;

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

    if (ngx_http_oauth_token_endpoint_create_loc(cf, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    cscf = ctx->srv_conf[ngx_http_core_module.ctx_index];
    cscf->ctx = ctx;

    cmcf = ctx->main_conf[ngx_http_core_module.ctx_index];

    cscfp = ngx_array_push(&cmcf->servers);
    if (cscfp == NULL) {
        return NGX_ERROR;
    }

    *cscfp = cscf;

    mcf->server = ctx;

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


char *
ngx_http_oauth_token_endpoint_directive(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_str_t      *name, *written;
    ngx_uint_t      i, types, known;
    ngx_module_t   *module;
    ngx_command_t  *cmd;

    name = cf->args->elts;

    for (i = 0; ngx_http_oauth_token_refused[i].name; i++) {
        if (ngx_strcmp(name->data, ngx_http_oauth_token_refused[i].name) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" directive is not allowed in "
                               "\"oauth_provider\", use \"%s\"", name,
                               ngx_http_oauth_token_refused[i].instead);
            return NGX_CONF_ERROR;
        }
    }

    types = NGX_HTTP_OAUTH_TOKEN_PROVIDER_CONF;

    if (ngx_strncmp(name->data, "proxy_", 6) == 0
        || ngx_strncmp(name->data, "resolver", 8) == 0)
    {
        types |= NGX_HTTP_LOC_CONF;
    }

    cmd = ngx_http_oauth_token_endpoint_command(cf, types, &module, &known);

    if (cmd == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           known ? "\"%V\" directive is not allowed in "
                                   "\"oauth_provider\""
                                 : "unknown directive \"%V\" in "
                                   "\"oauth_provider\"",
                           name);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_oauth_token_endpoint_file(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    written = ngx_array_push(&provider->written);
    if (written == NULL) {
        return NGX_CONF_ERROR;
    }

    *written = *name;

    return ngx_http_oauth_token_endpoint_run(cf, provider, cmd, module);
}


/*
 * nginx opens these when it merges, and then knows no line any more: looked
 * for here.
 */

static ngx_int_t
ngx_http_oauth_token_endpoint_file(ngx_conf_t *cf)
{
    ngx_str_t   *args, name;
    ngx_uint_t   i;

    static char  *files[] = {
        "proxy_ssl_trusted_certificate", "proxy_ssl_certificate",
        "proxy_ssl_certificate_key", "proxy_ssl_crl",
        "proxy_ssl_password_file"
    };

    args = cf->args->elts;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (ngx_strcmp(args[0].data, files[i]) == 0) {
            break;
        }
    }

    if (i == sizeof(files) / sizeof(files[0])
        || cf->args->nelts != 2
        || args[1].len == 0
        || ngx_http_script_variables_count(&args[1])
        || ngx_strncmp(args[1].data, "engine:", 7) == 0
        || ngx_strncmp(args[1].data, "store:", 6) == 0
        || ngx_strncmp(args[1].data, "data:", 5) == 0)
    {
        return NGX_OK;
    }

    name = args[1];

    if (ngx_conf_full_name(cf->cycle, &name, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (access((char *) name.data, R_OK) == 0) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                       "cannot read \"%V\" of \"%V\"", &name, &args[0]);

    return NGX_ERROR;
}


char *
ngx_http_oauth_token_endpoint_apply(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_str_t      *name;
    ngx_uint_t      known;
    ngx_module_t   *module;
    ngx_command_t  *cmd;

    cmd = ngx_http_oauth_token_endpoint_command(cf, NGX_HTTP_LOC_CONF, &module,
                                                &known);
    if (cmd == NULL) {
        name = cf->args->elts;
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"oauth_provider\" needs the directive \"%V\"",
                           name);
        return NGX_CONF_ERROR;
    }

    return ngx_http_oauth_token_endpoint_run(cf, provider, cmd, module);
}


/* the command in cf->args, of one of these contexts */

static ngx_command_t *
ngx_http_oauth_token_endpoint_command(ngx_conf_t *cf, ngx_uint_t types,
    ngx_module_t **module, ngx_uint_t *known)
{
    ngx_str_t      *name;
    ngx_uint_t      i;
    ngx_command_t  *cmd;

    name = cf->args->elts;
    *known = 0;

    for (i = 0; cf->cycle->modules[i]; i++) {

        cmd = cf->cycle->modules[i]->commands;

        for ( /* void */ ; cmd && cmd->name.len; cmd++) {

            if (cmd->name.len != name->len
                || ngx_strcmp(cmd->name.data, name->data) != 0)
            {
                continue;
            }

            *known = 1;

            if (cf->cycle->modules[i]->type == NGX_HTTP_MODULE
                && (cmd->type & types))
            {
                *module = cf->cycle->modules[i];
                return cmd;
            }
        }
    }

    return NULL;
}


static char *
ngx_http_oauth_token_endpoint_run(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_command_t *cmd,
    ngx_module_t *module)
{
    char        *rv;
    void        *conf, **confp;
    ngx_conf_t   save;
    ngx_uint_t   n, bad;

    n = cf->args->nelts;

    if (cmd->type & NGX_CONF_FLAG) {
        bad = (n != 2);

    } else if (cmd->type & NGX_CONF_1MORE) {
        bad = (n < 2);

    } else if (cmd->type & NGX_CONF_2MORE) {
        bad = (n < 3);

    } else {
        bad = (n > NGX_CONF_MAX_ARGS || !(cmd->type & (1 << (n - 1))));
    }

    if (bad) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid number of arguments in \"%V\" directive",
                           &cmd->name);
        return NGX_CONF_ERROR;
    }

    if (cmd->type & NGX_HTTP_OAUTH_TOKEN_PROVIDER_CONF) {
        rv = cmd->set(cf, cmd, provider);

    } else {
        save = *cf;
        cf->ctx = provider->ctx;
        cf->cmd_type = NGX_HTTP_LOC_CONF;

        confp = *(void **) ((u_char *) provider->ctx + cmd->conf);
        conf = confp[module->ctx_index];

        rv = cmd->set(cf, cmd, conf);

        *cf = save;
    }

    if (rv != NGX_CONF_OK && rv != NGX_CONF_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" directive %s",
                           &cmd->name, rv);
        return NGX_CONF_ERROR;
    }

    return rv;
}


ngx_uint_t
ngx_http_oauth_token_endpoint_written(
    ngx_http_oauth_token_provider_t *provider, const char *name)
{
    ngx_str_t   *written;
    ngx_uint_t   i;

    written = provider->written.elts;

    for (i = 0; i < provider->written.nelts; i++) {
        if (ngx_strcmp(written[i].data, name) == 0) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_oauth_token_endpoint_url(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *url,
    ngx_uint_t insecure_http)
{
    const char  *err;

    err = ngx_http_oauth_token_endpoint_split(provider, url);

    if (err == NULL) {
        err = ngx_http_oauth_token_endpoint_check(provider, insecure_http);
    }

    if (err) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"token_endpoint\" of provider \"%V\" %s",
                           &provider->name, err);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static const char *
ngx_http_oauth_token_endpoint_split(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *url)
{
    u_char  *p, *end;

    end = url->data + url->len;

    if (ngx_strncasecmp(url->data, (u_char *) "https://", 8) == 0) {
        ngx_str_set(&provider->scheme, "https://");

    } else if (ngx_strncasecmp(url->data, (u_char *) "http://", 7) == 0) {
        ngx_str_set(&provider->scheme, "http://");

    } else {
        return "must begin with \"https://\"";
    }

    p = url->data + provider->scheme.len;

    provider->host.data = p;

    while (p < end && *p != '/' && *p != '?' && *p != '#') {
        p++;
    }

    provider->host.len = p - provider->host.data;

    provider->uri.data = p;
    provider->uri.len = end - p;

    if (provider->uri.len == 0) {
        ngx_str_set(&provider->uri, "/");
    }

    return NULL;
}


/*
 * The host is written out, so that a secret can only go there; what stands in
 * the URL is seen in logs, so that no secret may.
 */

static const char *
ngx_http_oauth_token_endpoint_check(ngx_http_oauth_token_provider_t *provider,
    ngx_uint_t insecure_http)
{
    u_char      ch;
    size_t      i;
    ngx_str_t  *host, *uri;

    host = &provider->host;
    uri = &provider->uri;

    for (i = 0; i < host->len; i++) {
        ch = host->data[i];

        if (ch == '@') {
            return "must not have credentials in it";
        }

        if (ch == '$' || ch == '{') {
            return "must not have a variable in its host";
        }

        if (ch <= ' ' || ch >= 0x7f || ch == '\\') {
            return "has an invalid host";
        }
    }

    if (host->len == 0 || host->data[0] == ':') {
        return "has no host";
    }

    for (i = 0; i < uri->len; i++) {
        ch = uri->data[i];

        if (ch == '#') {
            return "must not have a fragment";
        }

        if (ch == '$') {
            return "has a variable, which is not supported";
        }

        if (ch <= ' ' || ch >= 0x7f) {
            return "has an invalid character";
        }
    }

    if (uri->data[0] != '/') {
        return "has no path";
    }

    if (ngx_strlcasestrn(uri->data, uri->data + uri->len,
                         (u_char *) "client_secret=",
                         sizeof("client_secret=") - 2))
    {
        return "must not have a secret in it, use \"client_secret\" and "
               "\"client_auth client_secret_query\"";
    }

    if (provider->scheme.len == sizeof("http://") - 1 && !insecure_http
        && ngx_http_oauth_token_endpoint_loopback(host) != NGX_OK)
    {
        return "must use \"https://\", or \"insecure_http on\"";
    }

    return NULL;
}


static ngx_int_t
ngx_http_oauth_token_endpoint_loopback(ngx_str_t *host)
{
    size_t      len;
    ngx_str_t   name;
    in_addr_t   addr;

    name = *host;

    if (name.len >= 5 && ngx_strncmp(name.data, "[::1]", 5) == 0) {
        return NGX_OK;
    }

    for (len = 0; len < name.len && name.data[len] != ':'; len++) {
        /* void */
    }

    if (len == 9 && ngx_strncasecmp(name.data, (u_char *) "localhost", 9) == 0)
    {
        return NGX_OK;
    }

    addr = ngx_inet_addr(name.data, len);

    return (addr != INADDR_NONE && (ntohl(addr) >> 24) == 127) ? NGX_OK
                                                               : NGX_ERROR;
}
