
/*
 * Row 1: members of an answer that are kept with its token.
 *
 * Plain C with jansson, no nginx types, no state, no log.
 *
 * Token and values make up one run of bytes, which is what the store keeps, so
 * that they come, change and go together:
 *
 *     token NUL value NUL value ...
 *
 * with a value, maybe empty, for each capture of the provider and in its
 * order; nothing but the token when it has none.  None of them holds a NUL.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_CAPTURED_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_CAPTURED_H_INCLUDED_


#include "ngx_http_oauth_token_place.h"
#include "ngx_http_oauth_token_result.h"


/* of a provider: URLs and ids, not answers as a whole */
#define NGX_HTTP_OAUTH_TOKEN_CAPTURES     4

/* the longest value; no URL that works everywhere is longer */
#define NGX_HTTP_OAUTH_TOKEN_CAPTURE_MAX  2048


typedef struct {
    const char  *name;      /* of the variable; NULL: none */
    const char  *path;
} ngx_http_oauth_token_rule_t;


/*
 * Puts token and values into result->token.  A value is a string of visible
 * ASCII and blanks, or a number or a boolean as JSON writes it.  Anything else
 * is an empty value, and unless it is null or not there at all
 * result->uncaptured tells.  Returns 0, or -1: no memory.
 */
int ngx_http_oauth_token_captured_pack(
    const ngx_http_oauth_token_whole_t *whole,
    const ngx_http_oauth_token_rule_t *rules, const char *token,
    size_t token_len, ngx_http_oauth_token_result_t *result);

/* how many rules there are; a NULL name ends them */
size_t ngx_http_oauth_token_captured_count(
    const ngx_http_oauth_token_rule_t *rules);

/*
 * Finds the values in such a run: n of them, the missing ones empty.  Returns
 * the length of the token.
 */
size_t ngx_http_oauth_token_captured_split(const unsigned char *run,
    size_t len, ngx_http_oauth_token_bytes_t *values, size_t n);


#endif /* _NGX_HTTP_OAUTH_TOKEN_CAPTURED_H_INCLUDED_ */
