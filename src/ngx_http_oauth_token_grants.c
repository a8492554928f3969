
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_grants.h"


static const ngx_http_oauth_token_grant_t  ngx_http_oauth_token_grants[] = {

    { ngx_string("password"), ngx_string("password"), "username", 0, 0 },

    { ngx_string("refresh_token"), ngx_string("refresh_token"),
      "refresh_token", 0, 0 },

    /* RFC 8693, section 2.1 */
    { ngx_string("token_exchange"),
      ngx_string("urn:ietf:params:oauth:grant-type:token-exchange"),
      "subject_token", 0, 1 },

    /* RFC 7523, section 2.1 */
    { ngx_string("jwt_bearer"),
      ngx_string("urn:ietf:params:oauth:grant-type:jwt-bearer"), NULL, 1, 0 },

    { ngx_null_string, ngx_null_string, NULL, 0, 0 }
};


static ngx_str_t  ngx_http_oauth_token_grant_parameters[] = {
    ngx_string("username"),               /* RFC 6749, section 4.3 */
    ngx_string("password"),
    ngx_string("scope"),                  /* section 6: the same as granted */
    ngx_string("scopes"),                 /* the same, as Candescent says it */
    ngx_string("refresh_token"),          /* section 6: a newer one is sent */
    ngx_string("assertion"),              /* RFC 7521, section 4.1 */
    ngx_string("subject_token"),          /* RFC 8693, section 2.1 */
    ngx_string("subject_token_type"),
    ngx_string("actor_token"),
    ngx_string("actor_token_type"),
    ngx_string("requested_token_type"),
    ngx_null_string
};


const ngx_http_oauth_token_grant_t *
ngx_http_oauth_token_grants_find(ngx_str_t *name)
{
    const ngx_http_oauth_token_grant_t  *grant;

    for (grant = ngx_http_oauth_token_grants; grant->name.len; grant++) {
        if (grant->name.len == name->len
            && ngx_strncmp(grant->name.data, name->data, name->len) == 0)
        {
            return grant;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_oauth_token_grants_exchange(ngx_http_oauth_token_value_t *type)
{
    const ngx_http_oauth_token_grant_t  *grant;

    for (grant = ngx_http_oauth_token_grants; grant->name.len; grant++) {
        if (grant->exchange && type->set
            && type->text.len == grant->sent.len
            && ngx_strncmp(type->text.data, grant->sent.data, type->text.len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_oauth_token_grants_own(ngx_str_t *name)
{
    ngx_str_t  *own;

    for (own = ngx_http_oauth_token_grant_parameters; own->len; own++) {
        if (own->len == name->len
            && ngx_strncmp(own->data, name->data, own->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}
