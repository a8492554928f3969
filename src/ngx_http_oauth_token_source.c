
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_source.h"

#include "ngx_http_oauth_token_secret.h"


static ngx_int_t ngx_http_oauth_token_source_file(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_str_t *name, ngx_uint_t secret,
    ngx_str_t *content);
static ngx_int_t ngx_http_oauth_token_source_read(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_str_t *path, ngx_fd_t fd, ngx_uint_t secret,
    ngx_str_t *content);
static void ngx_http_oauth_token_source_chop(ngx_str_t *content);
static u_char *ngx_http_oauth_token_source_alloc(ngx_conf_t *cf, size_t size);
static ngx_int_t ngx_http_oauth_token_source_env(ngx_conf_t *cf,
    ngx_str_t *directive, ngx_str_t *name, ngx_str_t *content);


ngx_int_t
ngx_http_oauth_token_source(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_str_t *text, ngx_uint_t secret, ngx_str_t *content)
{
    ngx_str_t  name;

    if (text->len >= 5 && ngx_strncmp(text->data, "file:", 5) == 0) {
        name.data = text->data + 5;
        name.len = text->len - 5;

        return ngx_http_oauth_token_source_file(cf, directive, &name, secret,
                                                content);
    }

    if (text->len >= 4 && ngx_strncmp(text->data, "env:", 4) == 0) {
        name.data = text->data + 4;
        name.len = text->len - 4;

        return ngx_http_oauth_token_source_env(cf, directive, &name, content);
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_oauth_token_source_file(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_str_t *name, ngx_uint_t secret, ngx_str_t *content)
{
    ngx_fd_t   fd;
    ngx_int_t  rc;
    ngx_str_t  path;

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

    rc = ngx_http_oauth_token_source_read(cf, directive, &path, fd, secret,
                                          content);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", &path);
    }

    return rc;
}


static ngx_int_t
ngx_http_oauth_token_source_read(ngx_conf_t *cf, ngx_str_t *directive,
    ngx_str_t *path, ngx_fd_t fd, ngx_uint_t secret, ngx_str_t *content)
{
    off_t            size;
    ngx_file_info_t  fi;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" of \"%V\" failed",
                           path, directive);
        return NGX_ERROR;
    }

    size = ngx_file_size(&fi);

    if (!ngx_is_file(&fi) || size > NGX_HTTP_OAUTH_TOKEN_SOURCE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" %s", path, directive,
                           ngx_is_file(&fi) ? "is larger than 64k"
                                            : "is not a regular file");
        return NGX_ERROR;
    }

    if (secret && (ngx_file_access(&fi) & S_IROTH)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" of \"%V\" is readable by others",
                           path, directive);
    }

    content->len = size;
    content->data = ngx_http_oauth_token_source_alloc(cf, size);
    if (content->data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_read_fd(fd, content->data, size) != (ssize_t) size) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" of \"%V\" failed",
                           path, directive);
        return NGX_ERROR;
    }

    ngx_http_oauth_token_source_chop(content);

    if (content->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" of \"%V\" is empty",
                           path, directive);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* the newline that an editor adds to the last line */

static void
ngx_http_oauth_token_source_chop(ngx_str_t *content)
{
    if (content->len && content->data[content->len - 1] == LF) {
        content->len--;

        if (content->len && content->data[content->len - 1] == CR) {
            content->len--;
        }
    }
}


/* memory for secrets, of the configuration's life */

static u_char *
ngx_http_oauth_token_source_alloc(ngx_conf_t *cf, size_t size)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->data = ngx_http_oauth_token_secret_alloc(size);

    if (cln->data) {
        cln->handler = ngx_http_oauth_token_secret_free;
    }

    return cln->data;
}


static ngx_int_t
ngx_http_oauth_token_source_env(ngx_conf_t *cf, ngx_str_t *directive,
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
    content->data = ngx_http_oauth_token_source_alloc(cf, content->len);
    if (content->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(content->data, env, content->len);

    /* it stays where it is, for the next reload, and in every worker */

    ngx_http_oauth_token_secret_hide(env, content->len);

    return NGX_OK;
}
