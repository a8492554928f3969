
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_url.h"

#include "ngx_http_oauth_token_value.h"


static const char *ngx_http_oauth_token_url_split(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *url,
    ngx_str_t *uri);
static const char *ngx_http_oauth_token_url_check(
    ngx_http_oauth_token_provider_t *provider, ngx_uint_t insecure_http,
    ngx_str_t *uri);
static const char *ngx_http_oauth_token_url_check_uri(ngx_str_t *uri);
static ngx_int_t ngx_http_oauth_token_url_loopback(ngx_str_t *host);


ngx_int_t
ngx_http_oauth_token_url_set(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *url,
    ngx_uint_t insecure_http)
{
    ngx_str_t    uri;
    const char  *err;

    static ngx_str_t  directive = ngx_string("token_endpoint");

    err = ngx_http_oauth_token_url_split(provider, url, &uri);

    if (err == NULL) {
        err = ngx_http_oauth_token_url_check(provider, insecure_http, &uri);
    }

    if (err) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"token_endpoint\" of provider \"%V\" %s",
                           &provider->name, err);
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_value_compile(cf, &directive, &uri,
                                           NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT
                                           |NGX_HTTP_OAUTH_TOKEN_VALUE_REQUIRED
                                           |NGX_HTTP_OAUTH_TOKEN_VALUE_URL,
                                              &provider->slots,
                                              &provider->uri);
}


static const char *
ngx_http_oauth_token_url_split(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *url, ngx_str_t *uri)
{
    u_char  *p, *end;

    end = url->data + url->len;

    if (ngx_strncasecmp(url->data, (u_char *) "https://", 8) == 0) {
        ngx_str_set(&provider->scheme, "https://");

    } else if (ngx_strncasecmp(url->data, (u_char *) "http://", 7) == 0) {
        ngx_str_set(&provider->scheme, "http://");

    } else {
        return "must begin with \"https://\"";
    }

    p = url->data + provider->scheme.len;

    provider->host.data = p;

    while (p < end && *p != '/' && *p != '?' && *p != '#') {
        p++;
    }

    provider->host.len = p - provider->host.data;

    uri->data = p;
    uri->len = end - p;

    if (uri->len == 0) {
        ngx_str_set(uri, "/");
    }

    return NULL;
}


/*
 * The host is written out, so that a secret can only go there; what stands in
 * the URL is seen in logs, so that no secret may.
 */

static const char *
ngx_http_oauth_token_url_check(ngx_http_oauth_token_provider_t *provider,
    ngx_uint_t insecure_http, ngx_str_t *uri)
{
    u_char      ch;
    size_t      i;
    ngx_str_t  *host;

    host = &provider->host;

    for (i = 0; i < host->len; i++) {
        ch = host->data[i];

        if (ch == '@') {
            return "must not have credentials in it";
        }

        if (ch == '$' || ch == '{') {
            return "must not have a variable in its host";
        }

        if (ch <= ' ' || ch >= 0x7f || ch == '\\') {
            return "has an invalid host";
        }
    }

    if (host->len == 0 || host->data[0] == ':') {
        return "has no host";
    }

    if (provider->scheme.len == sizeof("http://") - 1 && !insecure_http
        && ngx_http_oauth_token_url_loopback(host) != NGX_OK)
    {
        return "must use \"https://\", or \"insecure_http on\"";
    }

    return ngx_http_oauth_token_url_check_uri(uri);
}


static const char *
ngx_http_oauth_token_url_check_uri(ngx_str_t *uri)
{
    u_char  ch;
    size_t  i;

    for (i = 0; i < uri->len; i++) {
        ch = uri->data[i];

        if (ch == '#') {
            return "must not have a fragment";
        }

        if (ch <= ' ' || ch >= 0x7f) {
            return "has an invalid character";
        }
    }

    if (uri->data[0] != '/') {
        return "has no path";
    }

    if (ngx_strlcasestrn(uri->data, uri->data + uri->len,
                         (u_char *) "client_secret=",
                         sizeof("client_secret=") - 2))
    {
        return "must not have a secret in it, use \"client_secret\" and "
               "\"client_auth client_secret_query\"";
    }

    return NULL;
}


static ngx_int_t
ngx_http_oauth_token_url_loopback(ngx_str_t *host)
{
    size_t          len;
    u_char          text[NGX_INET_ADDRSTRLEN + 1];
    ngx_str_t       name;
    struct in_addr  addr;

    name = *host;

    if (name.len >= 5 && ngx_strncmp(name.data, "[::1]", 5) == 0
        && (name.len == 5 || name.data[5] == ':'))
    {
        return NGX_OK;
    }

    for (len = 0; len < name.len && name.data[len] != ':'; len++) {
        /* void */
    }

    if (len == 9 && ngx_strncasecmp(name.data, (u_char *) "localhost", 9) == 0)
    {
        return NGX_OK;
    }

    if (len > NGX_INET_ADDRSTRLEN) {
        return NGX_ERROR;
    }

    /* not ngx_inet_addr(): 0127.0.0.1 is another machine for the resolver */

    (void) ngx_cpystrn(text, name.data, len + 1);

    return inet_pton(AF_INET, (char *) text, &addr) == 1
           && (ntohl(addr.s_addr) >> 24) == 127 ? NGX_OK : NGX_ERROR;
}
