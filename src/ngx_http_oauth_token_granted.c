
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: what a good answer grants beside its token.  See the header.
 */

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_granted.h"
#include "ngx_http_oauth_token_json.h"


static json_t *ngx_http_oauth_token_granted_find(json_t *root,
    const char *access, const char *const *names);
static json_t *ngx_http_oauth_token_granted_member(json_t *object,
    const char *const *names);


static const char *const  ngx_http_oauth_token_granted_tokens[] = {
    "refresh_token", NULL
};

static const char *const  ngx_http_oauth_token_granted_lifetimes[] = {
    "refresh_token_expires_in",       /* Fiserv, Candescent, Apigee */
    "refresh_expires_in",             /* Keycloak */
    NULL
};

/* not 0 at the least: that would be an end that has come */
static const ngx_http_oauth_token_limits_t  ngx_http_oauth_token_granted_limits
    = { -1, 1, NGX_HTTP_OAUTH_TOKEN_REFRESH_MAX };


ngx_http_oauth_token_lifetime_e
ngx_http_oauth_token_granted_lifetime(json_t *value,
    ngx_http_oauth_token_unit_e unit, int64_t now_wall,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime)
{
    if (json_is_number(value)) {
        return ngx_http_oauth_token_lifetime_number(json_number_value(value),
                                                    unit, now_wall, limits,
                                                    lifetime);
    }

    if (json_is_string(value)) {
        return ngx_http_oauth_token_lifetime_text(json_string_value(value),
                                                  json_string_length(value),
                                                  unit, now_wall, limits,
                                                  lifetime);
    }

    *lifetime = limits->by_default;

    return NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED;
}


ngx_http_oauth_token_lifetime_e
ngx_http_oauth_token_granted_stated(const ngx_http_oauth_token_whole_t *whole,
    const char *path, ngx_http_oauth_token_unit_e unit, int64_t now_wall,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime,
    int *absent)
{
    ngx_http_oauth_token_found_t  found;

    ngx_http_oauth_token_place_find(whole, path, &found);

    *absent = found.text == NULL
              && (found.value == NULL || json_is_null(found.value));

    if (found.text != NULL) {
        return ngx_http_oauth_token_lifetime_text(found.text, found.len, unit,
                                                  now_wall, limits, lifetime);
    }

    return ngx_http_oauth_token_granted_lifetime(found.value, unit, now_wall,
                                                 limits, lifetime);
}


void
ngx_http_oauth_token_granted_refresh(json_t *root, const char *access,
    size_t max, int64_t now_wall,
    ngx_http_oauth_token_granted_refresh_t *refresh)
{
    json_t                           *value;
    ngx_http_oauth_token_lifetime_e   how;

    refresh->token = NULL;
    refresh->len = 0;
    refresh->lifetime = -1;

    value = ngx_http_oauth_token_granted_find(root, access,
                                         ngx_http_oauth_token_granted_tokens);

    if (!json_is_string(value)
        || json_string_length(value) > max
        || !ngx_http_oauth_token_visible(
                           (const unsigned char *) json_string_value(value),
                           json_string_length(value)))
    {
        return;
    }

    how = ngx_http_oauth_token_granted_lifetime(
                   ngx_http_oauth_token_granted_find(root, access,
                                   ngx_http_oauth_token_granted_lifetimes),
                   NGX_HTTP_OAUTH_TOKEN_UNIT_S, now_wall,
                   &ngx_http_oauth_token_granted_limits, &refresh->lifetime);

    if (how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED) {
        refresh->lifetime = -1;
        return;
    }

    refresh->token = json_string_value(value);
    refresh->len = json_string_length(value);
}


/* beside the token, or at the top */

static json_t *
ngx_http_oauth_token_granted_find(json_t *root, const char *access,
    const char *const *names)
{
    json_t  *value;

    value = ngx_http_oauth_token_granted_member(
                        ngx_http_oauth_token_json_holder(root, access), names);

    return value != NULL ? value
                         : ngx_http_oauth_token_granted_member(root, names);
}


static json_t *
ngx_http_oauth_token_granted_member(json_t *object, const char *const *names)
{
    json_t  *value;

    for ( /* void */ ; *names != NULL; names++) {
        value = json_object_get(object, *names);

        if (value != NULL && !json_is_null(value)) {
            return value;
        }
    }

    return NULL;
}
