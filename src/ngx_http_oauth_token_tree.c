
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: the body of a token request in JSON.  See the header.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ngx_http_oauth_token_json.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_tree.h"


/* parts of a name; real requests have 6 (Keystone) */
#define NGX_HTTP_OAUTH_TOKEN_TREE_DEPTH   16

/* more elements than any request has: two digits */
#define NGX_HTTP_OAUTH_TOKEN_TREE_DIGITS  2


/* a part of a name */
typedef struct {
    char    *name;          /* without backslashes */
    size_t   len;
    int      number;        /* of an element; -1: it is a member */
} ngx_http_oauth_token_branch_t;


static json_t *ngx_http_oauth_token_tree_object(
    const ngx_http_oauth_token_pair_t *pairs, size_t n);
static int ngx_http_oauth_token_tree_put(json_t *root,
    const ngx_http_oauth_token_pair_t *pair, char *buffer);
static size_t ngx_http_oauth_token_tree_split(
    const ngx_http_oauth_token_pair_t *pair, char *buffer,
    ngx_http_oauth_token_branch_t *branches);
static int ngx_http_oauth_token_tree_number(const unsigned char *text,
    size_t len);
static json_t *ngx_http_oauth_token_tree_get(json_t *node,
    const ngx_http_oauth_token_branch_t *branch);
static int ngx_http_oauth_token_tree_set(json_t *node,
    const ngx_http_oauth_token_branch_t *branch, json_t *value);
static json_t *ngx_http_oauth_token_tree_enter(json_t *node,
    const ngx_http_oauth_token_branch_t *branch, int array);


char *
ngx_http_oauth_token_tree_body(const ngx_http_oauth_token_pair_t *pairs,
    size_t n, size_t *len)
{
    char                                *text;
    json_t                              *object;
    ngx_http_oauth_token_json_memory_t   outside;

    ngx_http_oauth_token_json_enter(&outside);

    text = NULL;
    object = ngx_http_oauth_token_tree_object(pairs, n);

    if (object != NULL) {
        text = ngx_http_oauth_token_json_dump(object, JSON_COMPACT, len);
        json_decref(object);
    }

    ngx_http_oauth_token_json_leave(&outside);

    return text;
}


static json_t *
ngx_http_oauth_token_tree_object(const ngx_http_oauth_token_pair_t *pairs,
    size_t n)
{
    int      rc;
    char    *buffer;
    size_t   i;
    json_t  *root;

    root = json_object();
    rc = 0;

    for (i = 0; root != NULL && rc == 0 && i < n; i++) {
        buffer = malloc(pairs[i].name_len + 1);

        rc = buffer != NULL
             ? ngx_http_oauth_token_tree_put(root, &pairs[i], buffer) : -1;

        free(buffer);
    }

    if (rc != 0) {
        json_decref(root);
        return NULL;
    }

    return root;
}


static int
ngx_http_oauth_token_tree_put(json_t *root,
    const ngx_http_oauth_token_pair_t *pair, char *buffer)
{
    size_t                          i, n;
    json_t                         *node, *there;
    ngx_http_oauth_token_branch_t   branches[NGX_HTTP_OAUTH_TOKEN_TREE_DEPTH];

    n = ngx_http_oauth_token_tree_split(pair, buffer, branches);

    if (n == 0) {
        return -1;
    }

    node = root;

    for (i = 0; i < n - 1; i++) {
        node = ngx_http_oauth_token_tree_enter(node, &branches[i],
                                               branches[i + 1].number >= 0);
        if (node == NULL) {
            return -1;
        }
    }

    there = ngx_http_oauth_token_tree_get(node, &branches[i]);

    if (json_is_object(there) || json_is_array(there)) {
        return -1;
    }

    /* takes over the value, also when it fails or the value is NULL */

    return ngx_http_oauth_token_tree_set(node, &branches[i],
                              json_stringn((const char *) pair->value,
                                           pair->value_len));
}


/* how many parts the name has; 0: it is none */

static size_t
ngx_http_oauth_token_tree_split(const ngx_http_oauth_token_pair_t *pair,
    char *buffer, ngx_http_oauth_token_branch_t *branches)
{
    size_t                          n;
    const unsigned char            *p, *start, *last;
    ngx_http_oauth_token_branch_t  *branch;

    p = pair->name;
    last = p + pair->name_len;

    for (n = 0; n < NGX_HTTP_OAUTH_TOKEN_TREE_DEPTH; n++) {
        branch = &branches[n];
        branch->name = buffer;
        start = p;

        while (p < last && *p != '.') {

            if (*p == '\\' && p + 1 < last) {
                p++;
            }

            *buffer++ = (char) *p++;
        }

        branch->len = (size_t) (buffer - branch->name);

        if (branch->len == 0) {
            return 0;
        }

        branch->number = n == 0 ? -1
                         : ngx_http_oauth_token_tree_number(start,
                                                       (size_t) (p - start));

        if (p == last) {
            return n + 1;
        }

        p++;
    }

    return 0;
}


static int
ngx_http_oauth_token_tree_number(const unsigned char *text, size_t len)
{
    int     number;
    size_t  i;

    if (len > NGX_HTTP_OAUTH_TOKEN_TREE_DIGITS) {
        return -1;
    }

    number = 0;

    for (i = 0; i < len; i++) {

        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }

        number = number * 10 + (text[i] - '0');
    }

    return number;
}


static json_t *
ngx_http_oauth_token_tree_get(json_t *node,
    const ngx_http_oauth_token_branch_t *branch)
{
    return json_is_array(node)
           ? json_array_get(node, (size_t) branch->number)
           : json_object_getn(node, branch->name, branch->len);
}


static int
ngx_http_oauth_token_tree_set(json_t *node,
    const ngx_http_oauth_token_branch_t *branch, json_t *value)
{
    if (!json_is_array(node)) {
        return json_object_setn_new(node, branch->name, branch->len, value);
    }

    if (branch->number >= 0
        && (size_t) branch->number < json_array_size(node))
    {
        return json_array_set_new(node, (size_t) branch->number, value);
    }

    if ((size_t) branch->number == json_array_size(node)) {
        return json_array_append_new(node, value);
    }

    json_decref(value);

    return -1;
}


/* the array or object there, a new one when there is nothing */

static json_t *
ngx_http_oauth_token_tree_enter(json_t *node,
    const ngx_http_oauth_token_branch_t *branch, int array)
{
    json_t  *there;

    there = ngx_http_oauth_token_tree_get(node, branch);

    if (there == NULL) {
        there = array ? json_array() : json_object();

        return ngx_http_oauth_token_tree_set(node, branch, there) == 0
               ? there : NULL;
    }

    return (array ? json_is_array(there) : json_is_object(there)) ? there
                                                                  : NULL;
}
