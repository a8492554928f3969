
/*
 * Row 0: JSON Web Tokens in the compact form of JWS, RFC 7515 and 7519.
 *
 * Plain C with jansson and OpenSSL, no nginx types, no state, no log.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_JOSE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_JOSE_H_INCLUDED_


#include <stddef.h>

#include "ngx_http_oauth_token_signer.h"


/* a member of a header or of the claims; the caller's bytes, in UTF-8 */
typedef struct {
    const unsigned char  *name;
    size_t                name_len;
    const unsigned char  *value;
    size_t                value_len;
    int                   number;    /* where value is a plain integer */
} ngx_http_oauth_token_member_t;


/* the parts of a JWT; "alg" and "typ" come before those of the header */
typedef struct {
    const ngx_http_oauth_token_signer_t  *signer;
    const ngx_http_oauth_token_member_t  *header;
    size_t                                nheader;
    const ngx_http_oauth_token_member_t  *claims;
    size_t                                nclaims;
} ngx_http_oauth_token_jwt_t;


/*
 * base64url without padding (RFC 7515, section 2); dst has room, and NULL only
 * counts.  Returns the number of characters.
 */
size_t ngx_http_oauth_token_base64url(unsigned char *dst,
    const unsigned char *src, size_t len);

/*
 * A signed JWT, members in their order; one that is given twice becomes an
 * array.  Returns a NUL-terminated text in memory for secrets, since until its
 * end it is as good as the key, its length in *len.  NULL: memory is short,
 * OpenSSL has failed, or a value is not UTF-8, which *invalid tells.
 */
char *ngx_http_oauth_token_jose_jwt(const ngx_http_oauth_token_jwt_t *jwt,
    size_t *len, int *invalid);

/* the same of a header and a payload as they are */
char *ngx_http_oauth_token_jose_compact(
    const ngx_http_oauth_token_signer_t *signer,
    const unsigned char *header, size_t header_len,
    const unsigned char *payload, size_t payload_len, size_t *len);

/* whether the text has three parts of base64url with dots between them */
int ngx_http_oauth_token_jose_within(const char *text);


#endif /* _NGX_HTTP_OAUTH_TOKEN_JOSE_H_INCLUDED_ */
