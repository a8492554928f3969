
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_shown.h"


static ngx_int_t ngx_http_oauth_token_shown_index(
    ngx_http_core_main_conf_t *cmcf, ngx_str_t *name);


void
ngx_http_oauth_token_shown_init(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t                     i;
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_oauth_token_field_t  *field;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    provider->inject.index = ngx_http_oauth_token_shown_index(cmcf,
                                                   &provider->inject.lowcase);
    provider->shown = provider->inject.index != NGX_ERROR;

    field = provider->upstream_headers.elts;

    for (i = 0; i < provider->upstream_headers.nelts; i++) {
        field[i].index = ngx_http_oauth_token_shown_index(cmcf,
                                                           &field[i].lowcase);
        provider->shown |= field[i].index != NGX_ERROR;
    }
}


static ngx_int_t
ngx_http_oauth_token_shown_index(ngx_http_core_main_conf_t *cmcf,
    ngx_str_t *name)
{
    u_char                ch;
    size_t                n;
    ngx_uint_t            i;
    ngx_http_variable_t  *v;

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        if (v[i].name.len != sizeof("http_") - 1 + name->len
            || ngx_strncmp(v[i].name.data, "http_", sizeof("http_") - 1) != 0)
        {
            continue;
        }

        for (n = 0; n < name->len; n++) {
            ch = name->data[n] == '-' ? '_' : name->data[n];

            if (v[i].name.data[sizeof("http_") - 1 + n] != ch) {
                break;
            }
        }

        if (n == name->len) {
            return i;
        }
    }

    return NGX_ERROR;
}


void
ngx_http_oauth_token_shown_forget(ngx_http_request_t *r,
    ngx_http_oauth_token_provider_t *provider)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    field = &provider->inject;
    i = 0;

    for ( ;; ) {

        if (field->index != NGX_ERROR) {
            r->variables[field->index].valid = 0;
            r->variables[field->index].not_found = 0;
        }

        if (i == provider->upstream_headers.nelts) {
            return;
        }

        field = provider->upstream_headers.elts;
        field += i++;
    }
}
