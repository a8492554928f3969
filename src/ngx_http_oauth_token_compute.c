
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_compute.h"

#include "ngx_http_oauth_token_hash.h"
#include "ngx_http_oauth_token_named.h"
#include "ngx_http_oauth_token_value.h"


static ngx_uint_t ngx_http_oauth_token_compute_function(ngx_str_t *name,
    ngx_uint_t *function);
static char *ngx_http_oauth_token_compute_option(ngx_conf_t *cf,
    ngx_str_t *arg, ngx_http_oauth_token_compute_t *compute);
static ngx_int_t ngx_http_oauth_token_compute_computes(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t *request,
    ngx_uint_t *upstream);
static ngx_int_t ngx_http_oauth_token_compute_value(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_value_t *value,
    ngx_uint_t allowed, ngx_uint_t *used);
static ngx_int_t ngx_http_oauth_token_compute_all(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_array_t *fields,
    ngx_uint_t allowed, ngx_uint_t *used);
static ngx_int_t ngx_http_oauth_token_compute_depend(
    ngx_http_oauth_token_provider_t *p);

static ngx_conf_enum_t  ngx_http_oauth_token_functions[] = {
    { ngx_string("base64"), NGX_HTTP_OAUTH_TOKEN_HASH_BASE64 },
    { ngx_string("sha256"), NGX_HTTP_OAUTH_TOKEN_HASH_SHA256 },
    { ngx_string("sha512"), NGX_HTTP_OAUTH_TOKEN_HASH_SHA512 },
    { ngx_string("hmac_sha256"), NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA256 },
    { ngx_string("hmac_sha512"), NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA512 },
    { ngx_null_string, 0 }
};


/*
 * compute NAME FUNCTION TEXT [key=VALUE] [encode=hex|base64]
 *
 * Its variables are LATE until it is known who uses it.
 */

