
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_fetch.h"

#include "ngx_http_oauth_token_capture.h"
#include "ngx_http_oauth_token_detached.h"
#include "ngx_http_oauth_token_head.h"
#include "ngx_http_oauth_token_request.h"
#include "ngx_http_oauth_token_wipe.h"


struct ngx_http_oauth_token_fetch_s {
    ngx_http_log_ctx_t                log_ctx;     /* first: log->data */
    ngx_http_oauth_token_provider_t  *provider;
    ngx_http_oauth_token_fetch_pt     done;        /* NULL: not to be called */
    void                             *data;
    ngx_http_request_t               *parent;
    ngx_event_t                       timer;       /* of the whole request */
    ngx_event_t                       cancel;
    ngx_http_post_subrequest_t        post;

    ngx_http_oauth_token_capture_t    capture;
};


static ngx_http_oauth_token_fetch_t *ngx_http_oauth_token_fetch_create(
    ngx_http_oauth_token_provider_t *provider);
static ngx_int_t ngx_http_oauth_token_fetch_subrequest(
    ngx_http_oauth_token_fetch_t *f,
    const ngx_http_oauth_token_order_t *order);
static void ngx_http_oauth_token_fetch_run(ngx_http_request_t *r);
static ngx_int_t ngx_http_oauth_token_fetch_done(ngx_http_request_t *r,
    void *data, ngx_int_t rc);
static void ngx_http_oauth_token_fetch_finish(ngx_http_oauth_token_fetch_t *f,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge);
static void ngx_http_oauth_token_fetch_timeout(ngx_event_t *ev);
static void ngx_http_oauth_token_fetch_close(ngx_event_t *ev);
static void ngx_http_oauth_token_fetch_cleanup(void *data);
static u_char *ngx_http_oauth_token_fetch_log(ngx_log_t *log, u_char *buf,
    size_t len);


ngx_int_t
ngx_http_oauth_token_fetch(ngx_http_oauth_token_provider_t *provider,
    const ngx_http_oauth_token_order_t *order, ngx_msec_t timeout,
    ngx_http_oauth_token_fetch_pt done, void *data,
    ngx_http_oauth_token_fetch_t **fetch)
{
    ngx_int_t                      rc;
    ngx_connection_t              *c;
    ngx_pool_cleanup_t            *cln;
    ngx_http_oauth_token_fetch_t  *f;

    f = ngx_http_oauth_token_fetch_create(provider);
    if (f == NULL) {
        return NGX_ERROR;
    }

    f->data = data;

    c = f->parent->connection;

    cln = ngx_pool_cleanup_add(c->pool, 0);

    if (cln) {
        cln->handler = ngx_http_oauth_token_fetch_cleanup;
        cln->data = f;

        rc = ngx_http_oauth_token_fetch_subrequest(f, order);

    } else {
        rc = NGX_ERROR;
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(f->parent, NGX_ERROR);
        ngx_http_run_posted_requests(c);

        if (cln == NULL) {
            ngx_free(f);
        }

        return rc;
    }

    f->done = done;

    if (fetch) {
        *fetch = f;
    }

    ngx_add_timer(&f->timer, timeout);

    ngx_http_run_posted_requests(c);

    return NGX_OK;
}


/* no f->done yet: until all is set up the return code tells the end */

static ngx_http_oauth_token_fetch_t *
ngx_http_oauth_token_fetch_create(ngx_http_oauth_token_provider_t *provider)
{
    ngx_http_oauth_token_fetch_t     *f;
    ngx_http_oauth_token_loc_conf_t  *lcf;

    lcf = provider->ctx->loc_conf[ngx_http_oauth_token_module.ctx_index];

    f = ngx_calloc(sizeof(ngx_http_oauth_token_fetch_t), ngx_cycle->log);
    if (f == NULL) {
        return NULL;
    }

    f->provider = provider;

    f->parent = ngx_http_oauth_token_detached_create(provider->ctx,
                                              &f->log_ctx,
                                              ngx_http_oauth_token_fetch_log,
                                              lcf->log_secrets);
    if (f->parent == NULL) {
        ngx_free(f);
        return NULL;
    }

    f->timer.handler = ngx_http_oauth_token_fetch_timeout;
    f->timer.data = f;
    f->timer.log = f->parent->connection->log;

    f->cancel.handler = ngx_http_oauth_token_fetch_close;
    f->cancel.data = f;
    f->cancel.log = f->timer.log;

    return f;
}


