
/*
 * Row 7: nginx's caches keep the answers for one provider, and for one tenant,
 * apart from those for others.
 *
 * Whatever the key of a cache is made of, what the token belongs to is mixed
 * into its hash: the provider's name, or with variables the key of the token.
 * The moment for it is between nginx's making of the key and its look into the
 * cache, when it evaluates proxy_cache_bypass and the like: a value is put
 * before the configured ones that is always empty, and which does it.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_APART_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_APART_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* when a location is merged, after nginx's own modules have merged theirs */
ngx_int_t ngx_http_oauth_token_apart_init(ngx_conf_t *cf,
    ngx_http_oauth_token_loc_conf_t *lcf);


#endif /* _NGX_HTTP_OAUTH_TOKEN_APART_H_INCLUDED_ */
