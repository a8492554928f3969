
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_location.h"

/* what an upstream can say of a token, and what its errors end at */
#define NGX_HTTP_OAUTH_TOKEN_RETRY_LEAST  300
#define NGX_HTTP_OAUTH_TOKEN_RETRY_MOST   599


static char *ngx_http_oauth_token_location_status(ngx_conf_t *cf,
    ngx_http_oauth_token_retry_conf_t *retry, ngx_str_t *arg);
static ngx_int_t ngx_http_oauth_token_location_resolve(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_loc_conf_t *lcf);
static ngx_int_t ngx_http_oauth_token_location_known(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name,
    ngx_http_oauth_token_where_t *where);


/* RFC 6750, section 3.1: invalid_token */
static ngx_uint_t  ngx_http_oauth_token_retry_statuses[] = {
    NGX_HTTP_UNAUTHORIZED
};


static ngx_http_oauth_token_retry_conf_t  ngx_http_oauth_token_retry_default =
    { ngx_http_oauth_token_retry_statuses, 1, 0 };


void *
ngx_http_oauth_token_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_oauth_token_loc_conf_t));
    if (lcf == NULL) {
        return NULL;
    }

    lcf->provider = NGX_CONF_UNSET_PTR;
    lcf->name = NGX_CONF_UNSET_PTR;
    lcf->log_secrets = NGX_CONF_UNSET;
    lcf->retry = NGX_CONF_UNSET_PTR;

    return lcf;
}


char *
ngx_http_oauth_token_location_use(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_oauth_token_loc_conf_t *lcf = conf;

    ngx_str_t                         *args;
    ngx_http_compile_complex_value_t   ccv;
    ngx_http_oauth_token_main_conf_t  *mcf;

    if (lcf->name != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);
    mcf->used = 1;

    args = cf->args->elts;

    if (args[1].len == 0) {
        return "has an empty value";
    }

    lcf->provider = NULL;
    lcf->name = NULL;

    if (ngx_http_script_variables_count(&args[1]) == 0) {

        if (ngx_strcmp(args[1].data, "off") != 0) {
            /* it may be defined further below */

            lcf->literal = args[1];
            lcf->where.file = cf->conf_file->file.name;
            lcf->where.line = cf->conf_file->line;
        }

        return NGX_CONF_OK;
    }

    lcf->name = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (lcf->name == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &args[1];
    ccv.complex_value = lcf->name;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


char *
ngx_http_oauth_token_location_retry(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_oauth_token_loc_conf_t *lcf = conf;

    ngx_str_t                          *args;
    ngx_uint_t                          i;
    ngx_http_oauth_token_retry_conf_t  *retry;

    if (lcf->retry != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    retry = ngx_pcalloc(cf->pool, sizeof(ngx_http_oauth_token_retry_conf_t));
    if (retry == NULL) {
        return NGX_CONF_ERROR;
    }

    lcf->retry = retry;

    args = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    retry->statuses = ngx_palloc(cf->pool,
                                 (cf->args->nelts - 1) * sizeof(ngx_uint_t));
    if (retry->statuses == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strcmp(args[i].data, "off") == 0) {
            return "has \"off\" beside other values";
        }

        if (ngx_strcmp(args[i].data, "non_idempotent") == 0) {

            if (retry->non_idempotent++) {
                return "has \"non_idempotent\" twice";
            }

        } else if (ngx_http_oauth_token_location_status(cf, retry, &args[i])
                   != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return retry->nstatuses ? NGX_CONF_OK : "has no status";
}


static char *
ngx_http_oauth_token_location_status(ngx_conf_t *cf,
    ngx_http_oauth_token_retry_conf_t *retry, ngx_str_t *arg)
{
    ngx_int_t   status;
    ngx_uint_t  i;

    status = ngx_atoi(arg->data, arg->len);

    if (status < NGX_HTTP_OAUTH_TOKEN_RETRY_LEAST
        || status > NGX_HTTP_OAUTH_TOKEN_RETRY_MOST)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"oauth_token_retry\", "
                           "it must be a status from %d to %d", arg,
                           NGX_HTTP_OAUTH_TOKEN_RETRY_LEAST,
                           NGX_HTTP_OAUTH_TOKEN_RETRY_MOST);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < retry->nstatuses; i++) {

        if (retry->statuses[i] == (ngx_uint_t) status) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate status \"%V\" in "
                               "\"oauth_token_retry\"", arg);
            return NGX_CONF_ERROR;
        }
    }

    retry->statuses[retry->nstatuses++] = status;

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_location_log_secrets(ngx_conf_t *cf, void *post,
    void *data)
{
    ngx_flag_t *flag = data;

    if (*flag) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"oauth_token_log_secrets on\" lets access tokens "
                           "and secrets into debug logs");
    }

    return NGX_CONF_OK;
}


char *
ngx_http_oauth_token_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_oauth_token_loc_conf_t *prev = parent;
    ngx_http_oauth_token_loc_conf_t *lcf = child;

    ngx_http_oauth_token_main_conf_t  *mcf;

    /*
     * Those of http{} are the parent of all its servers: its own provider is
     * looked up when the first of them comes.
     */

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);

    if (ngx_http_oauth_token_location_resolve(cf, mcf, prev) != NGX_OK
        || ngx_http_oauth_token_location_resolve(cf, mcf, lcf) != NGX_OK
        || ngx_http_oauth_token_location_known(cf, mcf, &lcf->purged,
                                               &lcf->purge_where)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_conf_merge_ptr_value(lcf->provider, prev->provider, NULL);
    ngx_conf_merge_ptr_value(lcf->name, prev->name, NULL);
    ngx_conf_merge_value(lcf->log_secrets, prev->log_secrets, 0);
    ngx_conf_merge_ptr_value(lcf->retry, prev->retry,
                             &ngx_http_oauth_token_retry_default);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_location_resolve(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_loc_conf_t *lcf)
{
    if (lcf->literal.len == 0) {
        return NGX_OK;
    }

    lcf->provider = ngx_http_oauth_token_location_provider(mcf, &lcf->literal);

    return ngx_http_oauth_token_location_known(cf, mcf, &lcf->literal,
                                               &lcf->where);
}


static ngx_int_t
ngx_http_oauth_token_location_known(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name,
    ngx_http_oauth_token_where_t *where)
{
    if (name->len == 0 || ngx_http_oauth_token_location_provider(mcf, name)) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "unknown provider \"%V\" in %V:%ui", name, &where->file,
                  where->line);

    return NGX_ERROR;
}


ngx_http_oauth_token_provider_t *
ngx_http_oauth_token_location_provider(ngx_http_oauth_token_main_conf_t *mcf,
    ngx_str_t *name)
{
    ngx_str_node_t  *node;

    node = ngx_str_rbtree_lookup(&mcf->names, name,
                                 ngx_crc32_short(name->data, name->len));
    if (node == NULL) {
        return NULL;
    }

    return (ngx_http_oauth_token_provider_t *)
               ((u_char *) node
                - offsetof(ngx_http_oauth_token_provider_t, node));
}
