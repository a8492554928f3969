
#include "ngx_http_oauth_token_value.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_named.h"
#include "ngx_http_oauth_token_source.h"


typedef struct {
    ngx_str_t                    name;      /* without "$" */
    ngx_http_oauth_token_part_e  kind;
    ngx_uint_t                   allowed;
} ngx_http_oauth_token_placeholder_t;


static ngx_int_t ngx_http_oauth_token_value_split(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_uint_t allowed, ngx_array_t *slots,
    ngx_http_oauth_token_value_t *value);
static size_t ngx_http_oauth_token_value_variable(u_char *start, u_char *end);
static ngx_int_t ngx_http_oauth_token_value_placeholder(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_uint_t allowed,
    ngx_http_oauth_token_part_t *part);
static ngx_int_t ngx_http_oauth_token_value_client(ngx_conf_t *cf,
    ngx_http_oauth_token_part_t *part, ngx_array_t *slots);
static ngx_str_t *ngx_http_oauth_token_value_part(
    ngx_http_oauth_token_part_t *part,
    ngx_http_oauth_token_bindings_t *bindings);


static ngx_http_oauth_token_placeholder_t
    ngx_http_oauth_token_placeholders[] =
{
    { ngx_string("oauth_token_uuid"), NGX_HTTP_OAUTH_TOKEN_PART_UUID,
      NGX_HTTP_OAUTH_TOKEN_VALUE_UUID },

    { ngx_string("oauth_access_token"), NGX_HTTP_OAUTH_TOKEN_PART_TOKEN,
      NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN },

    { ngx_null_string, NGX_HTTP_OAUTH_TOKEN_PART_CLIENT,
      NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT }
};


ngx_int_t
ngx_http_oauth_token_value_compile(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_str_t *text, ngx_uint_t allowed, ngx_array_t *slots,
    ngx_http_oauth_token_value_t *value)
{
    ngx_int_t  rc;

    value->set = 1;
    value->parts = NULL;

    rc = ngx_http_oauth_token_source(cf, directive, text,
                              allowed & NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET,
                              &value->text);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    value->text = *text;

    if (ngx_http_script_variables_count(text) == 0) {
        return NGX_OK;
    }

    return ngx_http_oauth_token_value_split(cf, directive, allowed, slots,
                                            value);
}


/* text and variables take turns, every variable is a part of its own */

