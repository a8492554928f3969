
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_text.h"


static u_char *ngx_http_oauth_token_text_room(
    ngx_http_oauth_token_text_t *text, size_t len);
static ngx_buf_t *ngx_http_oauth_token_text_link(
    ngx_http_oauth_token_text_t *text, ngx_buf_t *b);


void
ngx_http_oauth_token_text_init(ngx_http_oauth_token_text_t *text,
    ngx_pool_t *pool)
{
    ngx_memzero(text, sizeof(ngx_http_oauth_token_text_t));

    text->pool = pool;
    text->last = &text->first;
}


/* where so many bytes can be written; NULL: nowhere */

static u_char *
ngx_http_oauth_token_text_room(ngx_http_oauth_token_text_t *text, size_t len)
{
    if (text->failed) {
        return NULL;
    }

    if (text->buf && (size_t) (text->buf->end - text->buf->last) >= len) {
        return text->buf->last;
    }

    len = ngx_max(len, NGX_HTTP_OAUTH_TOKEN_TEXT_BUFFER);

    text->buf = ngx_http_oauth_token_text_link(text,
                                         ngx_create_temp_buf(text->pool, len));

    return text->buf ? text->buf->last : NULL;
}


static ngx_buf_t *
ngx_http_oauth_token_text_link(ngx_http_oauth_token_text_t *text, ngx_buf_t *b)
{
    ngx_chain_t  *cl;

    cl = b ? ngx_alloc_chain_link(text->pool) : NULL;

    if (cl == NULL) {
        text->failed = 1;
        return NULL;
    }

    cl->buf = b;
    cl->next = NULL;

    *text->last = cl;
    text->last = &cl->next;

    return b;
}


void
ngx_http_oauth_token_text_add(ngx_http_oauth_token_text_t *text,
    const void *data, size_t len)
{
    u_char  *p;

    p = ngx_http_oauth_token_text_room(text, len);

    if (p) {
        text->buf->last = ngx_cpymem(p, data, len);
        text->len += len;
    }
}


void
ngx_http_oauth_token_text_put(ngx_http_oauth_token_text_t *text,
    const ngx_str_t *constant)
{
    ngx_buf_t  *b;

    b = text->failed ? NULL : ngx_calloc_buf(text->pool);

    /* nothing is written behind it */

    text->buf = NULL;

    if (ngx_http_oauth_token_text_link(text, b) == NULL) {
        return;
    }

    b->pos = constant->data;
    b->last = constant->data + constant->len;
    b->memory = 1;

    text->len += constant->len;
}


void ngx_cdecl
ngx_http_oauth_token_text_printf(ngx_http_oauth_token_text_t *text,
    const char *fmt, ...)
{
    u_char   *p;
    va_list   args;

    p = ngx_http_oauth_token_text_room(text, NGX_HTTP_OAUTH_TOKEN_TEXT_MAX);

    if (p == NULL) {
        return;
    }

    va_start(args, fmt);
    text->buf->last = ngx_vslprintf(p, p + NGX_HTTP_OAUTH_TOKEN_TEXT_MAX, fmt,
                                    args);
    va_end(args);

    text->len += text->buf->last - p;
}


void
ngx_http_oauth_token_text_escaped(ngx_http_oauth_token_text_t *text,
    const ngx_str_t *words, const ngx_http_oauth_token_escape_t *escapes)
{
    size_t                                i, from;
    const ngx_http_oauth_token_escape_t  *e;

    for (from = 0, i = 0; i < words->len; i++) {

        for (e = escapes; e->text[0] && e->character != words->data[i]; e++) {
            /* void */
        }

        if (e->text[0]) {
            ngx_http_oauth_token_text_add(text, &words->data[from], i - from);
            ngx_http_oauth_token_text_add(text, e->text, ngx_strlen(e->text));
            from = i + 1;
        }
    }

    ngx_http_oauth_token_text_add(text, &words->data[from], i - from);
}
