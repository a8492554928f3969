
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_framing.h"


typedef ngx_uint_t (*ngx_http_oauth_token_framing_pt)(ngx_str_t *value);


typedef struct {
    ngx_str_t                        name;
    ngx_http_oauth_token_framing_pt  sound;
} ngx_http_oauth_token_framing_t;


static ngx_http_oauth_token_framing_t *ngx_http_oauth_token_framing_find(
    ngx_str_t *name);
static ngx_uint_t ngx_http_oauth_token_framing_length(ngx_str_t *value);
static ngx_uint_t ngx_http_oauth_token_framing_chunked(ngx_str_t *value);


static ngx_http_oauth_token_framing_t  ngx_http_oauth_token_framings[] = {
    { ngx_string("Content-Length"), ngx_http_oauth_token_framing_length },
    { ngx_string("Transfer-Encoding"), ngx_http_oauth_token_framing_chunked },
    { ngx_null_string, NULL }
};


ngx_uint_t
ngx_http_oauth_token_framing_sound(ngx_http_upstream_t *u)
{
    ngx_uint_t                       i, n;
    ngx_list_part_t                 *part;
    ngx_table_elt_t                 *h;
    ngx_http_oauth_token_framing_t  *framing;

    n = 0;

    for (part = &u->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            framing = ngx_http_oauth_token_framing_find(&h[i].key);

            if (framing && (n++ || !framing->sound(&h[i].value))) {
                return 0;
            }
        }
    }

    return 1;
}


static ngx_http_oauth_token_framing_t *
ngx_http_oauth_token_framing_find(ngx_str_t *name)
{
    ngx_http_oauth_token_framing_t  *framing;

    for (framing = ngx_http_oauth_token_framings; framing->sound; framing++) {

        if (framing->name.len == name->len
            && ngx_strncasecmp(framing->name.data, name->data, name->len) == 0)
        {
            return framing;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_http_oauth_token_framing_length(ngx_str_t *value)
{
    return ngx_atoof(value->data, value->len) != NGX_ERROR;
}


static ngx_uint_t
ngx_http_oauth_token_framing_chunked(ngx_str_t *value)
{
    return value->len == sizeof("chunked") - 1
           && ngx_strncasecmp(value->data, (u_char *) "chunked", value->len)
              == 0;
}
