
/*
 * Row 0: header fields of a provider's answer, and what they say of its body.
 *
 * Plain C, no nginx types.  Values come as bytes, without a NUL.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_FIELD_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_FIELD_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/*
 * What Retry-After (RFC 9110, section 10.2.3) asks for, in milliseconds from
 * now_wall on, at most max: digits are seconds, anything else is a date, a
 * past one asks for 0.  -1: the value is neither.
 */
int64_t ngx_http_oauth_token_field_retry_after(const unsigned char *value,
    size_t len, int64_t now_wall, int64_t max);

/*
 * Whether one of the challenges of WWW-Authenticate (RFC 9110, section
 * 11.6.1) has this scheme, in any case.  Tolerant: Paysafe's has no comma
 * between its parameters.
 */
int ngx_http_oauth_token_field_challenge(const unsigned char *value,
    size_t len, const char *scheme);

/*
 * Whether a challenge of this scheme has the parameter name=text, all in any
 * case, quoted or not.  As tolerant as the one above.
 */
int ngx_http_oauth_token_field_says(const unsigned char *value, size_t len,
    const char *scheme, const char *name, const char *text);

/*
 * The reason (see response.h) for a body that is no JSON, after its first
 * bytes and its Content-Type: no_token when it is blank, content_coding, html,
 * xml, else bad_json.
 */
const char *ngx_http_oauth_token_field_nature(const unsigned char *type,
    size_t type_len, const unsigned char *body, size_t len);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FIELD_H_INCLUDED_ */
