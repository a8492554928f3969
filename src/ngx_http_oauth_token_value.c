
#include "ngx_http_oauth_token_value.h"

#include "ngx_http_oauth_token_form.h"


typedef struct {
    ngx_str_t                    name;      /* without "$" */
    ngx_http_oauth_token_part_e  kind;
    ngx_uint_t                   allowed;
} ngx_http_oauth_token_placeholder_t;


static ngx_int_t ngx_http_oauth_token_value_read_file(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_str_t *name, ngx_uint_t secret,
    ngx_str_t *content);
static ngx_int_t ngx_http_oauth_token_value_read_env(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_str_t *name, ngx_str_t *content);
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
    ngx_str_t  source;

    value->set = 1;
    value->parts = NULL;

    if (text->len >= 5 && ngx_strncmp(text->data, "file:", 5) == 0) {
        source.data = text->data + 5;
        source.len = text->len - 5;

        return ngx_http_oauth_token_value_read_file(cf, directive, &source,
                              allowed & NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET,
                              &value->text);
    }

    if (text->len >= 4 && ngx_strncmp(text->data, "env:", 4) == 0) {
        source.data = text->data + 4;
        source.len = text->len - 4;

        return ngx_http_oauth_token_value_read_env(cf, directive, &source,
                                                   &value->text);
    }

    value->text = *text;

    if (ngx_http_script_variables_count(text) == 0) {
        return NGX_OK;
    }

    return ngx_http_oauth_token_value_split(cf, directive, allowed, slots,
                                            value);
}


static ngx_int_t
ngx_http_oauth_token_value_read_file(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_str_t *name, ngx_uint_t secret, ngx_str_t *content)
{
    off_t            size;
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_str_t        path;
    ngx_file_info_t  fi;

    path = *name;

    if (path.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" has no file name after \"file:\"",
                           directive);
        return NGX_ERROR;
    }

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    /* a FIFO must not hold up the start */

    fd = ngx_open_file(path.data, NGX_FILE_RDONLY|O_NONBLOCK, NGX_FILE_OPEN,
                       0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" of \"%V\" failed",
                           &path, directive);
        return NGX_ERROR;
    }

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" of \"%V\" failed",
                           &path, directive);
        goto failed;
    }

    size = ngx_file_size(&fi);

    if (!ngx_is_file(&fi) || size == 0
        || size > NGX_HTTP_OAUTH_TOKEN_VALUE_FILE_MAX)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" %s", &path, directive,
                           !ngx_is_file(&fi) ? "is not a regular file"
                           : size == 0 ? "is empty" : "is larger than 64k");
        goto failed;
    }

    if (secret && (ngx_file_access(&fi) & S_IROTH)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" of \"%V\" is readable by others",
                           &path, directive);
    }

    content->data = ngx_pnalloc(cf->pool, size);
    if (content->data == NULL) {
        goto failed;
    }

    n = ngx_read_fd(fd, content->data, size);

    if (n != size) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" of \"%V\" failed",
                           &path, directive);
        goto failed;
    }

    (void) ngx_close_file(fd);

    content->len = size;

    if (content->data[content->len - 1] == LF) {
        content->len--;

        if (content->len && content->data[content->len - 1] == CR) {
            content->len--;
        }
    }

    if (content->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" of \"%V\" is empty",
                           &path, directive);
        return NGX_ERROR;
    }

    return NGX_OK;

failed:

    (void) ngx_close_file(fd);

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_value_read_env(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_str_t *name, ngx_str_t *content)
{
    char  *env;

    /* arguments of directives end with a NUL */

    env = name->len ? getenv((char *) name->data) : NULL;

    if (env == NULL || *env == '\0') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "environment variable \"%V\" of \"%V\" is %s",
                           name, directive, env ? "empty" : "not set");
        return NGX_ERROR;
    }

    content->len = ngx_strlen(env);
    content->data = ngx_pnalloc(cf->pool, content->len);
    if (content->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(content->data, env, content->len);

    return NGX_OK;
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

        part->text.data = p;

        if (*p == '$') {
            part->text.len = ngx_http_oauth_token_value_variable(p, end);

            if (ngx_http_oauth_token_value_placeholder(cf, directive, allowed,
                                                       part)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

        } else {
            part->kind = NGX_HTTP_OAUTH_TOKEN_PART_TEXT;

            for (part->text.len = 1;
                 p + part->text.len < end && p[part->text.len] != '$';
                 part->text.len++)
            {
                /* void */
            }
        }

        p += part->text.len;

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

    default:
        return &part->text;
    }
}
