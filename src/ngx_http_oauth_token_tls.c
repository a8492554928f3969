
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_tls.h"

#include "ngx_http_oauth_token_directive.h"
#include "ngx_http_oauth_token_key.h"


/* nginx has no header for it */
extern ngx_module_t  ngx_http_proxy_module;


/* real chains have up to three certificates between theirs and the root */
#define NGX_HTTP_OAUTH_TOKEN_VERIFY_DEPTH  4


static ngx_int_t ngx_http_oauth_token_tls_verify(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);
static ngx_uint_t ngx_http_oauth_token_tls_shares(
    ngx_http_oauth_token_provider_t *provider);
static const char *ngx_http_oauth_token_tls_ca(void);
static void ngx_http_oauth_token_tls_reset(
    ngx_http_oauth_token_provider_t *provider);
#if (NGX_HTTP_SSL)
static ngx_int_t ngx_http_oauth_token_tls_share(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_tls_name(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_tls_host(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *name);
#endif


static const char *const  ngx_http_oauth_token_tls_lines[][4] = {
    { "proxy_ssl_server_name", "on" },
    { "proxy_ssl_protocols", "TLSv1.2", "TLSv1.3" },
    { "proxy_ssl_ciphers", "DEFAULT" },
    { "proxy_ssl_crl", "" },
    { "proxy_ssl_verify_depth",
      ngx_value(NGX_HTTP_OAUTH_TOKEN_VERIFY_DEPTH) },

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

    if (ngx_http_oauth_token_tls_shares(provider)) {

        /* nginx would read them once more, see tls_share */

        provider->ca = trusted[1];
        conf->ssl_verify = 0;

        return NGX_OK;
    }

    return ngx_http_oauth_token_directive_default(cf, provider, trusted);
}


/*
 * Whether the block leaves all to us that says which certificates are good:
 * a list of revoked ones becomes a part of the CAs, for all who have them.
 */

static ngx_uint_t
ngx_http_oauth_token_tls_shares(ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t  i;

    static char  *lines[] = {
        "proxy_ssl_trusted_certificate", "proxy_ssl_crl",
        "proxy_ssl_verify_depth"
    };

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (ngx_http_oauth_token_directive_written(provider, lines[i])) {
            return 0;
        }
    }

    return 1;
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


ngx_int_t
ngx_http_oauth_token_tls_init(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
#if (NGX_HTTP_SSL)

    X509                      *cert;
    u_char                     digest[EVP_MAX_MD_SIZE];
    unsigned                   len;
    ngx_http_upstream_conf_t  *conf;

    conf = provider->ctx->loc_conf[ngx_http_proxy_module.ctx_index];

    if (provider->scheme.len == sizeof("http://") - 1) {
        return NGX_OK;
    }

    if (provider->ca
        && ngx_http_oauth_token_tls_share(cf, provider) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* a token may be bound to it, whatever the name of its file is */

    cert = SSL_CTX_get0_certificate(conf->ssl->ctx);

    if (cert && (!X509_digest(cert, EVP_sha256(), digest, &len)
                 || ngx_http_oauth_token_key_add(provider, digest, len)
                    != NGX_OK))
    {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "OpenSSL has failed with the client certificate of "
                      "provider \"%V\"", &provider->name);
        return NGX_ERROR;
    }

    return conf->ssl_verify ? ngx_http_oauth_token_tls_name(cf, provider)
                            : NGX_OK;

#else

    return NGX_OK;

#endif
}


#if (NGX_HTTP_SSL)

/*
 * The system's CAs take 50 ms and a megabyte to read: once for all providers.
 * OpenSSL counts who has them.
 */

static ngx_int_t
ngx_http_oauth_token_tls_share(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_str_t                          file;
    ngx_http_upstream_conf_t          *conf;
    ngx_http_oauth_token_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);
    conf = provider->ctx->loc_conf[ngx_http_proxy_module.ctx_index];

    conf->ssl_verify = 1;

    ngx_str_null(&file);

    if (mcf->cas == NULL) {
        file.data = (u_char *) provider->ca;
        file.len = ngx_strlen(provider->ca);
    }

    if (ngx_ssl_trusted_certificate(cf, conf->ssl, &file,
                                    NGX_HTTP_OAUTH_TOKEN_VERIFY_DEPTH)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (mcf->cas) {
        SSL_CTX_set1_cert_store(conf->ssl->ctx, mcf->cas);

    } else {
        mcf->cas = SSL_CTX_get_cert_store(conf->ssl->ctx);
    }

    return NGX_OK;
}


/*
 * nginx looks for the name itself, but takes the subject's common name when
 * the certificate has no other, parts of a label ("a*.example"), and a name
 * that looks like an address for the address.
 */

static ngx_int_t
ngx_http_oauth_token_tls_name(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    u_char                    *text;
    ngx_str_t                  name;
    X509_VERIFY_PARAM         *param;
    ngx_http_upstream_conf_t  *conf;

    if (ngx_http_oauth_token_tls_host(provider, &name) != NGX_OK) {
        return NGX_OK;
    }

    text = ngx_pnalloc(cf->pool, name.len + 1);
    if (text == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_cpystrn(text, name.data, name.len + 1);

    conf = provider->ctx->loc_conf[ngx_http_proxy_module.ctx_index];
    param = SSL_CTX_get0_param(conf->ssl->ctx);

    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
                                    |X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);

    if (ngx_inet_addr(name.data, name.len) != INADDR_NONE
            ? X509_VERIFY_PARAM_set1_ip_asc(param, (char *) text) != 1
            : X509_VERIFY_PARAM_set1_host(param, (char *) text, name.len) != 1)
    {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "the name for the certificate of provider \"%V\" is "
                      "not valid", &provider->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* NGX_DECLINED: only a request can tell */

static ngx_int_t
ngx_http_oauth_token_tls_host(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *name)
{
    u_char                    *p, *end;
    ngx_http_upstream_conf_t  *conf;

    conf = provider->ctx->loc_conf[ngx_http_proxy_module.ctx_index];
    *name = provider->host;

    if (conf->ssl_name) {

        if (conf->ssl_name->lengths) {
            return NGX_DECLINED;
        }

        *name = conf->ssl_name->value;
    }

    /* without the port, as nginx does it */

    end = name->data + name->len;
    p = name->data;

    if (name->len && *p == '[') {
        p = ngx_strlchr(p, end, ']');
        p = p ? p : end;
    }

    p = ngx_strlchr(p, end, ':');

    if (p) {
        name->len = p - name->data;
    }

    return name->len ? NGX_OK : NGX_DECLINED;
}

#endif
