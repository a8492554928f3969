
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_directive.h"


static ngx_int_t ngx_http_oauth_token_directive_note(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);
static ngx_array_t *ngx_http_oauth_token_directive_args(ngx_conf_t *cf,
    const char *const *args);
static char *ngx_http_oauth_token_directive_one(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_uint_t types);
static ngx_int_t ngx_http_oauth_token_directive_file(ngx_conf_t *cf);
static ngx_command_t *ngx_http_oauth_token_directive_find(ngx_conf_t *cf,
    ngx_uint_t types, ngx_module_t **module, ngx_uint_t *known);
static char *ngx_http_oauth_token_directive_run(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_command_t *cmd,
    ngx_module_t *module);


/* the request is ours to make: what else would have to be said, and where */
static struct {
    char  *name;
    char  *instead;
} ngx_http_oauth_token_refused[] = {
    { "proxy_pass", ", use token_endpoint" },
    { "proxy_method", ", use method" },
    { "proxy_set_header", ", use request_header" },
    { "proxy_set_body", ", use parameter" },
    { "proxy_pass_request_body", ", use body_format" },
    { "proxy_pass_request_headers", ", use request_header" },

    /* answers are not for disks */
    { "proxy_cache", "" },
    { "proxy_store", "" },

    { NULL, NULL }
};


char *
ngx_http_oauth_token_directive_user(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_str_t   *name, *written;
    ngx_uint_t   i, types;

    name = cf->args->elts;

    for (i = 0; ngx_http_oauth_token_refused[i].name; i++) {
        if (ngx_strcmp(name->data, ngx_http_oauth_token_refused[i].name) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" directive is not allowed in "
                               "\"oauth_provider\"%s", name,
                               ngx_http_oauth_token_refused[i].instead);
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_oauth_token_directive_file(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    written = ngx_array_push(&provider->written);
    if (written == NULL) {
        return NGX_CONF_ERROR;
    }

    *written = *name;

    types = NGX_HTTP_OAUTH_TOKEN_PROVIDER_CONF;

    if (ngx_strncmp(name->data, "proxy_", 6) == 0
        || ngx_strncmp(name->data, "resolver", 8) == 0)
    {
        types |= NGX_HTTP_LOC_CONF;

        if (ngx_http_oauth_token_directive_note(cf, provider) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_oauth_token_directive_one(cf, provider, types);
}


/* it may say who the client is, and then belongs to the key of the token */

static ngx_int_t
ngx_http_oauth_token_directive_note(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_str_t   *words;
    ngx_uint_t  *n;

    words = ngx_array_push_n(&provider->transport, cf->args->nelts);
    n = ngx_array_push(&provider->lines);

    if (words == NULL || n == NULL) {
        return NGX_ERROR;
    }

    *n = cf->args->nelts;

    ngx_memcpy(words, cf->args->elts, cf->args->nelts * sizeof(ngx_str_t));

    return NGX_OK;
}


char *
ngx_http_oauth_token_directive_repeat(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, const char *const *args)
{
    char         *rv;
    ngx_array_t  *save;

    save = cf->args;

    cf->args = ngx_http_oauth_token_directive_args(cf, args);

    rv = cf->args ? ngx_http_oauth_token_directive_user(cf, provider)
                  : NGX_CONF_ERROR;

    cf->args = save;

    return rv;
}


char *
ngx_http_oauth_token_directive_apply(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, const char *const *args)
{
    char         *rv;
    ngx_array_t  *save;

    save = cf->args;

    cf->args = ngx_http_oauth_token_directive_args(cf, args);

    if (cf->args == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_oauth_token_directive_one(cf, provider,
                                            NGX_HTTP_OAUTH_TOKEN_PROVIDER_CONF
                                            |NGX_HTTP_LOC_CONF);
    cf->args = save;

    return rv;
}


/* a copy that the directive may keep, and write to */

static ngx_array_t *
ngx_http_oauth_token_directive_args(ngx_conf_t *cf, const char *const *args)
{
    size_t        len;
    ngx_str_t    *arg;
    ngx_array_t  *array;

    array = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
    if (array == NULL) {
        return NULL;
    }

    for ( /* void */ ; *args; args++) {
        arg = ngx_array_push(array);
        if (arg == NULL) {
            return NULL;
        }

        len = ngx_strlen(*args);

        arg->len = len;
        arg->data = ngx_pnalloc(cf->pool, len + 1);
        if (arg->data == NULL) {
            return NULL;
        }

        ngx_memcpy(arg->data, *args, len + 1);
    }

    return array;
}


static char *
ngx_http_oauth_token_directive_one(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_uint_t types)
{
    ngx_str_t      *name;
    ngx_uint_t      known;
    ngx_module_t   *module;
    ngx_command_t  *cmd;

    cmd = ngx_http_oauth_token_directive_find(cf, types, &module, &known);

    if (cmd == NULL) {
        name = cf->args->elts;

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           known ? "\"%V\" directive is not allowed in "
                                   "\"oauth_provider\""
                           : provider->doubtful
                                 ? "unknown directive in \"oauth_provider\", "
                                   "a value with \";\" needs quotes"
                                 : "unknown directive \"%V\" in "
                                   "\"oauth_provider\"",
                           name);
        return NGX_CONF_ERROR;
    }

    return ngx_http_oauth_token_directive_run(cf, provider, cmd, module);
}


/* the command in cf->args, of one of these contexts */

static ngx_command_t *
ngx_http_oauth_token_directive_find(ngx_conf_t *cf, ngx_uint_t types,
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
ngx_http_oauth_token_directive_run(ngx_conf_t *cf,
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


/*
 * nginx opens these when it merges, and then knows no line any more: looked
 * for here.
 */

static ngx_int_t
ngx_http_oauth_token_directive_file(ngx_conf_t *cf)
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


ngx_uint_t
ngx_http_oauth_token_directive_written(
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
ngx_http_oauth_token_directive_default(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, const char *const *args)
{
    if (ngx_http_oauth_token_directive_written(provider, args[0])) {
        return NGX_OK;
    }

    return ngx_http_oauth_token_directive_apply(cf, provider, args)
               == NGX_CONF_OK ? NGX_OK : NGX_ERROR;
}
