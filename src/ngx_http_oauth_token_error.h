
/*
 * Row 0: what a provider says of its error, and what of that may be logged.
 *
 * Plain C with jansson, no nginx types, no state, no log.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ERROR_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ERROR_H_INCLUDED_


#include <stddef.h>

#include <jansson.h>


/* whether the text can be an "error" of RFC 6749, section 5.2 at all */
int ngx_http_oauth_token_error_valid(const char *text);

/*
 * The "error" of an answer when it is a code: [a-z0-9_.-], shorter than max,
 * and a registered one when the answer may hold a secret.  NULL: there is no
 * such code.  It belongs to root, which may be NULL.
 */
const char *ngx_http_oauth_token_error_code(json_t *root, size_t max,
    int secretive);

/* whether the code (or NULL) says nothing against the client */
int ngx_http_oauth_token_error_passing(const char *code);

/*
 * Whether there is an "error"; token: beside a token, where some send one of
 * null, "" or other things.
 */
int ngx_http_oauth_token_error_oauth(json_t *root, int token);

/*
 * Whether an answer that has no token states a failure in a way of its own,
 * by a code or a word (errcode, status.code, responseStatus, ...); the reason
 * for that in dst: "code_" and the code, in lower case, or "app_error".  Codes
 * of zeros only, and those of a HTTP success, state none.
 */
int ngx_http_oauth_token_error_stated(json_t *root, char *dst, size_t size);

/*
 * Whether the answer may hold a secret: at any depth a member with "token" or
 * "secret" in its name (but not the type of a token) that is a string or has
 * something in it.
 */
int ngx_http_oauth_token_error_secretive(json_t *root);

/*
 * Copies what the provider says of its error, in any of the shapes in use, to
 * dst, cut to size with its NUL; anything but visible ASCII and blanks becomes
 * "?".  "" when it says nothing, or something that has a JWT in it.
 */
void ngx_http_oauth_token_error_quote(json_t *root, char *dst, size_t size);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ERROR_H_INCLUDED_ */
