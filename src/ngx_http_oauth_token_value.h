
/*
 * Row 2: a VALUE of the configuration: from text, a file or the environment,
 * constant or with variables.
 *
 * A value with variables is cut into parts.  What the token depends on (CLIENT)
 * is evaluated for the client's request, once, into the provider's slots; only
 * the slots go on to the token request and into the key of the cache.  What
 * is new for every attempt (UUID) or known only afterwards (TOKEN), and what
 * only the client's request on its way depends on (LATE), is put in when the
 * value is rendered.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_VALUE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_VALUE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* what a value may hold; bits */
#define NGX_HTTP_OAUTH_TOKEN_VALUE_UUID     1
#define NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN    2
#define NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT   4   /* any other variable */
#define NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET   8   /* a file: warn when "o+r" */
#define NGX_HTTP_OAUTH_TOKEN_VALUE_NAMED    256 /* resolved after the block */

/* of its variables */
#define NGX_HTTP_OAUTH_TOKEN_VALUE_REQUIRED 16  /* none may be empty */
#define NGX_HTTP_OAUTH_TOKEN_VALUE_URL      32  /* each is escaped */


/* what the parts of a value stand for when it is rendered; all optional */
typedef struct {
    ngx_str_t                        *slots;
    ngx_str_t                        *token;
    ngx_http_request_t               *request;   /* the client's, for LATE */
    ngx_str_t                        *uri;       /* in place of the provider's;
                                                    NULL: none */
    ngx_str_t                        *named;    /* by slot, see named */
} ngx_http_oauth_token_bindings_t;


/*
 * Reads text, "file:PATH" or "env:NAME" into *value.  directive is for the
 * error messages, which never show the value.  slots: the provider's array,
 * to which variables are added; NULL: they are LATE.
 */
ngx_int_t ngx_http_oauth_token_value_compile(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_str_t *text, ngx_uint_t allowed,
    ngx_array_t *slots, ngx_http_oauth_token_value_t *value);

/*
 * The same for a value that was compiled without slots: its LATE variables
 * get theirs.  Of allowed what concerns variables counts, and SECRET.
 */
ngx_int_t ngx_http_oauth_token_value_depend(
    ngx_http_oauth_token_value_t *value, ngx_str_t *directive,
    ngx_http_oauth_token_where_t *where, ngx_uint_t allowed,
    ngx_array_t *slots);

/*
 * The text of a value; constant ones are not copied.  NGX_ERROR: no memory,
 * or no randomness.
 */
ngx_int_t ngx_http_oauth_token_value_render(ngx_pool_t *pool,
    ngx_http_oauth_token_value_t *value,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_VALUE_H_INCLUDED_ */
