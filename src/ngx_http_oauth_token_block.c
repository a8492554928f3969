
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_block.h"

#include "ngx_http_oauth_token_apply.h"
#include "ngx_http_oauth_token_caching.h"
#include "ngx_http_oauth_token_compute.h"
#include "ngx_http_oauth_token_key.h"
#include "ngx_http_oauth_token_reading.h"
#include "ngx_http_oauth_token_sanity.h"
#include "ngx_http_oauth_token_transport.h"
#include "ngx_http_oauth_token_url.h"


static ngx_int_t ngx_http_oauth_token_block_complete(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static void ngx_http_oauth_token_block_inject(
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_places(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_place(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_field_t *field,
    const char *directive);


/* unless the user or the preset has said otherwise */
static const char *const  ngx_http_oauth_token_block_lines[][4] = {
    { "client_auth", "client_secret_basic" },
    { "inject_header", "Authorization", "Bearer $oauth_access_token" },
    { "request_header", "Accept", "application/json" },
    { NULL }
};

static const char *const  ngx_http_oauth_token_block_grant[] = {
    "grant_type", "client_credentials", NULL
};

/* of the formats that have a body */
static const char *const  ngx_http_oauth_token_block_types[][4] = {
    { "request_header", "Content-Type", "application/x-www-form-urlencoded" },
    { "request_header", "Content-Type", "application/json" }
};


ngx_int_t
ngx_http_oauth_token_block_finish(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_int_t         rc;
    ngx_conf_file_t  *save, file;

    /* what concerns the block as a whole is told of its first line */

    save = cf->conf_file;
    file = *save;
    file.file.name = p->where.file;
    file.line = p->where.line;

    cf->conf_file = &file;
    p->trusted = 1;

    rc = ngx_http_oauth_token_block_complete(cf, p);

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_sanity(cf, p);
    }

    if (rc == NGX_OK) {

        if (p->url_where.line) {
            file.file.name = p->url_where.file;
            file.line = p->url_where.line;
        }

        rc = ngx_http_oauth_token_url_set(cf, p, &p->url, p->insecure_http);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_caching_defaults(cf, p);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_transport_finish(cf, p);
    }

    cf->conf_file = save;

    if (rc == NGX_OK) {
        rc = ngx_http_oauth_token_key_init(p);

        if (rc != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "OpenSSL has no digest for provider \"%V\"",
                               &p->name);
        }
    }

    return rc;
}


/* the preset, then the defaults */

static ngx_int_t
ngx_http_oauth_token_block_complete(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t  i;

    if (ngx_http_oauth_token_apply_preset(cf, p) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_conf_init_uint_value(p->method, NGX_HTTP_POST);
    ngx_conf_init_uint_value(p->format,
                             p->method == NGX_HTTP_GET
                                 ? NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
                                 : NGX_HTTP_OAUTH_TOKEN_FORMAT_FORM);
    ngx_conf_init_value(p->insecure_http, 0);

    ngx_http_oauth_token_reading_defaults(p);

    for (i = 0; ngx_http_oauth_token_block_lines[i][0]; i++) {
        if (ngx_http_oauth_token_apply_line(cf, p,
                                          ngx_http_oauth_token_block_lines[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (p->format != NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
        && ngx_http_oauth_token_apply_line(cf, p,
                                  ngx_http_oauth_token_block_types[p->format])
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_oauth_token_block_inject(p);

    if (ngx_http_oauth_token_compute_resolve(cf, p) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_block_places(cf, p);
}


/*
 * A value of text, the token, and text can be laid out once, when the token
 * comes.
 */

static void
ngx_http_oauth_token_block_inject(ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                    i, n;
    ngx_str_t                    *side;
    ngx_http_oauth_token_part_t  *part;

    if (p->inject.value.parts == NULL) {
        return;
    }

    part = p->inject.value.parts->elts;
    n = p->inject.value.parts->nelts;
    side = &p->inject_prefix;

    for (i = 0; i < n; i++) {

        if (part[i].kind == NGX_HTTP_OAUTH_TOKEN_PART_TOKEN
            && side == &p->inject_prefix)
        {
            side = &p->inject_suffix;
            continue;
        }

        if (part[i].kind != NGX_HTTP_OAUTH_TOKEN_PART_TEXT) {
            ngx_str_null(&p->inject_prefix);
            ngx_str_null(&p->inject_suffix);
            return;
        }

        *side = part[i].text;
    }

    p->inject_plain = (side == &p->inject_suffix);
}


/* where grant, scope and parameters go */

static ngx_int_t
ngx_http_oauth_token_block_places(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                     i, n;
    ngx_array_t                   *arrays[] = { &p->parameters,
                                                &p->grant_fields };
    ngx_http_oauth_token_field_t  *field;

    /* the default grant has no place where there is no body to put it in */

    if (!p->grant_type.value.set
        && (p->format != NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
            || p->method == NGX_HTTP_GET)
        && ngx_http_oauth_token_apply_line(cf, p,
                                           ngx_http_oauth_token_block_grant)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (p->grant_type.value.parts == NULL
        && p->grant_type.value.text.len == 4
        && ngx_strncmp(p->grant_type.value.text.data, "none", 4) == 0)
    {
        p->grant_type.value.set = 0;
    }

    if (ngx_http_oauth_token_block_place(cf, p, &p->grant_type, "grant_type")
        != NGX_OK
        || ngx_http_oauth_token_block_place(cf, p, &p->scope, "scope")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (n = 0; n < sizeof(arrays) / sizeof(arrays[0]); n++) {
        field = arrays[n]->elts;

        for (i = 0; i < arrays[n]->nelts; i++) {
            if (ngx_http_oauth_token_block_place(cf, p, &field[i],
                                                 n ? (char *)
                                                     field[i].name.data
                                                   : "parameter")
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_block_place(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p,
    ngx_http_oauth_token_field_t *field, const char *directive)
{
    if (field->in == NGX_HTTP_OAUTH_TOKEN_IN_UNSET) {
        field->in = (p->method == NGX_HTTP_GET) ? NGX_HTTP_OAUTH_TOKEN_IN_QUERY
                                                : NGX_HTTP_OAUTH_TOKEN_IN_BODY;
    }

    if (field->in == NGX_HTTP_OAUTH_TOKEN_IN_BODY
        && p->format == NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
        && field->value.set && field->value.text.len)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has no body (body_format none) "
                           "for \"%s\", which needs \"in=query\"", &p->name,
                           directive);
        return NGX_ERROR;
    }

    return NGX_OK;
}
