
/*
 * Row 0: the encodings of a token request.
 *
 * Plain C, no nginx types, no state.  Every writer takes a destination that
 * the caller has made large enough and returns the number of bytes written;
 * with dst == NULL it writes nothing and returns the number it would write.
 * Nothing is NUL-terminated unless that is said.  The caller owns and, where
 * the bytes are secret, wipes every buffer.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_FORM_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_FORM_H_INCLUDED_


#include <stddef.h>


/* a UUID in its canonical text form, RFC 4122, without a NUL */
#define NGX_HTTP_OAUTH_TOKEN_UUID_LEN  36


typedef struct {
    const unsigned char  *name;
    size_t                name_len;
    const unsigned char  *value;
    size_t                value_len;
} ngx_http_oauth_token_pair_t;


/*
 * application/x-www-form-urlencoded as in RFC 6749, appendix B: letters,
 * digits and "*-._" stay, a space becomes "+", all other bytes "%XX" (upper
 * case).
 */
size_t ngx_http_oauth_token_form_escape(unsigned char *dst,
    const unsigned char *src, size_t len);

/*
 * One component of a query string: what RFC 3986 allows in a query and no
 * form decoder misreads ("/:?@!$'()*,-._~", letters, digits) stays, all
 * other bytes become "%XX".  A space becomes "%20", which decoders of both
 * kinds read, and "/" stays, because Fiserv Card wants "scope=/cs/api".  ";"
 * does not stay: older decoders take it for "&".
 */
size_t ngx_http_oauth_token_query_escape(unsigned char *dst,
    const unsigned char *src, size_t len);

/*
 * Credentials of RFC 7617 with the scheme in front: "Basic aWQ6c2VjcmV0".
 * With urlencode set, id and secret are form-urlencoded first, as RFC 6749,
 * section 2.3.1 wants it.  Allocates nothing and leaves no copy behind.
 */
size_t ngx_http_oauth_token_basic(unsigned char *dst,
    const unsigned char *id, size_t id_len,
    const unsigned char *secret, size_t secret_len, int urlencode);

/* "a=b&c=d", names and values escaped for a body */
size_t ngx_http_oauth_token_form_body(unsigned char *dst,
    const ngx_http_oauth_token_pair_t *pairs, size_t n);

/* the same for a query string, without a leading "?" */
size_t ngx_http_oauth_token_query(unsigned char *dst,
    const ngx_http_oauth_token_pair_t *pairs, size_t n);

/*
 * Whether the bytes can stand in a header as a token: at least one, all of
 * them visible ASCII (0x21-0x7e).
 */
int ngx_http_oauth_token_visible(const unsigned char *p, size_t len);

/* whether the bytes can stand in a header value: no control, not even a tab */
int ngx_http_oauth_token_header_value(const unsigned char *p, size_t len);

/* whether the bytes can be a scope (RFC 6749, section 3.3) */
int ngx_http_oauth_token_scope_value(const unsigned char *p, size_t len);

/* whether the bytes are a header name, a token of RFC 9110, section 5.6.2 */
int ngx_http_oauth_token_header_name(const unsigned char *p, size_t len);

/*
 * Whether a parameter of this name may be sent more than once: "resource"
 * (RFC 8707, section 2) and "audience" (RFC 8693, section 2.1).  The name is
 * NUL-terminated.
 */
int ngx_http_oauth_token_form_repeats(const unsigned char *name);

/*
 * A new random UUID, version 4, in lower case, from OpenSSL's generator.
 * Returns 0, or -1 when the generator has failed.
 */
int ngx_http_oauth_token_uuid(
    unsigned char dst[NGX_HTTP_OAUTH_TOKEN_UUID_LEN]);


#endif /* _NGX_HTTP_OAUTH_TOKEN_FORM_H_INCLUDED_ */
