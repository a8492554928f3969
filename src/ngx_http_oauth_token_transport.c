
#include "ngx_http_oauth_token_transport.h"

#include "ngx_http_oauth_token_endpoint.h"


/* nginx has no header for it */
extern ngx_module_t  ngx_http_proxy_module;


/* with a NULL after the last */
#define NGX_HTTP_OAUTH_TOKEN_TRANSPORT_ARGS  7

/* real chains have up to three certificates between theirs and the root */
#define NGX_HTTP_OAUTH_TOKEN_VERIFY_DEPTH    "4"


typedef struct {
    char        *name;
    char        *args[NGX_HTTP_OAUTH_TOKEN_TRANSPORT_ARGS];
    ngx_uint_t   unless;
} ngx_http_oauth_token_transport_t;


static ngx_int_t ngx_http_oauth_token_transport_table(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_transport_t *t, ngx_uint_t written);
static ngx_int_t ngx_http_oauth_token_transport_headers(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *host_header);
static ngx_int_t ngx_http_oauth_token_transport_timeouts(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_transport_tls(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);
static char *ngx_http_oauth_token_transport_ca(void);
static void ngx_http_oauth_token_transport_reset(
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_transport_default(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, char *name, char **args);
static ngx_int_t ngx_http_oauth_token_transport_run(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, char *name, char **args);


/*
 * nginx checks the sizes of the buffers against one another: what depends on
 * one that is written in the block is left to nginx's own default.
 */
#define PROXY_BUFFERS      1
#define PROXY_BUFFER_SIZE  2

static ngx_http_oauth_token_transport_t  ngx_http_oauth_token_defaults[] = {

    /* how the request is sent */
    { "proxy_http_version", { "1.1" }, 0 },
    { "proxy_request_buffering", { "on" }, 0 },
    { "proxy_next_upstream", { "error", "timeout" }, 0 },
    { "proxy_bind", { "off" }, 0 },
    { "proxy_ignore_client_abort", { "on" }, 0 },

    /* how the answer is read: whole, in memory, as it is */
    { "proxy_intercept_errors", { "off" }, 0 },
    { "proxy_redirect", { "off" }, 0 },
    { "proxy_store", { "off" }, 0 },
    { "proxy_cache", { "off" }, 0 },
    { "proxy_buffering", { "on" }, 0 },
    { "proxy_buffer_size", { "32k" }, PROXY_BUFFERS },
    { "proxy_buffers", { "8", "32k" }, 0 },
    { "proxy_busy_buffers_size", { "64k" }, PROXY_BUFFERS|PROXY_BUFFER_SIZE },
    { "proxy_temp_file_write_size", { "64k" },
      PROXY_BUFFERS|PROXY_BUFFER_SIZE },
    { "proxy_max_temp_file_size", { "0" }, 0 },
    { "proxy_limit_rate", { "0" }, 0 },
    { "proxy_force_ranges", { "off" }, 0 },

    /* whom it trusts */
    { "proxy_ssl_server_name", { "on" }, 0 },
    { "proxy_ssl_protocols", { "TLSv1.2", "TLSv1.3" }, 0 },
    { "proxy_ssl_ciphers", { "DEFAULT" }, 0 },
    { "proxy_ssl_crl", { "" }, 0 },
    { "proxy_ssl_verify_depth", { NGX_HTTP_OAUTH_TOKEN_VERIFY_DEPTH }, 0 },

    /*
     * Sessions are shared by all that go to the same host, and a resumed one
     * is not verified again: a server of another provider's CA would get in.
     */
    { "proxy_ssl_session_reuse", { "off" }, 0 },

    { NULL, { NULL }, 0 }
};


/* these are ours, whatever the block holds */

static ngx_http_oauth_token_transport_t  ngx_http_oauth_token_fixed[] = {
    /* http{} may have bodies and methods of its own, which it hands down */
    { "proxy_set_body", { "$oauth_token_request_body" }, 0 },
    { "proxy_pass_request_headers", { "on" }, 0 },

    /* the first of them in a location cuts off those of http{} */
    { "proxy_set_header", { "Connection", "" }, 0 },

    /* nothing of the provider's answer decides how it is handled */
    { "proxy_ignore_headers", { "X-Accel-Redirect", "X-Accel-Buffering",
                                "X-Accel-Limit-Rate", "X-Accel-Charset",
                                "X-Accel-Expires", "Set-Cookie" }, 0 },

    { "access_log", { "off" }, 0 },
    { "log_subrequest", { "off" }, 0 },
    { "lingering_close", { "off" }, 0 },
    { "keepalive_timeout", { "0" }, 0 },

    /* they would be set on the socket that stands for the client */
    { "tcp_nodelay", { "off" }, 0 },
    { "tcp_nopush", { "off" }, 0 },

    { NULL, { NULL }, 0 }
};


ngx_int_t
ngx_http_oauth_token_transport_finish(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *host_header)
{
    char        *args[3];
    u_char      *p;
    ngx_uint_t   written;

    /*
     * With a variable in it, proxy_pass leaves it to run time how the host is
     * resolved.  Ours has a value in this location only.
     */

    p = ngx_pnalloc(cf->pool, provider->scheme.len
                              + sizeof("$oauth_token_endpoint"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    args[0] = (char *) p;
    args[1] = NULL;

    p = ngx_cpymem(p, provider->scheme.data, provider->scheme.len);
    ngx_memcpy(p, "$oauth_token_endpoint", sizeof("$oauth_token_endpoint"));

    if (ngx_http_oauth_token_transport_run(cf, provider, "proxy_pass", args)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    args[0] = provider->method == NGX_HTTP_GET ? "GET" : "POST";

    if (ngx_http_oauth_token_transport_run(cf, provider, "proxy_method", args)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_oauth_token_transport_headers(cf, provider, host_header)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    written = 0;

    if (ngx_http_oauth_token_endpoint_written(provider, "proxy_buffers")) {
        written |= PROXY_BUFFERS;
    }

    if (ngx_http_oauth_token_endpoint_written(provider, "proxy_buffer_size")) {
        written |= PROXY_BUFFER_SIZE;
    }

    if (ngx_http_oauth_token_transport_table(cf, provider,
                                             ngx_http_oauth_token_fixed, 0)
        != NGX_OK
        || ngx_http_oauth_token_transport_table(cf, provider,
                                                ngx_http_oauth_token_defaults,
                                                written)
           != NGX_OK
        || ngx_http_oauth_token_transport_timeouts(cf, provider) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_oauth_token_transport_reset(provider);

    return ngx_http_oauth_token_transport_tls(cf, provider);
}


static ngx_int_t
ngx_http_oauth_token_transport_headers(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *host_header)
{
    char  *host[] = { "Host", (char *) host_header->data, NULL };
    char  *length[] = { "Content-Length", "", NULL };

    if (host_header->len
        && ngx_http_oauth_token_transport_run(cf, provider, "proxy_set_header",
                                              host)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (provider->method == NGX_HTTP_GET
        && ngx_http_oauth_token_transport_run(cf, provider, "proxy_set_header",
                                              length)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_transport_table(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_transport_t *t, ngx_uint_t written)
{
    for ( /* void */ ; t->name; t++) {

        if (t->unless & written) {
            continue;
        }

        if (ngx_http_oauth_token_transport_default(cf, provider, t->name,
                                                   t->args)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_transport_timeouts(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    char        time[NGX_INT_T_LEN + sizeof("ms")], *args[2];
    ngx_uint_t  i;

    static char  *names[] = {
        "proxy_connect_timeout", "proxy_send_timeout", "proxy_read_timeout"
    };

    *ngx_sprintf((u_char *) time, "%Mms", provider->fetch_timeout) = '\0';

    args[0] = time;
    args[1] = NULL;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ngx_http_oauth_token_transport_default(cf, provider, names[i],
                                                   args)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_transport_tls(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    char                      *args[2];
    ngx_http_upstream_conf_t  *conf;

    args[1] = NULL;

    if (provider->scheme.len == sizeof("http://") - 1) {
        args[0] = "off";

        return ngx_http_oauth_token_transport_default(cf, provider,
                                                  "proxy_ssl_verify", args);
    }

    args[0] = "on";

    if (ngx_http_oauth_token_transport_default(cf, provider,
                                               "proxy_ssl_verify", args)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    conf = provider->ctx->loc_conf[ngx_http_proxy_module.ctx_index];

    if (!conf->ssl_verify) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"proxy_ssl_verify off\" lets anybody on the way "
                           "take the secret of provider \"%V\"",
                           &provider->name);
        return NGX_OK;
    }

    if (ngx_http_oauth_token_endpoint_written(provider,
                                              "proxy_ssl_trusted_certificate"))
    {
        return NGX_OK;
    }

    args[0] = ngx_http_oauth_token_transport_ca();

    if (args[0] == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no CA certificates found on this system, provider "
                           "\"%V\" needs \"proxy_ssl_trusted_certificate\"",
                           &provider->name);
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_transport_run(cf, provider,
                                      "proxy_ssl_trusted_certificate", args);
}


static char *
ngx_http_oauth_token_transport_ca(void)
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
ngx_http_oauth_token_transport_reset(ngx_http_oauth_token_provider_t *provider)
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


static ngx_int_t
ngx_http_oauth_token_transport_default(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, char *name, char **args)
{
    if (ngx_http_oauth_token_endpoint_written(provider, name)) {
        return NGX_OK;
    }

    return ngx_http_oauth_token_transport_run(cf, provider, name, args);
}


static ngx_int_t
ngx_http_oauth_token_transport_run(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider, char *name, char **args)
{
    char         *rv;
    ngx_str_t    *arg;
    ngx_array_t  *save;

    save = cf->args;

    cf->args = ngx_array_create(cf->pool, NGX_HTTP_OAUTH_TOKEN_TRANSPORT_ARGS,
                                sizeof(ngx_str_t));
    if (cf->args == NULL) {
        return NGX_ERROR;
    }

    while (name) {
        arg = ngx_array_push(cf->args);
        if (arg == NULL) {
            return NGX_ERROR;
        }

        arg->len = ngx_strlen(name);
        arg->data = ngx_pnalloc(cf->pool, arg->len + 1);
        if (arg->data == NULL) {
            return NGX_ERROR;
        }

        (void) ngx_cpystrn(arg->data, (u_char *) name, arg->len + 1);

        name = *args++;
    }

    rv = ngx_http_oauth_token_endpoint_apply(cf, provider);

    cf->args = save;

    return rv == NGX_CONF_OK ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_oauth_token_transport_init(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_url_t                      url;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_upstream_srv_conf_t  *uscf;

    clcf = provider->ctx->loc_conf[ngx_http_core_module.ctx_index];

    /* http{} has no way to say "none" to a location */

    clcf->error_pages = NULL;
    ngx_str_null(&clcf->post_action);

    if (clcf->resolver && clcf->resolver->connections.nelts) {
        return NGX_OK;
    }

    ngx_memzero(&url, sizeof(ngx_url_t));

    url.url = provider->host;
    url.default_port = (provider->scheme.len == sizeof("https://") - 1) ? 443
                                                                        : 80;
    url.no_resolve = 1;

    uscf = ngx_http_upstream_add(cf, &url, 0);
    if (uscf == NULL) {
        return NGX_ERROR;
    }

    if (uscf->peer.init) {
        /* one that the configuration has elsewhere, initialized already */
        return NGX_OK;
    }

    return ngx_http_upstream_init_round_robin(cf, uscf);
}