static ngx_int_t
ngx_http_oauth_token_fetch_subrequest(ngx_http_oauth_token_fetch_t *f,
    const ngx_http_oauth_token_order_t *order)
{
    ngx_http_request_t        *sr;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = f->provider->ctx->loc_conf[ngx_http_core_module.ctx_index];

    f->post.handler = ngx_http_oauth_token_fetch_done;
    f->post.data = f;

    if (ngx_http_subrequest(f->parent, &clcf->name, NULL, &sr, &f->post,
                            NGX_HTTP_SUBREQUEST_WAITED)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* straight into the location: no phase of any server runs */

    sr->main_conf = f->provider->ctx->main_conf;
    sr->srv_conf = f->provider->ctx->srv_conf;
    sr->loc_conf = f->provider->ctx->loc_conf;

    ngx_http_update_location_config(sr);

    ngx_http_set_ctx(sr, &f->capture, ngx_http_oauth_token_module);

    sr->filter_need_in_memory = 1;
    sr->error_page = 1;
    sr->uri_changes = 1;
    sr->write_event_handler = ngx_http_oauth_token_fetch_run;

    return ngx_http_oauth_token_request_build(sr, f->provider, order);
}


static void
ngx_http_oauth_token_fetch_run(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    r->write_event_handler = ngx_http_request_empty_handler;

    rc = r->content_handler(r);

    if (r->upstream && ngx_http_oauth_token_wipe_sent(r, 1) != NGX_OK) {
        rc = NGX_ERROR;
    }

    /* the first bytes of an answer come by a later event */

    ngx_http_oauth_token_head_watch(r);

    ngx_http_finalize_request(r, rc);
}


/* the end of the subrequest; only NGX_OK lets its parent go on */

static ngx_int_t
ngx_http_oauth_token_fetch_done(ngx_http_request_t *r, void *data,
    ngx_int_t rc)
{
    ngx_http_oauth_token_fetch_t *f = data;

    ngx_str_t                      challenge;
    ngx_http_oauth_token_result_t  result;

    if (f->done == NULL) {
        return NGX_OK;
    }

    ngx_http_oauth_token_capture_judge(&f->capture, r, rc, &result,
                                       &challenge);
    ngx_http_oauth_token_fetch_finish(f, &result, &challenge);

    return NGX_OK;
}


static void
ngx_http_oauth_token_fetch_finish(ngx_http_oauth_token_fetch_t *f,
    ngx_http_oauth_token_result_t *result, ngx_str_t *challenge)
{
    ngx_http_oauth_token_fetch_pt  done;

    if (f->timer.timer_set) {
        ngx_del_timer(&f->timer);
    }

    done = f->done;
    f->done = NULL;

    done(f->data, result, challenge);

    ngx_http_oauth_token_result_free(result);
}


static void
ngx_http_oauth_token_fetch_timeout(ngx_event_t *ev)
{
    ngx_http_oauth_token_fetch_t *f = ev->data;

    ngx_str_t                      none;
    ngx_http_oauth_token_result_t  result;

    ngx_str_null(&none);

    ngx_http_oauth_token_result_failed(&result,
                                       NGX_HTTP_OAUTH_TOKEN_TIMEOUT,
                                       "timeout");
    ngx_http_oauth_token_fetch_finish(f, &result, &none);

    ngx_http_oauth_token_fetch_close(ev);
}


void
ngx_http_oauth_token_fetch_cancel(ngx_http_oauth_token_fetch_t *f)
{
    if (f->timer.timer_set) {
        ngx_del_timer(&f->timer);
    }

    f->done = NULL;

    /*
     * Not closed here: a resolver that tells its waiters, one after the other,
     * that a name is known would go on with one that is freed.
     */

    ngx_post_event(&f->cancel, &ngx_posted_events);
}


static void
ngx_http_oauth_token_fetch_close(ngx_event_t *ev)
{
    ngx_http_oauth_token_fetch_t *f = ev->data;

    ngx_connection_t  *c;

    c = f->parent->connection;

    ngx_http_finalize_request(f->parent, NGX_ERROR);
    ngx_http_run_posted_requests(c);
}


/* the connection's end, which is also that of requests that were cut off */

static void
ngx_http_oauth_token_fetch_cleanup(void *data)
{
    ngx_http_oauth_token_fetch_t *f = data;

    ngx_str_t                      none;
    ngx_http_oauth_token_result_t  result;

    if (f->done) {
        ngx_str_null(&none);

        ngx_http_oauth_token_result_failed(&result,
                      f->capture.fault ? NGX_HTTP_OAUTH_TOKEN_UNUSABLE
                                       : NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                      f->capture.fault ? f->capture.fault : "internal");

        ngx_http_oauth_token_fetch_finish(f, &result, &none);
    }

    if (f->cancel.posted) {
        ngx_delete_posted_event(&f->cancel);
    }

    ngx_http_oauth_token_capture_wipe(&f->capture);

    ngx_free(f);
}


static u_char *
ngx_http_oauth_token_fetch_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                        *p;
    ngx_http_oauth_token_fetch_t  *f;

    f = log->data;

    if (log->action) {
        p = ngx_snprintf(buf, len, " while %s", log->action);
        len -= p - buf;
        buf = p;
    }

    return ngx_snprintf(buf, len,
                        " to fetch an access token, provider: \"%V\", "
                        "endpoint: \"%V%V\"",
                        &f->provider->name, &f->provider->scheme,
                        &f->provider->host);
}
