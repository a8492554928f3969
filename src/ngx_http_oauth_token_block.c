
#include "ngx_http_oauth_token_block.h"

#include "ngx_http_oauth_token_endpoint.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_key.h"
#include "ngx_http_oauth_token_presets.h"
#include "ngx_http_oauth_token_provider.h"
#include "ngx_http_oauth_token_transport.h"


typedef ngx_http_oauth_token_provider_t  provider_t;


static ngx_int_t ngx_http_oauth_token_block_preset(ngx_conf_t *cf,
    provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_lines(ngx_conf_t *cf,
    provider_t *p, const ngx_http_oauth_token_preset_t *preset);
static ngx_int_t ngx_http_oauth_token_block_line(ngx_conf_t *cf,
    provider_t *p, const char *const *args);
static ngx_int_t ngx_http_oauth_token_block_needs(ngx_conf_t *cf,
    provider_t *p, const ngx_http_oauth_token_preset_t *preset);
static ngx_uint_t ngx_http_oauth_token_block_has(provider_t *p,
    const char *directive, const char *name);
static ngx_int_t ngx_http_oauth_token_block_environment(ngx_conf_t *cf,
    provider_t *p, const ngx_http_oauth_token_preset_t *preset);
static ngx_int_t ngx_http_oauth_token_block_url(ngx_conf_t *cf,
    provider_t *p, const char *url);
static ngx_int_t ngx_http_oauth_token_block_defaults(ngx_conf_t *cf,
    provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_places(ngx_conf_t *cf,
    provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_place(ngx_conf_t *cf,
    provider_t *p, ngx_http_oauth_token_field_t *field,
    const char *directive);
static ngx_int_t ngx_http_oauth_token_block_credentials(ngx_conf_t *cf,
    provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_parameters(ngx_conf_t *cf,
    provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_utf8(ngx_conf_t *cf,
    provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_lifetime(ngx_conf_t *cf,
    provider_t *p);
static void ngx_http_oauth_token_block_inject(provider_t *p);
static ngx_int_t ngx_http_oauth_token_block_error(ngx_conf_t *cf,
    provider_t *p, const char *text, const char *detail);


static const char  *ngx_http_oauth_token_default_fields[] = {
    "access_token", NULL
};

/* in their order, unless the user or the preset has said otherwise */
static const char *const  ngx_http_oauth_token_default_lines[][4] = {
    { "client_auth", "client_secret_basic" },
    { "inject_header", "Authorization", "Bearer $oauth_access_token" },
    { "request_header", "Accept", "application/json" },
    { NULL }
};

/* of the formats */
static const char *const  ngx_http_oauth_token_content_types[][4] = {
    { "request_header", "Content-Type", "application/x-www-form-urlencoded" },
    { "request_header", "Content-Type", "application/json" },
    { NULL }
};

static const char *const  ngx_http_oauth_token_default_grant[] = {
    "grant_type", "client_credentials", NULL
};


ngx_int_t
ngx_http_oauth_token_block_finish(ngx_conf_t *cf, provider_t *p)
{
    ngx_int_t   rc;
    ngx_uint_t  line;

    line = cf->conf_file->line;

    p->trusted = 1;

    if (ngx_http_oauth_token_block_preset(cf, p) != NGX_OK
        || ngx_http_oauth_token_block_defaults(cf, p) != NGX_OK
        || ngx_http_oauth_token_block_credentials(cf, p) != NGX_OK
        || ngx_http_oauth_token_block_parameters(cf, p) != NGX_OK
        || ngx_http_oauth_token_block_utf8(cf, p) != NGX_OK
        || ngx_http_oauth_token_block_lifetime(cf, p) != NGX_OK
        || ngx_http_oauth_token_endpoint_url(cf, p, &p->url,
                                             p->insecure_http == 1)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_oauth_token_block_inject(p);

    rc = ngx_http_oauth_token_transport_finish(cf, p, &p->host_header);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    cf->conf_file->line = line;

    return ngx_http_oauth_token_key_init(p);
}


/* "provider "x" <text><detail>" */

static ngx_int_t
ngx_http_oauth_token_block_error(ngx_conf_t *cf, provider_t *p,
    const char *text, const char *detail)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "provider \"%V\" %s%s",
                       &p->name, text, detail);
    return NGX_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_block_preset(ngx_conf_t *cf, provider_t *p)
{
    const ngx_http_oauth_token_preset_t  *preset;

    if (p->preset.data == NULL) {

        if (p->environment.data || p->options.nelts) {
            return ngx_http_oauth_token_block_error(cf, p, "has no \"preset\" "
                             "for its ", p->environment.data
                             ? "\"environment\"" : "\"option\"");
        }

        if (p->url.data == NULL) {
            return ngx_http_oauth_token_block_error(cf, p,
                             "needs \"token_endpoint\" or \"preset\"", "");
        }

        return NGX_OK;
    }

    for (preset = ngx_http_oauth_token_presets; preset->name; preset++) {
        if (ngx_strcmp(preset->name, p->preset.data) == 0) {
            break;
        }
    }

    if (preset->name == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown preset \"%V\" of provider \"%V\"",
                           &p->preset, &p->name);
        return NGX_ERROR;
    }

    if (ngx_http_oauth_token_block_needs(cf, p, preset) != NGX_OK
        || ngx_http_oauth_token_block_environment(cf, p, preset) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_block_lines(cf, p, preset);
}


static ngx_int_t
ngx_http_oauth_token_block_lines(ngx_conf_t *cf, provider_t *p,
    const ngx_http_oauth_token_preset_t *preset)
{
    ngx_uint_t  i;

    for (i = 0; preset->lines[i][0]; i++) {
        if (ngx_http_oauth_token_block_line(cf, p, preset->lines[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * Runs a line of data as if it stood in the block.  Of directives that may be
 * repeated, and of those that a preset may complete, the functions see to it
 * themselves that the user wins.
 */

static ngx_int_t
ngx_http_oauth_token_block_line(ngx_conf_t *cf, provider_t *p,
    const char *const *args)
{
    char         *rv;
    ngx_str_t    *arg;
    ngx_uint_t    i;
    ngx_array_t  *save;

    static const char  *always[] = {
        "grant_type", "scope", "parameter", "request_header", NULL
    };

    for (i = 0; always[i]; i++) {
        if (ngx_strcmp(always[i], args[0]) == 0) {
            break;
        }
    }

    if (always[i] == NULL && ngx_http_oauth_token_endpoint_written(p, args[0]))
    {
        return NGX_OK;
    }

    save = cf->args;

    cf->args = ngx_array_create(cf->pool, NGX_HTTP_OAUTH_TOKEN_PRESET_ARGS,
                                sizeof(ngx_str_t));
    if (cf->args == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; args[i]; i++) {
        arg = ngx_array_push(cf->args);
        if (arg == NULL) {
            return NGX_ERROR;
        }

        arg->data = (u_char *) args[i];
        arg->len = ngx_strlen(args[i]);
    }

    rv = ngx_http_oauth_token_endpoint_directive(cf, p);

    cf->args = save;

    return rv == NGX_CONF_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_oauth_token_block_needs(ngx_conf_t *cf, provider_t *p,
    const ngx_http_oauth_token_preset_t *preset)
{
    ngx_uint_t          i;
    const char *const  *need;

    for (i = 0; preset->needs[i][0]; i++) {
        need = preset->needs[i];

        if (ngx_http_oauth_token_block_has(p, need[0], need[1])) {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" needs \"%s%s%s\" (preset \"%s\")",
                           &p->name, need[0], need[1] ? " " : "",
                           need[1] ? need[1] : "", preset->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* a "header" is also a "request_header" */

static ngx_uint_t
ngx_http_oauth_token_block_has(provider_t *p, const char *directive,
    const char *name)
{
    ngx_uint_t                     i, n;
    ngx_http_oauth_token_field_t  *field;

    if (name == NULL) {
        return ngx_http_oauth_token_endpoint_written(p, directive);
    }

    n = p->headers.nelts;
    field = p->headers.elts;

    for (i = 0; i < n; i++) {
        if (field[i].name.len == ngx_strlen(name)
            && ngx_strncasecmp(field[i].name.data, (u_char *) name,
                               field[i].name.len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_oauth_token_block_environment(ngx_conf_t *cf, provider_t *p,
    const ngx_http_oauth_token_preset_t *preset)
{
    const ngx_http_oauth_token_environment_t  *env;

    if (p->url.data) {

        if (p->environment.data) {
            return ngx_http_oauth_token_block_error(cf, p,
                  "has both \"environment\" and \"token_endpoint\"", "");
        }

        return NGX_OK;
    }

    env = preset->environments;

    if (p->environment.data) {
        while (env->environment
               && ngx_strcmp(env->environment, p->environment.data) != 0)
        {
            env++;
        }
    }

    if (env->environment == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown environment \"%V\" of provider \"%V\" "
                           "(preset \"%s\")", &p->environment, &p->name,
                           preset->name);
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_block_url(cf, p, env->url);
}


/* fills each {NAME} with its option */

static ngx_int_t
ngx_http_oauth_token_block_url(ngx_conf_t *cf, provider_t *p, const char *url)
{
    size_t         len;
    u_char        *dst;
    ngx_uint_t     i;
    const char    *end;
    ngx_keyval_t  *kv;

    kv = p->options.elts;
    len = ngx_strlen(url);

    for (i = 0; i < p->options.nelts; i++) {
        len += kv[i].value.len;
    }

    dst = ngx_pnalloc(cf->pool, len + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    p->url.data = dst;

    while (*url) {

        if (*url != '{') {
            *dst++ = *url++;
            continue;
        }

        end = strchr(++url, '}');

        for (i = 0; i < p->options.nelts; i++) {
            if (kv[i].key.len == (size_t) (end - url)
                && ngx_strncmp(kv[i].key.data, url, kv[i].key.len) == 0)
            {
                break;
            }
        }

        if (i == p->options.nelts) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "provider \"%V\" needs \"option %*s\" "
                               "(preset \"%V\")", &p->name,
                               (size_t) (end - url), url, &p->preset);
            return NGX_ERROR;
        }

        dst = ngx_cpymem(dst, kv[i].value.data, kv[i].value.len);
        url = end + 1;
    }

    p->url.len = dst - p->url.data;
    *dst = '\0';

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_block_defaults(ngx_conf_t *cf, provider_t *p)
{
    ngx_uint_t  i;

    ngx_conf_init_uint_value(p->method, NGX_HTTP_POST);

    ngx_conf_init_uint_value(p->format,
                             p->method == NGX_HTTP_GET
                                 ? NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
                                 : NGX_HTTP_OAUTH_TOKEN_FORMAT_FORM);

    ngx_conf_init_value(p->insecure_http, 0);
    ngx_conf_init_value(p->max_waiting, NGX_HTTP_OAUTH_TOKEN_MAX_WAITING);
    ngx_conf_init_msec_value(p->fetch_timeout,
                             NGX_HTTP_OAUTH_TOKEN_FETCH_TIMEOUT);

    if (p->rules.token_fields == NULL) {
        p->rules.token_fields = ngx_http_oauth_token_default_fields;
    }

    if (p->rules.expires_field == NULL) {
        p->rules.expires_field = "expires_in";
    }

    for (i = 0; ngx_http_oauth_token_default_lines[i][0]; i++) {
        if (ngx_http_oauth_token_block_line(cf, p,
                                    ngx_http_oauth_token_default_lines[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (p->format != NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
        && ngx_http_oauth_token_block_line(cf, p,
                                ngx_http_oauth_token_content_types[p->format])
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_oauth_token_block_places(cf, p);
}


/* where grant, scope and parameters go */

static ngx_int_t
ngx_http_oauth_token_block_places(ngx_conf_t *cf, provider_t *p)
{
    ngx_uint_t                     i;
    ngx_http_oauth_token_field_t  *field;

    /* the default grant has no place where there is no body to put it in */

    if (!p->grant_type.value.set
        && (p->format != NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
            || p->method == NGX_HTTP_GET)
        && ngx_http_oauth_token_block_line(cf, p,
                                           ngx_http_oauth_token_default_grant)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (p->grant_type.value.parts == NULL
        && p->grant_type.value.text.len == 4
        && ngx_strncmp(p->grant_type.value.text.data, "none", 4) == 0)
    {
        p->grant_type.value.set = 0;
    }

    if (ngx_http_oauth_token_block_place(cf, p, &p->grant_type, "grant_type")
        != NGX_OK
        || ngx_http_oauth_token_block_place(cf, p, &p->scope, "scope")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    field = p->parameters.elts;

    for (i = 0; i < p->parameters.nelts; i++) {
        if (ngx_http_oauth_token_block_place(cf, p, &field[i], "parameter")
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_block_place(ngx_conf_t *cf, provider_t *p,
    ngx_http_oauth_token_field_t *field, const char *directive)
{
    if (field->in == NGX_HTTP_OAUTH_TOKEN_IN_UNSET) {
        field->in = (p->method == NGX_HTTP_GET) ? NGX_HTTP_OAUTH_TOKEN_IN_QUERY
                                                : NGX_HTTP_OAUTH_TOKEN_IN_BODY;
    }

    if (field->in == NGX_HTTP_OAUTH_TOKEN_IN_BODY
        && p->format == NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
        && field->value.set && field->value.text.len)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has no body for \"%s\", which "
                           "needs \"in=query\"", &p->name, directive);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_block_credentials(ngx_conf_t *cf, provider_t *p)
{
    ngx_str_t                             *id;
    const char                            *name;
    const ngx_http_oauth_token_method_t   *auth;

    auth = p->auth;
    name = (char *) auth->name.data;

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_ID) {

        return p->client_secret.set
                   ? ngx_http_oauth_token_block_error(cf, p,
                         "does not send its \"client_secret\" with "
                         "\"client_auth none\"", "")
                   : NGX_OK;
    }

    if (!p->client_id.set || !p->client_secret.set) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" needs \"%s\" for "
                           "\"client_auth %s\"", &p->name,
                           p->client_id.set ? "client_secret" : "client_id",
                           name);
        return NGX_ERROR;
    }

    if (auth->in == NGX_HTTP_OAUTH_TOKEN_IN_BODY
        && p->format == NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE)
    {
        return ngx_http_oauth_token_block_error(cf, p,
                             "has no body for \"client_auth client_secret_post"
                             "\"", "");
    }

    id = &p->client_id.text;

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC && !p->auth_encode
        && ngx_strlchr(id->data, id->data + id->len, ':'))
    {
        return ngx_http_oauth_token_block_error(cf, p,
                             "has a \":\" in its \"client_id\", which needs "
                             "\"client_auth client_secret_basic encode=form\"",
                             "");
    }

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS
        && auth->in == NGX_HTTP_OAUTH_TOKEN_IN_QUERY)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "the secret of provider \"%V\" is sent in the URL, "
                           "which servers may log", &p->name);
    }

    if (auth->kind == NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC
        && ngx_http_oauth_token_block_has(p, "header", "Authorization"))
    {
        return ngx_http_oauth_token_block_error(cf, p,
                             "has both \"client_auth client_secret_basic\" "
                             "and \"request_header Authorization\"", "");
    }

    return NGX_OK;
}


/* no name may be sent twice: RFC 6749, section 3.2 */

static ngx_int_t
ngx_http_oauth_token_block_parameters(ngx_conf_t *cf, provider_t *p)
{
    ngx_uint_t                     i, n, fields;
    ngx_http_oauth_token_field_t  *field;

    fields = (p->auth->in != NGX_HTTP_OAUTH_TOKEN_IN_HEADER);

    struct {
        ngx_str_t   *name;
        ngx_uint_t   sent;
    } others[] = {
        { &p->grant_type.name, p->grant_type.value.set },
        { &p->scope.name, p->scope.value.set },
        { &p->auth_id, fields && p->client_id.set },
        { &p->auth_secret, fields && p->client_secret.set }
    };

    field = p->parameters.elts;

    for (i = 0; i < p->parameters.nelts; i++) {
        for (n = 0; n < sizeof(others) / sizeof(others[0]); n++) {

            if (others[n].sent && others[n].name->len == field[i].name.len
                && ngx_strncmp(others[n].name->data, field[i].name.data,
                               field[i].name.len)
                   == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"parameter %V\" of provider \"%V\" is "
                                   "sent already", &field[i].name, &p->name);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* JSON is UTF-8: found out here, not at the first request */

static ngx_int_t
ngx_http_oauth_token_block_utf8(ngx_conf_t *cf, provider_t *p)
{
    char                          *json;
    size_t                         len;
    ngx_uint_t                     i;
    ngx_str_t                     *text;
    ngx_http_oauth_token_pair_t    pair;
    ngx_http_oauth_token_field_t  *field;

    if (p->format != NGX_HTTP_OAUTH_TOKEN_FORMAT_JSON) {
        return NGX_OK;
    }

    field = p->parameters.elts;

    for (i = 0; i < p->parameters.nelts + 4; i++) {

        text = (i == 0) ? &p->client_id.text
               : (i == 1) ? &p->client_secret.text
               : (i == 2) ? &p->grant_type.value.text
               : (i == 3) ? &p->scope.value.text
               : &field[i - 4].value.text;

        pair.name = (u_char *) "name";
        pair.name_len = 4;
        pair.value = text->data ? text->data : (u_char *) "";
        pair.value_len = text->len;

        json = ngx_http_oauth_token_json_body(&pair, 1, &len);

        if (json == NULL) {
            return ngx_http_oauth_token_block_error(cf, p,
                             "has a value that is not UTF-8, which "
                             "\"body_format json\" needs", "");
        }

        ngx_explicit_memzero(json, len);
        free(json);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_oauth_token_block_lifetime(ngx_conf_t *cf, provider_t *p)
{
    ngx_uint_t                      by_default;
    ngx_http_oauth_token_limits_t  *limits;

    limits = &p->rules.lifetime;
    by_default = (limits->by_default != 0);

    if (limits->max == 0) {
        limits->max = NGX_HTTP_OAUTH_TOKEN_LIFETIME_MAX;
    }

    if (limits->min == 0) {
        limits->min = ngx_min(NGX_HTTP_OAUTH_TOKEN_LIFETIME_MIN, limits->max);
    }

    if (!by_default) {
        limits->by_default = ngx_max(limits->min,
                                     ngx_min(NGX_HTTP_OAUTH_TOKEN_LIFETIME,
                                             limits->max));
    }

    if (limits->min > limits->by_default || limits->by_default > limits->max) {
        return ngx_http_oauth_token_block_error(cf, p,
                             "needs min <= default <= max in "
                             "\"token_lifetime\"", "");
    }

    return NGX_OK;
}


/*
 * A value of text, the token, and text can be laid out once, when the token
 * comes.
 */

static void
ngx_http_oauth_token_block_inject(provider_t *p)
{
    ngx_uint_t                    i, n;
    ngx_str_t                    *side;
    ngx_http_oauth_token_part_t  *part;

    if (p->inject.value.parts == NULL) {
        return;
    }

    part = p->inject.value.parts->elts;
    n = p->inject.value.parts->nelts;
    side = &p->inject_prefix;

    for (i = 0; i < n; i++) {

        if (part[i].kind == NGX_HTTP_OAUTH_TOKEN_PART_TOKEN
            && side == &p->inject_prefix)
        {
            side = &p->inject_suffix;
            continue;
        }

        if (part[i].kind != NGX_HTTP_OAUTH_TOKEN_PART_TEXT) {
            ngx_str_null(&p->inject_prefix);
            ngx_str_null(&p->inject_suffix);
            return;
        }

        *side = part[i].text;
    }

    p->inject_plain = (side == &p->inject_suffix);
}