char *
ngx_http_oauth_token_compute_define(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    char                             *rv;
    ngx_str_t                        *args;
    ngx_uint_t                        i, keyed;
    ngx_http_oauth_token_compute_t   *compute;
    ngx_http_oauth_token_provider_t  *p = conf;

    args = cf->args->elts;

    if (p->computes.nelts == NGX_HTTP_OAUTH_TOKEN_COMPUTES) {
        return "is there too often, eight values can be computed";
    }

    if (ngx_http_oauth_token_named_new(cf, p, &args[1]) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    compute = ngx_array_push(&p->computes);
    if (compute == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(compute, sizeof(ngx_http_oauth_token_compute_t));

    compute->name = args[1];
    compute->where.file = cf->conf_file->file.name;
    compute->where.line = cf->conf_file->line;

    if (!ngx_http_oauth_token_compute_function(&args[2], &compute->function)) {
        return "has a function that is not known";
    }

    if (ngx_http_oauth_token_value_compile(cf, &args[0], &args[3],
                                           NGX_HTTP_OAUTH_TOKEN_VALUE_TOKEN
                                           |NGX_HTTP_OAUTH_TOKEN_VALUE_NAMED
                                           |NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT,
                                           NULL, &compute->text)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 4; i < cf->args->nelts; i++) {
        rv = ngx_http_oauth_token_compute_option(cf, &args[i], compute);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    keyed = compute->function == NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA256
            || compute->function == NGX_HTTP_OAUTH_TOKEN_HASH_HMAC_SHA512;

    return keyed == compute->key.set
               ? NGX_CONF_OK : "needs a \"key=\" for a HMAC, and only there";
}


static ngx_uint_t
ngx_http_oauth_token_compute_function(ngx_str_t *name, ngx_uint_t *function)
{
    ngx_conf_enum_t  *known;

    for (known = ngx_http_oauth_token_functions; known->name.len; known++) {
        if (ngx_strcmp(known->name.data, name->data) == 0) {
            *function = known->value;
            return 1;
        }
    }

    return 0;
}


static char *
ngx_http_oauth_token_compute_option(ngx_conf_t *cf, ngx_str_t *arg,
    ngx_http_oauth_token_compute_t *compute)
{
    ngx_str_t  value;

    if (ngx_strcmp(arg->data, "encode=base64") == 0) {
        compute->base64 = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(arg->data, "encode=hex") == 0) {
        return compute->function == NGX_HTTP_OAUTH_TOKEN_HASH_BASE64
                   ? "has an \"encode=\" for \"base64\"" : NGX_CONF_OK;
    }

    /* what is wrong with it is not shown, it may be a key */

    if (ngx_strncmp(arg->data, "key=", 4) != 0 || compute->key.set) {
        return "takes key=VALUE, encode=hex and encode=base64 behind the text";
    }

    value.data = arg->data + 4;
    value.len = arg->len - 4;

    if (value.len == 0) {
        return "has an empty key";
    }

    return ngx_http_oauth_token_value_compile(cf, cf->args->elts, &value,
                                            NGX_HTTP_OAUTH_TOKEN_VALUE_NAMED
                                            |NGX_HTTP_OAUTH_TOKEN_VALUE_CLIENT
                                            |NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET,
                                              NULL, &compute->key)
               == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_oauth_token_compute_resolve(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t  request, upstream;

    /* of the token request: the moment, and what is made without the token */

    request = ngx_http_oauth_token_bit(NGX_HTTP_OAUTH_TOKEN_NAMED_ID)
              - ngx_http_oauth_token_bit(NGX_HTTP_OAUTH_TOKEN_NAMED_TIME);
    request |= ngx_http_oauth_token_bit(NGX_HTTP_OAUTH_TOKEN_NAMED_ASSERTION);

    /* of a request upstream: the moment, and what was captured */

    upstream = ngx_http_oauth_token_bit(NGX_HTTP_OAUTH_TOKEN_NAMED_ID) - 1;

    if (ngx_http_oauth_token_compute_computes(cf, p, &request, &upstream)
        != NGX_OK
        || ngx_http_oauth_token_compute_value(cf, p, &p->grant_type.value,
                                              request, &p->named_request)
           != NGX_OK
        || ngx_http_oauth_token_compute_value(cf, p, &p->scope.value, request,
                                              &p->named_request) != NGX_OK
        || ngx_http_oauth_token_compute_all(cf, p, &p->parameters, request,
                                            &p->named_request) != NGX_OK
        || ngx_http_oauth_token_compute_all(cf, p, &p->headers, request,
                                            &p->named_request) != NGX_OK
        || ngx_http_oauth_token_compute_depend(p) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_compute_value(cf, p, &p->inject.value,
                                              upstream, &p->named_upstream)
           != NGX_OK
           ? NGX_ERROR
           : ngx_http_oauth_token_compute_all(cf, p, &p->upstream_headers,
                                              upstream, &p->named_upstream);
}


/* of what is before it; adds what each kind of request may have */

static ngx_int_t
ngx_http_oauth_token_compute_computes(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_uint_t *request,
    ngx_uint_t *upstream)
{
    ngx_uint_t                       i, slot, allowed;
    ngx_http_oauth_token_compute_t  *compute;

    compute = p->computes.elts;

    for (i = 0; i < p->computes.nelts; i++) {
        slot = NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE + i;
        allowed = ngx_http_oauth_token_bit(slot) - 1;

        if (ngx_http_oauth_token_compute_value(cf, p, &compute[i].text,
                                               allowed, &compute[i].needs)
            != NGX_OK
            || ngx_http_oauth_token_compute_value(cf, p, &compute[i].key,
                                                  allowed, &compute[i].needs)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (!ngx_http_oauth_token_compute_of_token(p, slot)) {
            *request |= ngx_http_oauth_token_bit(slot);
        }

        if (!(compute[i].needs
              & ngx_http_oauth_token_bit(
                                       NGX_HTTP_OAUTH_TOKEN_NAMED_ASSERTION)))
        {
            *upstream |= ngx_http_oauth_token_bit(slot);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_compute_all(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_array_t *fields,
    ngx_uint_t allowed, ngx_uint_t *used)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    field = fields->elts;

    for (i = 0; i < fields->nelts; i++) {
        if (ngx_http_oauth_token_compute_value(cf, p, &field[i].value, allowed,
                                               used)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* adds the slots that the value needs, and what those need, to *used */

static ngx_int_t
ngx_http_oauth_token_compute_value(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *p, ngx_http_oauth_token_value_t *value,
    ngx_uint_t allowed, ngx_uint_t *used)
{
    ngx_uint_t                       i, slot;
    ngx_http_oauth_token_part_t     *part;
    ngx_http_oauth_token_compute_t  *compute;

    if (!value->set || value->parts == NULL) {
        return NGX_OK;
    }

    part = value->parts->elts;

    for (i = 0; i < value->parts->nelts; i++) {

        if (part[i].kind != NGX_HTTP_OAUTH_TOKEN_PART_NAMED) {
            continue;
        }

        slot = ngx_http_oauth_token_named_slot(p, &part[i].text);

        if (!(allowed & ngx_http_oauth_token_bit(slot))) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               slot == NGX_HTTP_OAUTH_TOKEN_NAMED_MAX
                                   ? "unknown variable \"$oauth_token_%V\" in "
                                     "provider \"%V\""
                                   : "variable \"$oauth_token_%V\" is used "
                                     "where it is not known, provider \"%V\"",
                               &part[i].text, &p->name);
            return NGX_ERROR;
        }

        part[i].slot = slot;
        *used |= ngx_http_oauth_token_bit(slot);

        if (slot >= NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE) {
            compute = p->computes.elts;
            *used |= compute[slot - NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE].needs;
        }
    }

    return NGX_OK;
}


/* what a token request uses, its token depends on */

static ngx_int_t
ngx_http_oauth_token_compute_depend(ngx_http_oauth_token_provider_t *p)
{
    ngx_uint_t                       i, slot;
    ngx_http_oauth_token_compute_t  *compute;

    static ngx_str_t  directive = ngx_string("compute");

    compute = p->computes.elts;

    for (i = 0; i < p->computes.nelts; i++) {
        slot = NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE + i;

        if (!(p->named_request & ngx_http_oauth_token_bit(slot))) {
            continue;
        }

        if (ngx_http_oauth_token_value_depend(&compute[i].text, &directive,
                                           &compute[i].where,
                                           NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET,
                                           &p->slots)
            != NGX_OK
            || ngx_http_oauth_token_value_depend(&compute[i].key, &directive,
                                         &compute[i].where,
                                         NGX_HTTP_OAUTH_TOKEN_VALUE_SECRET
                                         |NGX_HTTP_OAUTH_TOKEN_VALUE_REQUIRED,
                                         &p->slots)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_oauth_token_compute_of_token(ngx_http_oauth_token_provider_t *p,
    ngx_uint_t slot)
{
    ngx_uint_t                       i;
    ngx_http_oauth_token_part_t     *part;
    ngx_http_oauth_token_compute_t  *compute;

    if (slot < NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE) {
        return slot < NGX_HTTP_OAUTH_TOKEN_CAPTURES;
    }

    compute = p->computes.elts;
    compute += slot - NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE;

    part = compute->text.parts ? compute->text.parts->elts : NULL;

    for (i = 0; part && i < compute->text.parts->nelts; i++) {
        if (part[i].kind == NGX_HTTP_OAUTH_TOKEN_PART_TOKEN) {
            return 1;
        }
    }

    for (i = 0; i < slot; i++) {
        if ((compute->needs & ngx_http_oauth_token_bit(i))
            && ngx_http_oauth_token_compute_of_token(p, i))
        {
            return 1;
        }
    }

    return 0;
}
