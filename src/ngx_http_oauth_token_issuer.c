
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_issuer.h"

#include "ngx_http_oauth_token_block.h"
#include "ngx_http_oauth_token_directive.h"
#include "ngx_http_oauth_token_endpoint.h"
#include "ngx_http_oauth_token_provider.h"


static ngx_http_oauth_token_provider_t *ngx_http_oauth_token_issuer_create(
    ngx_conf_t *cf, ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_issuer_transport(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_provider_t *metadata);
static ngx_int_t ngx_http_oauth_token_issuer_lines(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *metadata, u_char *url);
static ngx_int_t ngx_http_oauth_token_issuer_places(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, u_char **url);


char *
ngx_http_oauth_token_issuer_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *args;
    ngx_http_oauth_token_provider_t  *p = conf;

    if (p->issuer.data) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (args[1].len == 0) {
        return "has an empty value";
    }

    /* RFC 8414, section 2: no query, no fragment */

    if (ngx_strlchr(args[1].data, args[1].data + args[1].len, '$')
        || ngx_strlchr(args[1].data, args[1].data + args[1].len, '?')
        || ngx_strlchr(args[1].data, args[1].data + args[1].len, '#'))
    {
        return "must be a URL without variables, query and fragment";
    }

    p->issuer = args[1];
    p->issuer_where.file = cf->conf_file->file.name;
    p->issuer_where.line = cf->conf_file->line;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_oauth_token_issuer_check(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    if (provider->issuer.len == 0) {
        return NGX_OK;
    }

    if (provider->url.data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has both \"issuer\" and "
                           "\"token_endpoint\"", &provider->name);
        return NGX_ERROR;
    }

    /* scheme and host are the issuer's, the rest is found out */

    provider->url = provider->issuer;
    provider->url_where = provider->issuer_where;

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_issuer_metadata(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_provider_t *provider)
{
    u_char                           *url;
    ngx_http_oauth_token_provider_t  *metadata;

    if (provider->issuer.len == 0) {
        return NGX_OK;
    }

    if (ngx_http_oauth_token_issuer_places(cf, provider, &url) != NGX_OK) {
        return NGX_ERROR;
    }

    metadata = ngx_http_oauth_token_issuer_create(cf, mcf, provider);

    if (metadata == NULL
        || ngx_http_oauth_token_endpoint_create(cf, mcf, metadata) != NGX_OK
        || ngx_http_oauth_token_issuer_transport(cf, provider, metadata)
           != NGX_OK
        || ngx_http_oauth_token_issuer_lines(cf, metadata, url) != NGX_OK
        || ngx_http_oauth_token_block_finish(cf, metadata) != NGX_OK)
    {
        return NGX_ERROR;
    }

    provider->metadata = metadata;

    return NGX_OK;
}


static ngx_http_oauth_token_provider_t *
ngx_http_oauth_token_issuer_create(ngx_conf_t *cf,
    ngx_http_oauth_token_main_conf_t *mcf,
    ngx_http_oauth_token_provider_t *provider)
{
    u_char                            *p;
    ngx_str_t                          name;
    ngx_http_oauth_token_provider_t   *metadata, **pp;

    /* no block can have a name like this */

    name.len = provider->name.len + sizeof("/metadata") - 1;
    name.data = ngx_pnalloc(cf->pool, name.len);

    if (name.data == NULL) {
        return NULL;
    }

    p = ngx_cpymem(name.data, provider->name.data, provider->name.len);
    ngx_memcpy(p, "/metadata", sizeof("/metadata") - 1);

    metadata = ngx_http_oauth_token_provider_create(cf, &name);
    pp = ngx_array_push(&mcf->providers);

    if (metadata == NULL || pp == NULL) {
        return NULL;
    }

    *pp = metadata;

    metadata->where = provider->where;
    metadata->zone = provider->zone;
    metadata->insecure_http = provider->insecure_http;
    metadata->fetch_timeout = provider->fetch_timeout;
    metadata->host_header = provider->host_header;
    metadata->rules.issuer = (char *) provider->issuer.data;

    return metadata;
}


/* the lines of the user's once more, for the other location */

static ngx_int_t
ngx_http_oauth_token_issuer_transport(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_provider_t *metadata)
{
    ngx_str_t    *word;
    ngx_uint_t    i, k, *n;
    const char   *args[NGX_CONF_MAX_ARGS + 1];

    word = provider->transport.elts;
    n = provider->lines.elts;

    for (i = 0; i < provider->lines.nelts; i++) {

        for (k = 0; k < n[i]; k++) {
            args[k] = (char *) (word++)->data;
        }

        args[k] = NULL;

        if (ngx_http_oauth_token_directive_repeat(cf, metadata, args)
            != NGX_CONF_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_issuer_lines(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *metadata, u_char *url)
{
    ngx_uint_t  i;

    const char  *lines[][3] = {
        { "token_endpoint", (char *) url, NULL },
        { "method", "GET", NULL },
        { "client_auth", "none", NULL },
        { "grant_type", "none", NULL },
        { "token_field", "token_endpoint", NULL },
        { "prefetch", "off", NULL }
    };

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (ngx_http_oauth_token_directive_repeat(cf, metadata, lines[i])
            != NGX_CONF_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * The two places where metadata are: *url of OpenID Connect, behind the
 * issuer's path; and of RFC 8414, in front of it, whose path is metadata_uri.
 */

static ngx_int_t
ngx_http_oauth_token_issuer_places(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, u_char **url)
{
    u_char     *p;
    size_t      len;
    ngx_str_t   path;

    static const char  openid[] = "/.well-known/openid-configuration";
    static const char  oauth[] = "/.well-known/oauth-authorization-server";

    len = provider->issuer.len;

    if (provider->issuer.data[len - 1] == '/') {
        len--;
    }

    *url = ngx_pnalloc(cf->pool, len + sizeof(openid));
    if (*url == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(*url, provider->issuer.data, len);
    ngx_memcpy(p, openid, sizeof(openid));

    path.data = provider->issuer.data + provider->scheme.len
                + provider->host.len;
    path.len = provider->issuer.data + len - path.data;

    p = ngx_pnalloc(cf->pool, sizeof(oauth) - 1 + path.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    provider->metadata_uri.data = p;
    provider->metadata_uri.len = sizeof(oauth) - 1 + path.len;

    p = ngx_cpymem(p, oauth, sizeof(oauth) - 1);
    ngx_memcpy(p, path.data, path.len);

    return NGX_OK;
}
