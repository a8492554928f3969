
/*
 * Row 3: the shared memory of nginx that a store lives in.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SHM_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SHM_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* the zone of providers that name none */
#define NGX_HTTP_OAUTH_TOKEN_ZONE_NAME  "oauth_token"
#define NGX_HTTP_OAUTH_TOKEN_ZONE_SIZE  ((size_t) 1024 * 1024)

/* nginx's own pages and a few tokens, as for other zones of nginx; pages */
#define NGX_HTTP_OAUTH_TOKEN_ZONE_PAGES  8


/* providers that a reload may add before one of them is not counted */
#define NGX_HTTP_OAUTH_TOKEN_ZONE_SPARE  16

/* the zone of that name, new when nobody has named it yet */
ngx_http_oauth_token_zone_conf_t *ngx_http_oauth_token_shm_zone(
    ngx_conf_t *cf, ngx_http_oauth_token_main_conf_t *mcf, ngx_str_t *name);

/* declares it; the store is there when the workers start */
ngx_int_t ngx_http_oauth_token_shm_add(ngx_conf_t *cf,
    ngx_http_oauth_token_zone_conf_t *zone, size_t size);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SHM_H_INCLUDED_ */
