
/*
 * Row 3: what is known of grants.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_GRANTS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_GRANTS_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* a grant that is more than the text that is sent */
typedef struct ngx_http_oauth_token_grant_s {
    ngx_str_t    name;       /* in the configuration */
    ngx_str_t    sent;
    const char  *needs;      /* a parameter; NULL: none */
    ngx_uint_t   assertion;  /* a JWT, signed with the key */
    ngx_uint_t   exchange;   /* of a token for another */
} ngx_http_oauth_token_grant_t;


/* the grant with this short name; NULL: it is a text to be sent as it is */
const ngx_http_oauth_token_grant_t *ngx_http_oauth_token_grants_find(
    ngx_str_t *name);

/*
 * Whether a parameter of this name says what the configured grant is granted
 * for, or how much: a refresh token stands for all of that.  Others, such as
 * "audience" or an account, are the provider's own.
 */
ngx_uint_t ngx_http_oauth_token_grants_own(ngx_str_t *name);


/* whether a token request with this grant type exchanges a token */
ngx_uint_t ngx_http_oauth_token_grants_exchange(
    ngx_http_oauth_token_value_t *type);


#endif /* _NGX_HTTP_OAUTH_TOKEN_GRANTS_H_INCLUDED_ */