static ngx_int_t
ngx_http_oauth_token_value_split(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_uint_t allowed, ngx_array_t *slots,
    ngx_http_oauth_token_value_t *value)
{
    u_char                       *p, *end;
    ngx_http_oauth_token_part_t  *part;

    value->parts = ngx_array_create(cf->pool, 3,
                                    sizeof(ngx_http_oauth_token_part_t));
    if (value->parts == NULL) {
        return NGX_ERROR;
    }

    p = value->text.data;
    end = p + value->text.len;

    while (p < end) {

        part = ngx_array_push(value->parts);
        if (part == NULL) {
            return NGX_ERROR;
        }

        part->kind = NGX_HTTP_OAUTH_TOKEN_PART_TEXT;
        part->text.data = p;

        if (*p != '$') {
            p = ngx_strlchr(p, end, '$');
            p = p ? p : end;

        } else {
            p += ngx_http_oauth_token_value_variable(p, end);
        }

        part->text.len = p - part->text.data;

        if (*part->text.data == '$'
            && ngx_http_oauth_token_value_placeholder(cf, directive, allowed,
                                                      part)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (part->kind == NGX_HTTP_OAUTH_TOKEN_PART_CLIENT
            && ngx_http_oauth_token_value_client(cf, part, slots) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (part->kind == NGX_HTTP_OAUTH_TOKEN_PART_UUID) {
            part->text.len = NGX_HTTP_OAUTH_TOKEN_UUID_LEN;
        }
    }

    return NGX_OK;
}


/* the length of "$name" or "${name}" */

static size_t
ngx_http_oauth_token_value_variable(u_char *start, u_char *end)
{
    u_char  *p, ch;

    p = start + 1;

    if (p < end && *p == '{') {
        p = ngx_strlchr(p, end, '}');

        return (p ? p + 1 : end) - start;
    }

    for ( /* void */ ; p < end; p++) {
        ch = *p;

        if (!((ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z')
              || (ch >= '0' && ch <= '9') || ch == '_'))
        {
            break;
        }
    }

    return p - start;
}


static ngx_int_t
ngx_http_oauth_token_value_placeholder(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_uint_t allowed, ngx_http_oauth_token_part_t *part)
{
    ngx_str_t                            name;
    ngx_http_oauth_token_placeholder_t  *ph;

    name.data = part->text.data + 1;
    name.len = part->text.len - 1;

    if (name.len > 2 && name.data[0] == '{') {
        name.data++;
        name.len -= 2;
    }

    for (ph = ngx_http_oauth_token_placeholders; ph->name.len; ph++) {
        if (ph->name.len == name.len
            && ngx_strncmp(ph->name.data, name.data, name.len) == 0)
        {
            break;
        }
    }

    part->kind = ph->kind;

    if (ph->name.len == 0 && (allowed & NGX_HTTP_OAUTH_TOKEN_VALUE_NAMED)
        && ngx_http_oauth_token_named(&name, &part->text))
    {
        part->kind = NGX_HTTP_OAUTH_TOKEN_PART_NAMED;
        return NGX_OK;
    }

    if (ph->allowed & allowed) {
        return NGX_OK;
    }

    if (allowed & NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET) {

        /* what looks like a name may be the half of a secret */

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "variables are not supported in \"%V\", a value "
                           "with \"$\" can be given by \"file:\" or \"env:\"",
                           directive);
    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "variable \"$%V\" is not supported in \"%V\"",
                           &name, directive);
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_value_client(ngx_conf_t *cf,
    ngx_http_oauth_token_part_t *part, ngx_array_t *slots)
{
    ngx_http_complex_value_t          *cv;
    ngx_http_compile_complex_value_t   ccv;

    cv = ngx_array_push(slots);
    if (cv == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(cv, sizeof(ngx_http_complex_value_t));
    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &part->text;
    ccv.complex_value = cv;

    part->slot = slots->nelts - 1;

    return ngx_http_compile_complex_value(&ccv);
}


ngx_int_t
ngx_http_oauth_token_value_slots(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t **slots)
{
    ngx_str_t                 *s;
    ngx_uint_t                 i;
    ngx_http_complex_value_t  *cv;

    s = ngx_palloc(r->pool, provider->slots.nelts * sizeof(ngx_str_t));
    if (s == NULL) {
        return NGX_ERROR;
    }

    cv = provider->slots.elts;

    for (i = 0; i < provider->slots.nelts; i++) {
        if (ngx_http_complex_value(r, &cv[i], &s[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        /* a client's value that cannot be sent is as good as none */

        if (!ngx_http_oauth_token_header_value(s[i].data, s[i].len)) {
            s[i].len = 0;
        }
    }

    *slots = s;

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_value_render(ngx_pool_t *pool,
    ngx_http_oauth_token_value_t *value,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text)
{
    u_char                       *p;
    size_t                        len;
    ngx_str_t                    *s;
    ngx_uint_t                    i;
    ngx_http_oauth_token_part_t  *part;

    if (value->parts == NULL) {
        *text = value->text;
        return NGX_OK;
    }

    len = 0;
    part = value->parts->elts;

    for (i = 0; i < value->parts->nelts; i++) {
        len += ngx_http_oauth_token_value_part(&part[i], bindings)->len;
    }

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = len;

    for (i = 0; i < value->parts->nelts; i++) {
        s = ngx_http_oauth_token_value_part(&part[i], bindings);

        if (part[i].kind != NGX_HTTP_OAUTH_TOKEN_PART_UUID) {
            ngx_memcpy(p, s->data, s->len);

        } else if (ngx_http_oauth_token_uuid(p) != 0) {
            return NGX_ERROR;
        }

        p += s->len;
    }

    return NGX_OK;
}


static ngx_str_t *
ngx_http_oauth_token_value_part(ngx_http_oauth_token_part_t *part,
    ngx_http_oauth_token_bindings_t *bindings)
{
    switch (part->kind) {

    case NGX_HTTP_OAUTH_TOKEN_PART_CLIENT:
        return &bindings->slots[part->slot];

    case NGX_HTTP_OAUTH_TOKEN_PART_TOKEN:
        return bindings->token;

    case NGX_HTTP_OAUTH_TOKEN_PART_NAMED:
        return &bindings->named[part->slot];

    default:
        return &part->text;
    }
}
