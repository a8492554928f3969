
/*
 * Row 3: a text that grows, in the memory of a request: a chain of buffers.
 *
 * An error is kept until the end, so that whoever writes need not look at each
 * word.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_TEXT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_TEXT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* a buffer of it, and the most that one printf makes, bytes */
#define NGX_HTTP_OAUTH_TOKEN_TEXT_BUFFER  8192
#define NGX_HTTP_OAUTH_TOKEN_TEXT_MAX     2048


typedef struct {
    ngx_pool_t    *pool;
    ngx_chain_t   *first;
    ngx_chain_t  **last;
    ngx_buf_t     *buf;        /* the one that is filled */
    off_t          len;
    ngx_uint_t     failed;     /* no memory: the text is not whole */
} ngx_http_oauth_token_text_t;


/* the last one has an empty text */
typedef struct {
    u_char         character;
    char           text[7];
} ngx_http_oauth_token_escape_t;


void ngx_http_oauth_token_text_init(ngx_http_oauth_token_text_t *text,
    ngx_pool_t *pool);

/* bytes as they are, copied */
void ngx_http_oauth_token_text_add(ngx_http_oauth_token_text_t *text,
    const void *data, size_t len);

/* a constant, which is not copied */
void ngx_http_oauth_token_text_put(ngx_http_oauth_token_text_t *text,
    const ngx_str_t *constant);

/* as ngx_sprintf; what is longer than MAX is cut */
void ngx_cdecl ngx_http_oauth_token_text_printf(
    ngx_http_oauth_token_text_t *text, const char *fmt, ...);

/*
 * One that may be anybody's words, with what stands for some of its characters.
 */
void ngx_http_oauth_token_text_escaped(ngx_http_oauth_token_text_t *text,
    const ngx_str_t *words, const ngx_http_oauth_token_escape_t *escapes);


#endif /* _NGX_HTTP_OAUTH_TOKEN_TEXT_H_INCLUDED_ */
