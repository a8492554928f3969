
/*
 * Row 0: what a good answer grants beside its token: a lifetime, and maybe a
 * refresh token (RFC 6749, section 5.1).
 *
 * Plain C with jansson, no nginx types, no state, no log.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_GRANTED_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_GRANTED_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "ngx_http_oauth_token_lifetime.h"
#include "ngx_http_oauth_token_place.h"


/*
 * The longest lifetime of a refresh token that counts, ms: a larger number of
 * seconds is a moment, see lifetime.
 */
#define NGX_HTTP_OAUTH_TOKEN_REFRESH_MAX                                      \
    (NGX_HTTP_OAUTH_TOKEN_EPOCH_FROM * 1000)


/* token NULL: there is none; it belongs to the answer, NUL-terminated */
typedef struct {
    const char  *token;
    size_t       len;
    int64_t      lifetime;      /* ms, -1: not stated */
} ngx_http_oauth_token_granted_refresh_t;


/*
 * The lifetime that a member states, see lifetime; the default when it is NULL
 * or neither a number nor a string.
 */
ngx_http_oauth_token_lifetime_e ngx_http_oauth_token_granted_lifetime(
    json_t *value, ngx_http_oauth_token_unit_e unit, int64_t now_wall,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime);

/* the same of a place; *absent: there is nothing, or null */
ngx_http_oauth_token_lifetime_e ngx_http_oauth_token_granted_stated(
    const ngx_http_oauth_token_whole_t *whole, const char *path,
    ngx_http_oauth_token_unit_e unit, int64_t now_wall,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime,
    int *absent);

/*
 * The refresh token of an answer whose token, as json_text() has returned it,
 * is access.
 *
 * It is the "refresh_token" in the object that holds the token, else, as with
 * token_field data.accessToken the answer may be of either kind, the one at
 * the top.  The first that is there and not null decides: unless it is a
 * string of visible ASCII, of 1 to max bytes, there is no refresh token.
 *
 * Its lifetime is "refresh_token_expires_in" or "refresh_expires_in", in
 * seconds, searched for in the same two places, both in the first of them
 * before the second.  They are read as expires_in with unit=s is, moments and
 * dates included; what gives the default there, 0 above all, by which some
 * mean "never" and others "none", is not stated here.  Whose stated moment has
 * passed is no refresh token.
 */
void ngx_http_oauth_token_granted_refresh(json_t *root, const char *access,
    size_t max, int64_t now_wall,
    ngx_http_oauth_token_granted_refresh_t *refresh);


#endif /* _NGX_HTTP_OAUTH_TOKEN_GRANTED_H_INCLUDED_ */
