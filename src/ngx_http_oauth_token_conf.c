
#include "ngx_http_oauth_token_conf.h"

#include "ngx_http_oauth_token_block.h"
#include "ngx_http_oauth_token_endpoint.h"
#include "ngx_http_oauth_token_inject.h"
#include "ngx_http_oauth_token_provider.h"
#include "ngx_http_oauth_token_shm.h"
#include "ngx_http_oauth_token_transport.h"


static char *ngx_http_oauth_token_conf_zone(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_oauth_token_conf_block(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_oauth_token_conf_line(ngx_conf_t *cf,
    ngx_command_t *dummy, void *conf);
static ngx_int_t ngx_http_oauth_token_conf_name(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name);
static char *ngx_http_oauth_token_conf_use(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_oauth_token_conf_provider_zone(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_oauth_token_conf_resolve(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_loc_conf_t *lcf);


#define PROVIDER_CONF   NGX_HTTP_OAUTH_TOKEN_PROVIDER_CONF
#define provider_offset(member)                                               \
    offsetof(ngx_http_oauth_token_provider_t, member)


static ngx_conf_enum_t  ngx_http_oauth_token_verbs[] = {
    { ngx_string("POST"), NGX_HTTP_POST },
    { ngx_string("GET"), NGX_HTTP_GET },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_oauth_token_formats[] = {
    { ngx_string("form"), NGX_HTTP_OAUTH_TOKEN_FORMAT_FORM },
    { ngx_string("json"), NGX_HTTP_OAUTH_TOKEN_FORMAT_JSON },
    { ngx_string("none"), NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE },
    { ngx_null_string, 0 }
};


static ngx_conf_num_bounds_t  ngx_http_oauth_token_waiting_bounds = {
    ngx_conf_check_num_bounds, 1, 1000000
};


static ngx_uint_t  ngx_http_oauth_token_secret = 1;


ngx_command_t  ngx_http_oauth_token_commands[] = {

    { ngx_string("oauth_token_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_conf_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("oauth_provider"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_oauth_token_conf_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("oauth_token_provider"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF
                        |NGX_CONF_TAKE1,
      ngx_http_oauth_token_conf_use,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("oauth_token_log_secrets"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_oauth_token_loc_conf_t, log_secrets),
      NULL },

    { ngx_string("preset"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      0,
      provider_offset(preset),
      NULL },

    { ngx_string("environment"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      0,
      provider_offset(environment),
      NULL },

    { ngx_string("token_endpoint"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      0,
      provider_offset(url),
      NULL },

    { ngx_string("insecure_http"),
      PROVIDER_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      0,
      provider_offset(insecure_http),
      NULL },

    { ngx_string("option"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_provider_option,
      0,
      0,
      NULL },

    { ngx_string("method"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      0,
      provider_offset(method),
      &ngx_http_oauth_token_verbs },

    { ngx_string("client_id"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_provider_value,
      0,
      provider_offset(client_id),
      NULL },

    { ngx_string("client_secret"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_provider_value,
      0,
      provider_offset(client_secret),
      &ngx_http_oauth_token_secret },

    { ngx_string("client_auth"),
      PROVIDER_CONF|NGX_CONF_TAKE123,
      ngx_http_oauth_token_provider_auth,
      0,
      0,
      NULL },

    { ngx_string("grant_type"),
      PROVIDER_CONF|NGX_CONF_TAKE12,
      ngx_http_oauth_token_provider_flagged,
      0,
      provider_offset(grant_type),
      NULL },

    { ngx_string("scope"),
      PROVIDER_CONF|NGX_CONF_TAKE12,
      ngx_http_oauth_token_provider_flagged,
      0,
      provider_offset(scope),
      NULL },

    { ngx_string("parameter"),
      PROVIDER_CONF|NGX_CONF_TAKE23,
      ngx_http_oauth_token_provider_parameter,
      0,
      0,
      NULL },

    { ngx_string("body_format"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      0,
      provider_offset(format),
      &ngx_http_oauth_token_formats },

    { ngx_string("request_header"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_provider_header,
      0,
      provider_offset(headers),
      NULL },

    { ngx_string("header"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_provider_header,
      0,
      0,
      NULL },

    { ngx_string("upstream_header"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_provider_header,
      0,
      provider_offset(upstream_headers),
      NULL },

    { ngx_string("inject_header"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_provider_header,
      0,
      provider_offset(inject),
      NULL },

    { ngx_string("token_field"),
      PROVIDER_CONF|NGX_CONF_1MORE,
      ngx_http_oauth_token_provider_token_field,
      0,
      0,
      NULL },

    { ngx_string("expires_field"),
      PROVIDER_CONF|NGX_CONF_TAKE12,
      ngx_http_oauth_token_provider_expires_field,
      0,
      0,
      NULL },

    { ngx_string("token_lifetime"),
      PROVIDER_CONF|NGX_CONF_TAKE123,
      ngx_http_oauth_token_provider_lifetime,
      0,
      0,
      NULL },

    { ngx_string("expiry_leeway"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      0,
      provider_offset(expiry_leeway),
      NULL },

    { ngx_string("fetch_timeout"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      0,
      provider_offset(fetch_timeout),
      NULL },

    { ngx_string("max_waiting"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      0,
      provider_offset(max_waiting),
      &ngx_http_oauth_token_waiting_bounds },

    { ngx_string("zone"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_conf_provider_zone,
      0,
      0,
      NULL },

      ngx_null_command
};


void *
ngx_http_oauth_token_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_oauth_token_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_oauth_token_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    ngx_rbtree_init(&mcf->names, &mcf->sentinel, ngx_str_rbtree_insert_value);

    if (ngx_array_init(&mcf->providers, cf->pool, 4,
                       sizeof(ngx_http_oauth_token_provider_t *)) != NGX_OK
        || ngx_array_init(&mcf->zones, cf->pool, 2,
                          sizeof(ngx_http_oauth_token_zone_conf_t *))
           != NGX_OK)
    {
        return NULL;
    }

    return mcf;
}


static char *
ngx_http_oauth_token_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_oauth_token_main_conf_t *mcf = conf;

    u_char                            *p;
    ssize_t                            size;
    ngx_str_t                         *args, name, s;
    ngx_http_oauth_token_zone_conf_t  *zone;

    args = cf->args->elts;

    p = ngx_strncmp(args[1].data, "zone=", 5) == 0
            ? (u_char *) ngx_strchr(args[1].data, ':') : NULL;

    size = NGX_ERROR;

    if (p) {
        name.data = args[1].data + 5;
        name.len = p - name.data;

        s.data = p + 1;
        s.len = args[1].data + args[1].len - s.data;

        size = ngx_parse_size(&s);
    }

    if (size == NGX_ERROR || name.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\", it must be "
                           "\"zone=NAME:SIZE\"", &args[1]);
        return NGX_CONF_ERROR;
    }

    if (size < (ssize_t) (NGX_HTTP_OAUTH_TOKEN_ZONE_PAGES * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is too small, it needs at least %uzk",
                           &name, (size_t) NGX_HTTP_OAUTH_TOKEN_ZONE_PAGES
                                  * ngx_pagesize / 1024);
        return NGX_CONF_ERROR;
    }

    zone = ngx_http_oauth_token_shm_zone(cf, mcf, &name);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    if (zone->shm_zone) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate zone \"%V\"",
                           &name);
        return NGX_CONF_ERROR;
    }

    return ngx_http_oauth_token_shm_add(cf, zone, size) == NGX_OK
               ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_oauth_token_conf_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_oauth_token_main_conf_t *mcf = conf;

    char                              *rv;
    ngx_str_t                         *args;
    ngx_uint_t                         line;
    ngx_conf_t                         save;
    ngx_http_oauth_token_provider_t   *p, **pp;

    args = cf->args->elts;

    if (ngx_http_oauth_token_conf_name(cf, mcf, &args[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    p = ngx_http_oauth_token_provider_create(cf, &args[1]);
    pp = ngx_array_push(&mcf->providers);

    if (p == NULL || pp == NULL) {
        return NGX_CONF_ERROR;
    }

    *pp = p;

    p->node.str = p->name;
    p->node.node.key = ngx_crc32_short(p->name.data, p->name.len);
    ngx_rbtree_insert(&mcf->names, &p->node.node);

    if (ngx_http_oauth_token_endpoint_create(cf, mcf, p) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    save = *cf;

    cf->handler = ngx_http_oauth_token_conf_line;
    cf->handler_conf = (char *) p;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    /* what concerns the block as a whole is told of its first line */

    line = cf->conf_file->line;
    cf->conf_file->line = p->line;

    if (ngx_http_oauth_token_block_finish(cf, p) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cf->conf_file->line = line;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_conf_name(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name)
{
    u_char   ch;
    size_t   i;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
              || (ch >= '0' && ch <= '9') || ch == '_' || ch == '-'
              || ch == '.'))
        {
            break;
        }
    }

    /* "off" is what a location says that wants none */

    if (i < name->len || name->len == 0
        || (name->len == 3 && ngx_strncmp(name->data, "off", 3) == 0))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\" of \"oauth_provider\", it may "
                           "have letters, digits, \"_\", \"-\" and \".\", and "
                           "must not be \"off\"", name);
        return NGX_ERROR;
    }

    if (ngx_http_oauth_token_conf_provider(mcf, name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate \"oauth_provider %V\"", name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static char *
ngx_http_oauth_token_conf_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf)
{
    ngx_str_t  *name;

    name = cf->args->elts;

    if (ngx_strcmp(name->data, "include") == 0) {
        return ngx_conf_include(cf, dummy, conf);
    }

    return ngx_http_oauth_token_endpoint_directive(cf, cf->handler_conf);
}


ngx_http_oauth_token_provider_t *
ngx_http_oauth_token_conf_provider(ngx_http_oauth_token_main_conf_t *mcf,
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


static char *
ngx_http_oauth_token_conf_provider_zone(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_oauth_token_provider_t *p = conf;

    ngx_str_t                         *args;
    ngx_http_oauth_token_main_conf_t  *mcf;

    if (p->zone) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (args[1].len == 0) {
        return "has an empty value";
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);

    p->zone = ngx_http_oauth_token_shm_zone(cf, mcf, &args[1]);

    return p->zone ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_oauth_token_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_oauth_token_main_conf_t *mcf = conf;

    ngx_str_t                           name;
    ngx_uint_t                          i;
    ngx_http_oauth_token_provider_t   **p;
    ngx_http_oauth_token_zone_conf_t  **zone, *def;

    ngx_str_set(&name, NGX_HTTP_OAUTH_TOKEN_ZONE_NAME);

    p = mcf->providers.elts;

    for (i = 0; i < mcf->providers.nelts; i++) {

        if (p[i]->zone == NULL) {
            p[i]->zone = ngx_http_oauth_token_shm_zone(cf, mcf, &name);
        }

        def = p[i]->zone;

        if (def == NULL) {
            return NGX_CONF_ERROR;
        }

        if (def->shm_zone == NULL && def->name.len == name.len
            && ngx_strncmp(def->name.data, name.data, name.len) == 0
            && ngx_http_oauth_token_shm_add(cf, def,
                                            NGX_HTTP_OAUTH_TOKEN_ZONE_SIZE)
               != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    zone = mcf->zones.elts;

    for (i = 0; i < mcf->zones.nelts; i++) {
        if (zone[i]->shm_zone == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "unknown zone \"%V\" in %s:%ui", &zone[i]->name,
                          zone[i]->file, zone[i]->line);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


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

    return lcf;
}


static char *
ngx_http_oauth_token_conf_use(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_oauth_token_loc_conf_t *lcf = conf;

    ngx_str_t                         *args;
    ngx_http_compile_complex_value_t   ccv;

    if (lcf->name != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    args = cf->args->elts;

    lcf->provider = NULL;
    lcf->name = NULL;

    if (ngx_http_script_variables_count(&args[1]) == 0) {

        if (ngx_strcmp(args[1].data, "off") != 0) {
            /* it may be defined further below */

            lcf->literal = args[1];
            lcf->file = cf->conf_file->file.name.data;
            lcf->line = cf->conf_file->line;
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

    if (ngx_http_oauth_token_conf_resolve(cf, mcf, prev) != NGX_OK
        || ngx_http_oauth_token_conf_resolve(cf, mcf, lcf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_conf_merge_ptr_value(lcf->provider, prev->provider, NULL);
    ngx_conf_merge_ptr_value(lcf->name, prev->name, NULL);
    ngx_conf_merge_value(lcf->log_secrets, prev->log_secrets, 0);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_conf_resolve(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_loc_conf_t *lcf)
{
    if (lcf->literal.len == 0) {
        return NGX_OK;
    }

    lcf->provider = ngx_http_oauth_token_conf_provider(mcf, &lcf->literal);

    if (lcf->provider) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "unknown provider \"%V\" in %s:%ui", &lcf->literal,
                  lcf->file, lcf->line);

    return NGX_ERROR;
}


ngx_int_t
ngx_http_oauth_token_conf_finish(ngx_conf_t *cf)
{
    ngx_uint_t                          i;
    ngx_conf_file_t                    *save, file;
    ngx_http_oauth_token_provider_t   **p;
    ngx_http_oauth_token_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);

    p = mcf->providers.elts;
    save = cf->conf_file;

    for (i = 0; i < mcf->providers.nelts; i++) {

        ngx_http_oauth_token_inject_init(cf, p[i]);

        /* errors belong to the block, which was read long ago */

        file = *save;
        file.file.name.data = p[i]->file;
        file.file.name.len = ngx_strlen(p[i]->file);
        file.line = p[i]->line;

        cf->conf_file = &file;

        if (ngx_http_oauth_token_transport_init(cf, p[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        cf->conf_file = save;
    }

    return NGX_OK;
}
