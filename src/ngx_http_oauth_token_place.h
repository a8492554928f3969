
/*
 * Row 0: places in an answer, as token_field, expires_field and capture name
 * them.
 *
 * Plain C with jansson, no nginx types, no state, no log.
 *
 *     a.b, json:a.b   a member of the JSON body, see json; the prefix is for
 *                     members that would read as another kind of place
 *     header:NAME     a header of the answer, in any case
 *     body            all of a body that is no JSON, without blanks and line
 *                     ends around it, and without one pair of quotes
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PLACE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PLACE_H_INCLUDED_


#include <stddef.h>

#include <jansson.h>


/* a header value or a body, not NUL-terminated; data NULL: there is none */
typedef struct {
    const unsigned char  *data;
    size_t                len;
} ngx_http_oauth_token_bytes_t;


/* the first header of this name */
typedef ngx_http_oauth_token_bytes_t (*ngx_http_oauth_token_header_pt)(
    void *data, const char *name);


/* what an answer is made of */
typedef struct {
    json_t                          *root;     /* NULL: the body is no JSON */
    ngx_http_oauth_token_bytes_t     body;
    ngx_http_oauth_token_header_pt   header;   /* NULL: no headers */
    void                            *data;     /* for it */
} ngx_http_oauth_token_whole_t;


/* what is at a place; it belongs to the answer */
typedef struct {
    json_t      *value;     /* of any type, null too; NULL: nothing in JSON */
    const char  *text;      /* not NUL-terminated; NULL: no text, or empty */
    size_t       len;
} ngx_http_oauth_token_found_t;


/*
 * Whether the path can be one: no empty part, and the name of a header is one.
 * body: whether that is allowed.
 */
int ngx_http_oauth_token_place_valid(const char *path, int body);

/*
 * Looks there.  A body that begins as HTML, XML or JSON does, or is packed, is
 * never found as text: the answer is something else than was asked for.
 */
void ngx_http_oauth_token_place_find(const ngx_http_oauth_token_whole_t *whole,
    const char *path, ngx_http_oauth_token_found_t *found);

/* the first of a NULL-terminated list of paths that has a text, or NULL */
const char *ngx_http_oauth_token_place_first(
    const ngx_http_oauth_token_whole_t *whole, const char *const *paths,
    size_t *len);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PLACE_H_INCLUDED_ */
