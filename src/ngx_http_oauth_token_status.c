
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_status.h"

#include "ngx_http_oauth_token_ask.h"
#include "ngx_http_oauth_token_document.h"
#include "ngx_http_oauth_token_metrics.h"
#include "ngx_http_oauth_token_page.h"


/* a format of the page */
typedef struct ngx_http_oauth_token_format_s {
    ngx_str_t      name;
    ngx_str_t      type;
    void         (*write)(ngx_http_oauth_token_report_t *report,
                          ngx_http_oauth_token_text_t *text);

    /* what else it is sent with, and what has to be made of that at first */
    ngx_keyval_t  *headers;
    ngx_int_t    (*prepare)(ngx_conf_t *cf);
} ngx_http_oauth_token_format_t;


static ngx_int_t ngx_http_oauth_token_status_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_status_send(ngx_http_request_t *r,
    const ngx_http_oauth_token_format_t *format,
    ngx_http_oauth_token_text_t *text);


static const ngx_str_t  ngx_http_oauth_token_no_store = ngx_string("no-store");


/* the first one is the default */
static const ngx_http_oauth_token_format_t  ngx_http_oauth_token_pages[] = {

    { ngx_string("json"), ngx_string("application/json"),
      ngx_http_oauth_token_document, NULL, NULL },

    { ngx_string("prometheus"),
      ngx_string("text/plain; version=0.0.4; charset=utf-8"),
      ngx_http_oauth_token_metrics, NULL, NULL },

    { ngx_string("html"), ngx_string("text/html; charset=utf-8"),
      ngx_http_oauth_token_page, ngx_http_oauth_token_page_headers,
      ngx_http_oauth_token_page_prepare },

    { ngx_null_string, ngx_null_string, NULL, NULL, NULL }
};


char *
ngx_http_oauth_token_status_use(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_oauth_token_loc_conf_t *lcf = conf;

    ngx_str_t                            *args;
    ngx_http_core_loc_conf_t             *clcf;
    ngx_http_oauth_token_main_conf_t     *mcf;
    const ngx_http_oauth_token_format_t  *format;

    if (lcf->status) {
        return "is duplicate";
    }

    args = cf->args->elts;
    format = ngx_http_oauth_token_pages;

    while (cf->args->nelts > 1 && format->write
           && ngx_strcmp(format->name.data, args[1].data) != 0)
    {
        format++;
    }

    if (format->write == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown format \"%V\" in \"oauth_token_status\", "
                           "it must be \"json\", \"prometheus\" or "
                           "\"html\"",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    if (format->prepare && format->prepare(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    lcf->status = format;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_oauth_token_module);
    mcf->used = 1;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_oauth_token_status_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_oauth_token_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                          rc;
    ngx_http_oauth_token_text_t        text;
    ngx_http_oauth_token_report_t     *report;
    ngx_http_oauth_token_loc_conf_t   *lcf;
    ngx_http_oauth_token_main_conf_t  *mcf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_oauth_token_module);
    mcf = ngx_http_get_module_main_conf(r, ngx_http_oauth_token_module);

    report = ngx_http_oauth_token_report(r->pool, mcf);
    if (report == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_oauth_token_text_init(&text, r->pool);

    lcf->status->write(report, &text);

    if (text.failed) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_oauth_token_status_send(r, lcf->status, &text);
}


static ngx_int_t
ngx_http_oauth_token_status_send(ngx_http_request_t *r,
    const ngx_http_oauth_token_format_t *format,
    ngx_http_oauth_token_text_t *text)
{
    ngx_int_t      rc;
    ngx_chain_t   *cl;
    ngx_keyval_t  *header;

    if (ngx_http_oauth_token_ask_header(r, "Cache-Control",
                                        &ngx_http_oauth_token_no_store)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (header = format->headers; header && header->key.len; header++) {
        if (ngx_http_oauth_token_ask_header(r, (char *) header->key.data,
                                            &header->value)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = text->len;
    r->headers_out.content_type = format->type;
    r->headers_out.content_type_len = format->type.len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    for (cl = text->first; cl && cl->next; cl = cl->next) { /* void */ }

    if (cl) {
        cl->buf->last_buf = (r == r->main) ? 1 : 0;
        cl->buf->last_in_chain = 1;
    }

    return ngx_http_output_filter(r, text->first);
}
