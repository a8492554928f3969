
#include "ngx_http_oauth_token_tls.h"

#include "ngx_http_oauth_token_directive.h"


/* nginx has no header for it */
extern ngx_module_t  ngx_http_proxy_module;


/* real chains have up to three certificates between theirs and the root */
#define NGX_HTTP_OAUTH_TOKEN_VERIFY_DEPTH  "4"


static ngx_int_t ngx_http_oauth_token_tls_verify(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);
static const char *ngx_http_oauth_token_tls_ca(void);
static void ngx_http_oauth_token_tls_reset(
    ngx_http_oauth_token_provider_t *provider);


static const char *const  ngx_http_oauth_token_tls_lines[][4] = {
    { "proxy_ssl_server_name", "on" },
    { "proxy_ssl_protocols", "TLSv1.2", "TLSv1.3" },
    { "proxy_ssl_ciphers", "DEFAULT" },
    { "proxy_ssl_crl", "" },
    { "proxy_ssl_verify_depth", NGX_HTTP_OAUTH_TOKEN_VERIFY_DEPTH },

    /*
     * Sessions are shared by all that go to the same host, and a resumed one
     * is not verified again: a server of another provider's CA would get in.
     */
    { "proxy_ssl_session_reuse", "off" },
    { NULL }
};


ngx_int_t
ngx_http_oauth_token_tls_finish(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t  i;

    ngx_http_oauth_token_tls_reset(provider);

    for (i = 0; ngx_http_oauth_token_tls_lines[i][0]; i++) {
        if (ngx_http_oauth_token_directive_default(cf, provider,
                                            ngx_http_oauth_token_tls_lines[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_oauth_token_tls_verify(cf, provider);
}


static ngx_int_t
ngx_http_oauth_token_tls_verify(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t                 http;
    ngx_http_upstream_conf_t  *conf;

    http = (provider->scheme.len == sizeof("http://") - 1);

    const char  *verify[] = { "proxy_ssl_verify", http ? "off" : "on", NULL };
    const char  *trusted[] = {
        "proxy_ssl_trusted_certificate", ngx_http_oauth_token_tls_ca(), NULL
    };

    if (ngx_http_oauth_token_directive_default(cf, provider, verify)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (http) {
        return NGX_OK;
    }

    conf = provider->ctx->loc_conf[ngx_http_proxy_module.ctx_index];

    if (!conf->ssl_verify) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"proxy_ssl_verify off\" lets anybody on the way "
                           "take the secret of provider \"%V\"",
                           &provider->name);
        return NGX_OK;
    }

    if (trusted[1] == NULL
        && !ngx_http_oauth_token_directive_written(provider, trusted[0]))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no CA certificates found on this system, provider "
                           "\"%V\" needs \"proxy_ssl_trusted_certificate\"",
                           &provider->name);
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_directive_default(cf, provider, trusted);
}


static const char *
ngx_http_oauth_token_tls_ca(void)
{
    ngx_uint_t       i;
    ngx_file_info_t  fi;

    /* Debian, Red Hat, SUSE, Alpine and the BSDs */

    static char  *files[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem"
    };

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (ngx_file_info(files[i], &fi) != NGX_FILE_ERROR
            && ngx_is_file(&fi))
        {
            return files[i];
        }
    }

    return NULL;
}


/*
 * What cannot be written out as a directive: no client certificate and no
 * name from http{}.  The configuration of proxy begins with that of upstream.
 */

static void
ngx_http_oauth_token_tls_reset(ngx_http_oauth_token_provider_t *provider)
{
#if (NGX_HTTP_SSL)

    ngx_http_upstream_conf_t  *conf;

    conf = provider->ctx->loc_conf[ngx_http_proxy_module.ctx_index];

    if (conf->ssl_certificate == NGX_CONF_UNSET_PTR) {
        conf->ssl_certificate = NULL;
        conf->ssl_certificate_key = NULL;
        conf->ssl_passwords = NULL;
    }

    if (conf->ssl_name == NGX_CONF_UNSET_PTR) {
        conf->ssl_name = NULL;
    }

#endif
}
