
/*
 * Row 0: how a value becomes a segment of a path, or a part of a query.
 *
 * Plain C, no nginx types, no state.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SEGMENT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SEGMENT_H_INCLUDED_


#include <stddef.h>


/*
 * Writes what stays where it is put: letters, digits and "-._~", which RFC 3986
 * calls unreserved, remain, all other bytes become "%XX".  dst is large enough;
 * NULL: nothing is written.  Returns the number of bytes.  Dots remain, so "."
 * and ".." are for the caller to refuse.
 */
size_t ngx_http_oauth_token_segment_escape(unsigned char *dst,
    const unsigned char *src, size_t len);

/* whether it is "." or "..", which lead to another place */
int ngx_http_oauth_token_segment_dots(const unsigned char *src, size_t len);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SEGMENT_H_INCLUDED_ */
