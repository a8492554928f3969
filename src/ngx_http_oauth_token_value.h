
/*
 * Row 2: a VALUE of the configuration: from text, a file or the environment,
 * constant or with variables.
 *
 * A value with variables is cut into parts.  What depends on the client's
 * request (CLIENT) is evaluated there, once, into the provider's slots; only
 * the slots go on to the token request and into the key of the cache.  What
 * is new for every attempt (UUID) or known only afterwards (TOKEN) is put in
 * when the value is rendered.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_VALUE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_VALUE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* what a value may hold; bits */
#define NGX_HTTP_OAUTH_TOKEN_VALUE_UUID     1
#define NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN    2
#define NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT   4   /* presets, for now */
#define NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET   8   /* a file: warn when "o+r" */
#define NGX_HTTP_OAUTH_TOKEN_VALUE_NAMED    256 /* resolved after the block */


/* what the parts of a value stand for when it is rendered; all optional */
typedef struct {
    ngx_str_t                        *slots;
    ngx_str_t                        *token;
    ngx_str_t                        *named;    /* by slot, see named */
} ngx_http_oauth_token_bindings_t;


/*
 * Reads text, "file:PATH" or "env:NAME" into *value.  directive is for the
 * error messages, which never show the value.  slots: the provider's array,
 * to which CLIENT parts are added; may be NULL where they are not allowed.
 */
ngx_int_t ngx_http_oauth_token_value_compile(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_str_t *text, ngx_uint_t allowed,
    ngx_array_t *slots, ngx_http_oauth_token_value_t *value);

/*
 * Evaluates the slots for a client's request, in its pool; *slots is an array
 * of as many strings.
 */
ngx_int_t ngx_http_oauth_token_value_slots(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t **slots);

/*
 * The text of a value; constant ones are not copied.  NGX_ERROR: no memory,
 * or no randomness.
 */
ngx_int_t ngx_http_oauth_token_value_render(ngx_pool_t *pool,
    ngx_http_oauth_token_value_t *value,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_VALUE_H_INCLUDED_ */
