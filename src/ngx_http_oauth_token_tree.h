
/*
 * Row 0: the body of a token request in JSON.
 *
 * Plain C with jansson, no nginx types, no state.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TREE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TREE_H_INCLUDED_


#include "ngx_http_oauth_token_form.h"


/*
 * A JSON object of strings in the order given.  Dots in a name go into objects,
 * numbers behind a dot into arrays, whose elements come in order, from 0 on
 * ("a.b.0"); what is behind a backslash stands for itself.
 *
 * Returns a NUL-terminated text in memory for secrets, its length in *len; the
 * caller gives it back.  Of a name that is given twice the last
 * value counts.  NULL: memory is short, a string is not UTF-8, or a name does
 * not go with another, has an empty part or too many.
 */
char *ngx_http_oauth_token_tree_body(const ngx_http_oauth_token_pair_t *pairs,
    size_t n, size_t *len);


#endif /* _NGX_HTTP_OAUTH_TOKEN_TREE_H_INCLUDED_ */
