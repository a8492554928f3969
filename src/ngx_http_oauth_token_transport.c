
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_transport.h"

#include "ngx_http_oauth_token_directive.h"
#include "ngx_http_oauth_token_tls.h"


/* nginx has no header for it */
extern ngx_module_t  ngx_http_proxy_module;


/* with a NULL after the last */
#define NGX_HTTP_OAUTH_TOKEN_TRANSPORT_ARGS  4


typedef struct {
    const char  *args[NGX_HTTP_OAUTH_TOKEN_TRANSPORT_ARGS];
    ngx_uint_t   unless;
} ngx_http_oauth_token_transport_t;


static ngx_int_t ngx_http_oauth_token_transport_request(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_transport_table(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_transport_t *t, ngx_uint_t written);
static void ngx_http_oauth_token_transport_url(
    ngx_http_oauth_token_provider_t *provider, ngx_url_t *url);
static ngx_int_t ngx_http_oauth_token_transport_timeouts(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);


/*
 * nginx checks the sizes of the buffers against one another: what depends on
 * one that is written in the block is left to nginx's own default.
 */
#define PROXY_BUFFERS      1
#define PROXY_BUFFER_SIZE  2

static ngx_http_oauth_token_transport_t  ngx_http_oauth_token_defaults[] = {

    /* how the request is sent */
    { { "proxy_http_version", "1.1" }, 0 },
    { { "proxy_request_buffering", "on" }, 0 },
    { { "proxy_next_upstream", "error", "timeout" }, 0 },
    { { "proxy_bind", "off" }, 0 },
    { { "proxy_ignore_client_abort", "on" }, 0 },

    /* how the answer is read: whole, in memory, as it is */
    { { "proxy_intercept_errors", "off" }, 0 },
    { { "proxy_redirect", "off" }, 0 },
    { { "proxy_store", "off" }, 0 },
#if (NGX_HTTP_CACHE)
    { { "proxy_cache", "off" }, 0 },
#endif
    { { "proxy_buffering", "on" }, 0 },
    { { "proxy_buffer_size", "32k" }, PROXY_BUFFERS },
    { { "proxy_buffers", "8", "32k" }, 0 },
    { { "proxy_busy_buffers_size", "64k" }, PROXY_BUFFERS|PROXY_BUFFER_SIZE },
    { { "proxy_temp_file_write_size", "64k" },
      PROXY_BUFFERS|PROXY_BUFFER_SIZE },
    { { "proxy_max_temp_file_size", "0" }, 0 },
    { { "proxy_limit_rate", "0" }, 0 },
    { { "proxy_force_ranges", "off" }, 0 },

    { { NULL }, 0 }
};


/* these are ours, whatever the block holds */

static ngx_http_oauth_token_transport_t  ngx_http_oauth_token_fixed[] = {
    /* http{} may have bodies and methods of its own, which it hands down */
    { { "proxy_set_body", "$oauth_token_request_body" }, 0 },
    { { "proxy_pass_request_headers", "on" }, 0 },

    /* the first of them in a location cuts off those of http{} */
    { { "proxy_set_header", "Connection", "" }, 0 },

    { { "access_log", "off" }, 0 },
    { { "log_subrequest", "off" }, 0 },
    { { "lingering_close", "off" }, 0 },
    { { "keepalive_timeout", "0" }, 0 },

    /* they would be set on the socket that stands for the client */
    { { "tcp_nodelay", "off" }, 0 },
    { { "tcp_nopush", "off" }, 0 },

    { { NULL }, 0 }
};


ngx_int_t
ngx_http_oauth_token_transport_finish(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t  written;

    written = 0;

    if (ngx_http_oauth_token_directive_written(provider, "proxy_buffers")) {
        written |= PROXY_BUFFERS;
    }

    if (ngx_http_oauth_token_directive_written(provider, "proxy_buffer_size"))
    {
        written |= PROXY_BUFFER_SIZE;
    }

    if (ngx_http_oauth_token_transport_request(cf, provider) != NGX_OK
        || ngx_http_oauth_token_transport_table(cf, provider,
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

    return ngx_http_oauth_token_tls_finish(cf, provider);
}


/* what depends on the provider, and is not for the block to say */

static ngx_int_t
ngx_http_oauth_token_transport_request(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t  i, get;

    get = (provider->method == NGX_HTTP_GET);

    /*
     * With a variable in it, proxy_pass leaves it to run time how the host is
     * resolved.  Ours has a value in this location only.
     */

    const char  *lines[][4] = {
        { "proxy_pass", provider->scheme.len == sizeof("http://") - 1
                            ? "http://$oauth_token_endpoint"
                            : "https://$oauth_token_endpoint" },
        { "proxy_method", get ? "GET"
                          : provider->method == NGX_HTTP_PUT ? "PUT"
                                                             : "POST" },
        { "proxy_set_header", get ? "Content-Length" : NULL, "" },
        { "proxy_set_header", provider->host_header.len ? "Host" : NULL,
          (char *) provider->host_header.data }
    };

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (lines[i][1]
            && ngx_http_oauth_token_directive_apply(cf, provider, lines[i])
               != NGX_CONF_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_transport_table(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider,
    ngx_http_oauth_token_transport_t *t, ngx_uint_t written)
{
    for ( /* void */ ; t->args[0]; t++) {
        if (!(t->unless & written)
            && ngx_http_oauth_token_directive_default(cf, provider, t->args)
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
    char        time[NGX_INT_T_LEN + sizeof("ms")];
    ngx_uint_t  i;

    *ngx_sprintf((u_char *) time, "%Mms", provider->fetch_timeout) = '\0';

    const char  *lines[][3] = {
        { "proxy_connect_timeout", time },
        { "proxy_send_timeout", time },
        { "proxy_read_timeout", time }
    };

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (ngx_http_oauth_token_directive_default(cf, provider, lines[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_oauth_token_transport_init(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_url_t                      url;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_upstream_conf_t      *conf;
    ngx_http_upstream_srv_conf_t  *uscf;

    clcf = provider->ctx->loc_conf[ngx_http_core_module.ctx_index];

    /* http{} has no way to say "none" to a location */

    clcf->error_pages = NULL;
    ngx_str_null(&clcf->post_action);

    /* nothing of the provider's answer decides how it is handled */

    conf = provider->ctx->loc_conf[ngx_http_proxy_module.ctx_index];
    conf->ignore_headers |= NGX_HTTP_UPSTREAM_IGN_XA_REDIRECT
                            |NGX_HTTP_UPSTREAM_IGN_XA_BUFFERING
                            |NGX_HTTP_UPSTREAM_IGN_XA_LIMIT_RATE
                            |NGX_HTTP_UPSTREAM_IGN_XA_CHARSET
                            |NGX_HTTP_UPSTREAM_IGN_XA_EXPIRES;

    ngx_http_oauth_token_transport_url(provider, &url);

    if (ngx_parse_url(cf->pool, &url) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in \"token_endpoint\" of provider \"%V\"",
                           url.err ? url.err : "no memory", &provider->name);
        return NGX_ERROR;
    }

    if (ngx_http_oauth_token_tls_init(cf, provider) != NGX_OK) {
        return NGX_ERROR;
    }

    if (clcf->resolver && clcf->resolver->connections.nelts) {
        return NGX_OK;
    }

    ngx_http_oauth_token_transport_url(provider, &url);

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


static void
ngx_http_oauth_token_transport_url(ngx_http_oauth_token_provider_t *provider,
    ngx_url_t *url)
{
    ngx_memzero(url, sizeof(ngx_url_t));

    url->url = provider->host;
    url->default_port = (provider->scheme.len == sizeof("https://") - 1) ? 443
                                                                         : 80;
    url->no_resolve = 1;
}
