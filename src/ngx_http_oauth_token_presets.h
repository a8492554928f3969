
/*
 * Row 0: what is known of the token endpoints of real providers: data, no
 * logic.
 *
 * A preset is a list of directives, run as if they stood in the block unless
 * the user has written them.  Adding one takes a few lines of the table.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PRESETS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PRESETS_H_INCLUDED_


/* with a NULL after the last */
#define NGX_HTTP_OAUTH_TOKEN_PRESET_LINES  16
#define NGX_HTTP_OAUTH_TOKEN_PRESET_ARGS   5


typedef struct {
    const char  *environment;
    const char  *url;           /* "{NAME}" is filled by "option NAME" */
} ngx_http_oauth_token_environment_t;


typedef struct ngx_http_oauth_token_preset_s {
    const char                          *name;

    /* the first is the default; none: the user gives token_endpoint */
    ngx_http_oauth_token_environment_t   environments[4];

    /* directive and arguments */
    const char  *lines[NGX_HTTP_OAUTH_TOKEN_PRESET_LINES]
                      [NGX_HTTP_OAUTH_TOKEN_PRESET_ARGS];

    /*
     * What the user must write: a directive, and for those that may be
     * repeated the name that it must have, which "header" gives to
     * "request_header" as well.
     */
    const char  *needs[4][2];
} ngx_http_oauth_token_preset_t;


/* ends with a NULL name */
extern const ngx_http_oauth_token_preset_t  ngx_http_oauth_token_presets[];


#endif /* _NGX_HTTP_OAUTH_TOKEN_PRESETS_H_INCLUDED_ */
