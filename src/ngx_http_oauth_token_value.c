
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_value.h"

#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_named.h"
#include "ngx_http_oauth_token_source.h"
#include "ngx_http_oauth_token_wipe.h"


typedef struct {
    ngx_str_t                    name;      /* without "$" */
    ngx_http_oauth_token_part_e  kind;
    ngx_uint_t                   allowed;
} ngx_http_oauth_token_placeholder_t;


static ngx_int_t ngx_http_oauth_token_value_split(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_uint_t allowed,
    ngx_http_oauth_token_value_t *value);
static size_t ngx_http_oauth_token_value_length(u_char *start, u_char *end);
static ngx_int_t ngx_http_oauth_token_value_placeholder(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_uint_t allowed,
    ngx_http_oauth_token_part_t *part);
static ngx_str_t ngx_http_oauth_token_value_name(ngx_str_t *text);
static ngx_int_t ngx_http_oauth_token_value_late(ngx_conf_t *cf,
    ngx_http_oauth_token_part_t *part);
static ngx_int_t ngx_http_oauth_token_value_part(
    ngx_http_oauth_token_part_t *part,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text);


static ngx_http_oauth_token_placeholder_t
    ngx_http_oauth_token_placeholders[] =
{
    { ngx_string("oauth_token_uuid"), NGX_HTTP_OAUTH_TOKEN_PART_UUID,
      NGX_HTTP_OAUTH_TOKEN_VALUE_UUID },

    { ngx_string("oauth_access_token"), NGX_HTTP_OAUTH_TOKEN_PART_TOKEN,
      NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN },

    { ngx_null_string, NGX_HTTP_OAUTH_TOKEN_PART_LATE,
      NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT }
};


ngx_int_t
ngx_http_oauth_token_value_compile(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_str_t *text, ngx_uint_t allowed, ngx_array_t *slots,
    ngx_http_oauth_token_value_t *value)
{
    ngx_int_t                     rc;
    ngx_http_oauth_token_where_t  where;

    value->set = 1;
    value->secret = 0;
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

    rc = ngx_http_oauth_token_value_split(cf, directive, allowed, value);

    if (rc != NGX_OK || slots == NULL) {
        return rc;
    }

    where.file = cf->conf_file->file.name;
    where.line = cf->conf_file->line;

    return ngx_http_oauth_token_value_depend(value, directive, &where, allowed,
                                             slots);
}


/* text and variables take turns, every variable is a part of its own */

static ngx_int_t
ngx_http_oauth_token_value_split(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_uint_t allowed, ngx_http_oauth_token_value_t *value)
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
            p += ngx_http_oauth_token_value_length(p, end);
        }

        part->text.len = p - part->text.data;

        if (*part->text.data == '$'
            && ngx_http_oauth_token_value_placeholder(cf, directive, allowed,
                                                      part)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (part->kind == NGX_HTTP_OAUTH_TOKEN_PART_LATE
            && ngx_http_oauth_token_value_late(cf, part) != NGX_OK)
        {
            return NGX_ERROR;
        }

        value->secret |= (part->kind == NGX_HTTP_OAUTH_TOKEN_PART_TOKEN
                          || part->kind == NGX_HTTP_OAUTH_TOKEN_PART_NAMED);

        if (part->kind == NGX_HTTP_OAUTH_TOKEN_PART_UUID) {
            part->text.len = NGX_HTTP_OAUTH_TOKEN_UUID_LEN;
        }
    }

    return NGX_OK;
}


/* the length of "$name" or "${name}" */

static size_t
ngx_http_oauth_token_value_length(u_char *start, u_char *end)
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

    name = ngx_http_oauth_token_value_name(&part->text);

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

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "variable \"$%V\" is not supported in \"%V\"",
                       &name, directive);

    return NGX_ERROR;
}


/* of "$name" or "${name}" */

static ngx_str_t
ngx_http_oauth_token_value_name(ngx_str_t *text)
{
    ngx_str_t  name;

    name.data = text->data + 1;
    name.len = text->len - 1;

    if (name.len > 2 && name.data[0] == '{') {
        name.data++;
        name.len -= 2;
    }

    return name;
}


static ngx_int_t
ngx_http_oauth_token_value_late(ngx_conf_t *cf,
    ngx_http_oauth_token_part_t *part)
{
    ngx_http_compile_complex_value_t  ccv;

    part->late = ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (part->late == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &part->text;
    ccv.complex_value = part->late;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_ERROR;
    }

    part->text = ngx_http_oauth_token_value_name(&part->text);

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_value_depend(ngx_http_oauth_token_value_t *value,
    ngx_str_t *directive, ngx_http_oauth_token_where_t *where,
    ngx_uint_t allowed, ngx_array_t *slots)
{
    ngx_uint_t                    i, n;
    ngx_http_oauth_token_part_t  *part;
    ngx_http_oauth_token_slot_t  *slot;

    n = value->parts ? value->parts->nelts : 0;
    part = n ? value->parts->elts : NULL;

    for (i = 0; i < n; i++) {

        if (part[i].kind != NGX_HTTP_OAUTH_TOKEN_PART_LATE) {
            continue;
        }

        slot = ngx_array_push(slots);
        if (slot == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(slot, sizeof(ngx_http_oauth_token_slot_t));

        slot->value = *part[i].late;
        slot->name = part[i].text;
        slot->directive = *directive;
        slot->where = *where;
        slot->required = (allowed & NGX_HTTP_OAUTH_TOKEN_VALUE_REQUIRED) != 0;
        slot->url = (allowed & NGX_HTTP_OAUTH_TOKEN_VALUE_URL) != 0;
        slot->secret = (allowed & NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET) != 0;

        part[i].kind = NGX_HTTP_OAUTH_TOKEN_PART_CLIENT;
        part[i].slot = slots->nelts - 1;
    }

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
    ngx_uint_t                    i, n;
    ngx_http_oauth_token_part_t  *part;

    if (value->parts == NULL) {
        *text = value->text;
        return NGX_OK;
    }

    len = 0;
    part = value->parts->elts;
    n = value->parts->nelts;
    s = ngx_palloc(pool, n * sizeof(ngx_str_t));
    if (s == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_oauth_token_value_part(&part[i], bindings, &s[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        len += s[i].len;
    }

    p = ngx_pnalloc(pool, len);

    if (p == NULL
        || (value->secret
            && ngx_http_oauth_token_wipe_bytes(pool, p, len) != NGX_OK))
    {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = len;

    for (i = 0; i < n; i++) {

        if (part[i].kind != NGX_HTTP_OAUTH_TOKEN_PART_UUID) {
            ngx_memcpy(p, s[i].data, s[i].len);

        } else if (ngx_http_oauth_token_uuid(p) != 0) {
            return NGX_ERROR;
        }

        p += s[i].len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_value_part(ngx_http_oauth_token_part_t *part,
    ngx_http_oauth_token_bindings_t *bindings, ngx_str_t *text)
{
    switch (part->kind) {

    case NGX_HTTP_OAUTH_TOKEN_PART_CLIENT:
        *text = bindings->slots[part->slot];
        return NGX_OK;

    case NGX_HTTP_OAUTH_TOKEN_PART_LATE:
        return ngx_http_complex_value(bindings->request, part->late, text);

    case NGX_HTTP_OAUTH_TOKEN_PART_TOKEN:
        *text = *bindings->token;
        return NGX_OK;

    case NGX_HTTP_OAUTH_TOKEN_PART_NAMED:
        *text = bindings->named[part->slot];
        return NGX_OK;

    default:
        *text = part->text;
        return NGX_OK;
    }
}
