
/*
 * Row 0: looking into the JSON of a stranger.
 *
 * Plain C with jansson, no nginx types, no state, no log.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_JSON_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_JSON_H_INCLUDED_


#include <stddef.h>

#include <jansson.h>


/*
 * Arrays and objects inside one another; real answers have 4.  Checked before
 * jansson sees the text, because its own limit, 2048, costs stack.
 */
#define NGX_HTTP_OAUTH_TOKEN_DEPTH_MAX  16

/* the longest payload of a JWT that is looked into, in base64 */
#define NGX_HTTP_OAUTH_TOKEN_JWT_MAX    12288


/* what jansson takes its memory from outside of our parts */
typedef struct {
    json_malloc_t  malloc_fn;
    json_free_t    free_fn;
} ngx_http_oauth_token_json_memory_t;


/*
 * Reads a text whose root is an object or an array; refuses members that come
 * twice and whatever RFC 8259 does.  The result is in memory for secrets, the
 * caller passes it to json_free().  NULL: no such text; *no_memory tells
 * whether memory was short instead.  What jansson says of a text quotes it, so
 * nothing is said.
 */
json_t *ngx_http_oauth_token_json_parse(const unsigned char *data, size_t len,
    int *no_memory);

/* NULL is nothing */
void ngx_http_oauth_token_json_free(json_t *root);

/*
 * From enter to leave all that jansson makes and gives back is in memory for
 * secrets.  Others have values of their own outside.
 */
void ngx_http_oauth_token_json_enter(
    ngx_http_oauth_token_json_memory_t *outside);
void ngx_http_oauth_token_json_leave(
    const ngx_http_oauth_token_json_memory_t *outside);

/*
 * Its text with a NUL, as jansson's flags want it, and its length; in memory
 * for secrets, the caller's.  NULL: memory is short.  Not json_dumps(), which
 * leaves out a name while memory is short, and tells nobody.
 */
char *ngx_http_oauth_token_json_dump(const json_t *root, size_t flags,
    size_t *len);

/*
 * The value at a path: dots go into objects, numbers into arrays
 * ("errors.0.message"), and a member whose own name has the dots comes first.
 * NULL: there is none.  The value belongs to root.
 */
json_t *ngx_http_oauth_token_json_member(json_t *root, const char *path);

/*
 * The string at a path when there is one that is not empty, else NULL.  It
 * belongs to root, is NUL-terminated and has no other NUL.
 */
const char *ngx_http_oauth_token_json_text(json_t *root, const char *path,
    size_t *len);

/* the first such string of a NULL-terminated list of paths */
const char *ngx_http_oauth_token_json_first(json_t *root,
    const char *const *paths, size_t *len);

/*
 * The object that has this very string as a member, at any depth; text is what
 * json_text() has returned.  NULL: there is none.
 */
json_t *ngx_http_oauth_token_json_holder(json_t *root, const char *text);

/*
 * The "exp" of a JWT, in seconds since the epoch, its signature unseen.
 * Returns 0, or -1 when the bytes are no JWT or state no plain number; or when
 * memory is short.
 */
int ngx_http_oauth_token_json_jwt_exp(const char *token, size_t len,
    double *exp);


#endif /* _NGX_HTTP_OAUTH_TOKEN_JSON_H_INCLUDED_ */
