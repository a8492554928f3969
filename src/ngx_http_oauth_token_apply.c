
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_apply.h"

#include "ngx_http_oauth_token_directive.h"
#include "ngx_http_oauth_token_presets.h"


static ngx_int_t ngx_http_oauth_token_apply_none(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static void ngx_http_oauth_token_apply_require(
    ngx_http_oauth_token_provider_t *p, const char *name);
static ngx_http_oauth_token_field_t *ngx_http_oauth_token_apply_find(
    ngx_array_t *headers, const char *name);
static ngx_int_t ngx_http_oauth_token_apply_needs(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p,
    const ngx_http_oauth_token_preset_t *preset);
static ngx_int_t ngx_http_oauth_token_apply_environment(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p,
    const ngx_http_oauth_token_preset_t *preset);
static ngx_int_t ngx_http_oauth_token_apply_url(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, const char *url);
static ngx_int_t ngx_http_oauth_token_apply_unused(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_keyval_t *ngx_http_oauth_token_apply_option(
    ngx_http_oauth_token_provider_t *p, const char *name, size_t len);


ngx_int_t
ngx_http_oauth_token_apply_preset(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                            i;
    const ngx_http_oauth_token_preset_t  *preset;

    preset = p->preset;

    if (preset == NULL) {
        return ngx_http_oauth_token_apply_none(cf, p);
    }

    if (ngx_http_oauth_token_apply_needs(cf, p, preset) != NGX_OK
        || ngx_http_oauth_token_apply_environment(cf, p, preset) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; preset->lines[i][0]; i++) {
        if (ngx_http_oauth_token_apply_line(cf, p, preset->lines[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* what only makes sense with a preset, or makes one superfluous */

static ngx_int_t
ngx_http_oauth_token_apply_none(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    if (p->environment.data || p->options.nelts) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has no \"preset\" for its "
                           "\"%s\"", &p->name,
                           p->environment.data ? "environment" : "option");
        return NGX_ERROR;
    }

    if (p->url.data == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" needs \"token_endpoint\" or "
                           "\"preset\"", &p->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* what a preset needs is not to be empty either; NULL is nothing */

static void
ngx_http_oauth_token_apply_require(ngx_http_oauth_token_provider_t *p,
    const char *name)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_part_t   *part;
    ngx_http_oauth_token_slot_t   *slot;
    ngx_http_oauth_token_field_t  *field;

    field = name ? ngx_http_oauth_token_apply_find(&p->headers, name) : NULL;

    if (field == NULL || field->value.parts == NULL) {
        return;
    }

    slot = p->slots.elts;
    part = field->value.parts->elts;

    for (i = 0; i < field->value.parts->nelts; i++) {
        if (part[i].kind == NGX_HTTP_OAUTH_TOKEN_PART_CLIENT) {
            slot[part[i].slot].required = 1;
        }
    }
}


static ngx_int_t
ngx_http_oauth_token_apply_needs(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p,
    const ngx_http_oauth_token_preset_t *preset)
{
    ngx_uint_t          i;
    ngx_array_t        *headers;
    const char *const  *need;

    for (i = 0; preset->needs[i][0]; i++) {
        need = preset->needs[i];

        /* a "header" goes to both, so it also is a "request_header" */

        headers = ngx_strcmp(need[0], "header") == 0 ? &p->upstream_headers
                                                     : &p->headers;

        if (need[1] ? ngx_http_oauth_token_apply_has(headers, need[1])
                    : ngx_http_oauth_token_directive_written(p, need[0]))
        {
            ngx_http_oauth_token_apply_require(p, need[1]);
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" needs \"%s%s%s\" (preset \"%s\")",
                           &p->name, need[0], need[1] ? " " : "",
                           need[1] ? need[1] : "", preset->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_apply_environment(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p,
    const ngx_http_oauth_token_preset_t *preset)
{
    u_char                                    *last, known[128];
    const ngx_http_oauth_token_environment_t  *env;

    if (p->url.data) {

        if (p->environment.data) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "provider \"%V\" has both \"token_endpoint\" "
                               "and \"environment\"", &p->name);
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    last = known;

    for (env = preset->environments; env->environment; env++) {

        if (p->environment.data == NULL
            || ngx_strcmp(env->environment, p->environment.data) == 0)
        {
            return ngx_http_oauth_token_apply_url(cf, p, env->url);
        }

        last = ngx_slprintf(last, known + sizeof(known), "%s\"%s\"",
                            last == known ? "" : ", ", env->environment);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown environment \"%V\" of provider \"%V\", "
                       "preset \"%s\" has %*s", &p->environment, &p->name,
                       preset->name, (size_t) (last - known), known);

    return NGX_ERROR;
}


/* fills each {NAME} with its option; one that was used loses its key */

static ngx_int_t
ngx_http_oauth_token_apply_url(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, const char *url)
{
    size_t         len;
    u_char        *dst;
    ngx_uint_t     i;
    const char    *end;
    ngx_keyval_t  *kv;

    kv = p->options.elts;
    len = ngx_strlen(url);

    for (i = 0; i < p->options.nelts; i++) {
        len += kv[i].value.len;
    }

    dst = ngx_pnalloc(cf->pool, len + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    p->url.data = dst;

    while (*url) {

        if (*url != '{') {
            *dst++ = *url++;
            continue;
        }

        end = strchr(++url, '}');

        kv = ngx_http_oauth_token_apply_option(p, url, end - url);

        if (kv == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "provider \"%V\" needs \"option %*s\" "
                               "(preset \"%s\")", &p->name,
                               (size_t) (end - url), url, p->preset->name);
            return NGX_ERROR;
        }

        dst = ngx_cpymem(dst, kv->value.data, kv->value.len);
        url = end + 1;

        kv->key.len = 0;
    }

    p->url.len = dst - p->url.data;
    *dst = '\0';

    return ngx_http_oauth_token_apply_unused(cf, p);
}


static ngx_int_t
ngx_http_oauth_token_apply_unused(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = p->options.elts;

    for (i = 0; i < p->options.nelts; i++) {
        if (kv[i].key.len) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "preset \"%s\" of provider \"%V\" has no "
                               "option \"%V\"", p->preset->name, &p->name,
                               &kv[i].key);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_keyval_t *
ngx_http_oauth_token_apply_option(ngx_http_oauth_token_provider_t *p,
    const char *name, size_t len)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = p->options.elts;

    for (i = 0; i < p->options.nelts; i++) {
        if (kv[i].key.len == len && ngx_strncmp(kv[i].key.data, name, len) == 0)
        {
            return &kv[i];
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_oauth_token_apply_line(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, const char *const *args)
{
    ngx_str_t   *written;
    ngx_uint_t   i;

    static const char  *always[] = {
        "grant_type", "scope", "parameter", "request_header", NULL
    };

    for (i = 0; always[i]; i++) {
        if (ngx_strcmp(always[i], args[0]) == 0) {
            break;
        }
    }

    if (always[i] == NULL && ngx_http_oauth_token_directive_written(p, args[0]))
    {
        return NGX_OK;
    }

    if (ngx_http_oauth_token_directive_apply(cf, p, args) != NGX_CONF_OK) {
        return NGX_ERROR;
    }

    /* what a preset has said is not left to the defaults any more */

    written = ngx_array_push(&p->written);
    if (written == NULL) {
        return NGX_ERROR;
    }

    written->data = (u_char *) args[0];
    written->len = ngx_strlen(args[0]);

    return NGX_OK;
}


ngx_uint_t
ngx_http_oauth_token_apply_has(ngx_array_t *headers, const char *name)
{
    return ngx_http_oauth_token_apply_find(headers, name) != NULL;
}


static ngx_http_oauth_token_field_t *
ngx_http_oauth_token_apply_find(ngx_array_t *headers, const char *name)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    field = headers->elts;

    for (i = 0; i < headers->nelts; i++) {
        if (field[i].name.len == ngx_strlen(name)
            && ngx_strncasecmp(field[i].name.data, (u_char *) name,
                               field[i].name.len) == 0)
        {
            return &field[i];
        }
    }

    return NULL;
}
