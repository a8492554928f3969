
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_shm.h"

#include <openssl/rand.h>

#include "ngx_http_oauth_token_secret.h"


static ngx_int_t ngx_http_oauth_token_shm_init(ngx_shm_zone_t *shm_zone,
    void *data);


ngx_http_oauth_token_zone_conf_t *
ngx_http_oauth_token_shm_zone(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name)
{
    ngx_uint_t                          i;
    ngx_http_oauth_token_zone_conf_t  **zones, *zone;

    zones = mcf->zones.elts;

    for (i = 0; i < mcf->zones.nelts; i++) {
        if (zones[i]->name.len == name->len
            && ngx_strncmp(zones[i]->name.data, name->data, name->len) == 0)
        {
            return zones[i];
        }
    }

    zones = ngx_array_push(&mcf->zones);
    if (zones == NULL) {
        return NULL;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_oauth_token_zone_conf_t));
    if (zone == NULL) {
        return NULL;
    }

    zone->name = *name;
    zone->where.file = cf->conf_file->file.name;
    zone->where.line = cf->conf_file->line;

    *zones = zone;

    return zone;
}


ngx_int_t
ngx_http_oauth_token_shm_add(ngx_conf_t *cf,
    ngx_http_oauth_token_zone_conf_t *zone, size_t size)
{
    zone->shm_zone = ngx_shared_memory_add(cf, &zone->name, size,
                                           &ngx_http_oauth_token_module);
    if (zone->shm_zone == NULL) {
        return NGX_ERROR;
    }

    zone->shm_zone->init = ngx_http_oauth_token_shm_init;
    zone->shm_zone->data = zone;

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_shm_init(ngx_shm_zone_t *shm_zone, void *data)
{
    void                              *addr;
    size_t                             size;
    ngx_slab_pool_t                   *shpool;
    ngx_http_oauth_token_zone_conf_t  *zone, *old;

    old = data;
    zone = shm_zone->data;

    if (old) {

        /* a reload: same name, same size, same tokens */

        zone->store = old->store;
        zone->size = old->size;

        if (!ngx_http_oauth_token_store_valid(zone->store, zone->size)) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "zone \"%V\" has the layout of another version, "
                          "nginx must be restarted", &zone->name);
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    /* all there is, at once: the slab allocator is not needed any more */

    size = shpool->pfree * ngx_pagesize;

    addr = ngx_slab_alloc(shpool, size);
    if (addr == NULL) {
        return NGX_ERROR;
    }

    ngx_http_oauth_token_secret_hide(addr, size);

    zone->store = ngx_http_oauth_token_store_create(addr, size,
                                      zone->nproviders
                                      + NGX_HTTP_OAUTH_TOKEN_ZONE_SPARE);

    if (zone->store == NULL
        || RAND_bytes(ngx_http_oauth_token_store_salt(zone->store),
                      NGX_HTTP_OAUTH_TOKEN_SALT_LEN)
           != 1)
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "zone \"%V\" could not be set up", &zone->name);
        return NGX_ERROR;
    }

    zone->size = size;

    return NGX_OK;
}
