
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_conf.h"

#include "ngx_http_oauth_token_block.h"
#include "ngx_http_oauth_token_client.h"
#include "ngx_http_oauth_token_directive.h"
#include "ngx_http_oauth_token_endpoint.h"
#include "ngx_http_oauth_token_issuer.h"
#include "ngx_http_oauth_token_location.h"
#include "ngx_http_oauth_token_provider.h"
#include "ngx_http_oauth_token_shm.h"
#include "ngx_http_oauth_token_shown.h"
#include "ngx_http_oauth_token_slots.h"
#include "ngx_http_oauth_token_transport.h"


static ngx_int_t ngx_http_oauth_token_conf_name(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name);
static char *ngx_http_oauth_token_conf_line(ngx_conf_t *cf,
    ngx_command_t *dummy, void *conf);
static ngx_uint_t ngx_http_oauth_token_conf_doubtful(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);


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


char *
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
                           "invalid zone size or name \"%V\" in "
                           "\"oauth_token_zone\", it must be "
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


char *
ngx_http_oauth_token_conf_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_oauth_token_main_conf_t *mcf = conf;

    char                              *rv;
    ngx_str_t                         *args;
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

    return (ngx_http_oauth_token_issuer_check(cf, p) == NGX_OK
            && ngx_http_oauth_token_block_finish(cf, p) == NGX_OK
            && ngx_http_oauth_token_issuer_metadata(cf, mcf, p) == NGX_OK)
               ? NGX_CONF_OK : NGX_CONF_ERROR;
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

    if (ngx_http_oauth_token_location_provider(mcf, name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate provider \"%V\"", name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static char *
ngx_http_oauth_token_conf_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf)
{
    ngx_str_t                        *name;
    ngx_http_oauth_token_provider_t  *p;

    name = cf->args->elts;
    p = cf->handler_conf;

    p->doubtful = ngx_http_oauth_token_conf_doubtful(cf, p);
    p->last_line = cf->conf_file->line;

    if (ngx_strcmp(name->data, "include") == 0) {

        /* nginx does not count them here, and would take another line's */

        if (cf->args->nelts != 2) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid number of arguments in \"include\" "
                               "directive");
            return NGX_CONF_ERROR;
        }

        return ngx_conf_include(cf, dummy, conf);
    }

    return ngx_http_oauth_token_directive_user(cf, p);
}


/*
 * Whether a word may be what follows ";" in a secret without quotes, and so
 * must not be shown: another directive ends on its line, or it looks like none.
 */

static ngx_uint_t
ngx_http_oauth_token_conf_doubtful(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    size_t      i;
    ngx_str_t  *name;

    if (p->last_line == cf->conf_file->line) {
        return 1;
    }

    name = cf->args->elts;

    for (i = 0; i < name->len; i++) {
        if (name->data[i] != '_'
            && (name->data[i] < 'a' || name->data[i] > 'z'))
        {
            return 1;
        }
    }

    return 0;
}


char *
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
                          "unknown zone \"%V\" in %V:%ui", &zone[i]->name,
                          &zone[i]->where.file, zone[i]->where.line);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_oauth_token_conf_finish(ngx_conf_t *cf)
{
    ngx_int_t                           rc;
    ngx_uint_t                          i;
    ngx_conf_file_t                    *save, file;
    ngx_http_oauth_token_where_t       *where;
    ngx_http_oauth_token_provider_t   **p;
    ngx_http_oauth_token_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);

    p = mcf->providers.elts;
    save = cf->conf_file;

    for (i = 0; i < mcf->providers.nelts; i++) {

        ngx_http_oauth_token_shown_init(cf, p[i]);
        ngx_http_oauth_token_client_init(p[i]);
        p[i]->zone->nproviders++;

        if (ngx_http_oauth_token_slots_known(cf, p[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        /* errors belong to the block, which was read long ago */

        where = p[i]->url_where.line ? &p[i]->url_where : &p[i]->where;

        file = *save;
        file.file.name = where->file;
        file.line = where->line;

        cf->conf_file = &file;

        rc = ngx_http_oauth_token_transport_init(cf, p[i]);

        cf->conf_file = save;

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
