
/*
 * Row 2: values that stand elsewhere: "file:PATH" and "env:NAME".
 *
 * They are read once, by the master, when the configuration is loaded.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SOURCE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SOURCE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* the longest file, bytes; a PEM of an RSA-4096 key has 3.3 kB */
#define NGX_HTTP_OAUTH_TOKEN_SOURCE_MAX  65536


/*
 * Reads what text names into *content; a newline at the end of a file is not
 * a part of it.  NGX_DECLINED: text is a value by itself; NGX_ERROR: logged,
 * with the name of the directive and never with the value.  Warns when a
 * secret may be read by others.
 */
ngx_int_t ngx_http_oauth_token_source(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_str_t *text, ngx_uint_t secret, ngx_str_t *content);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SOURCE_H_INCLUDED_ */
