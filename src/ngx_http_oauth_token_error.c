
/*
 * Row 0: what a provider says of its error.  See the header.
 */

#include <string.h>
#include <strings.h>

#include "ngx_http_oauth_token_error.h"
#include "ngx_http_oauth_token_jose.h"
#include "ngx_http_oauth_token_json.h"


static int ngx_http_oauth_token_error_listed(const char *text,
    const char *const *list);
static int ngx_http_oauth_token_error_hidden(json_t *root);
static int ngx_http_oauth_token_error_secret_name(const char *name);


/* codes of the IANA registry that a token endpoint may send */
static const char *const  ngx_http_oauth_token_registered[] = {
    "invalid_request", "invalid_client", "invalid_grant", "invalid_scope",
    "invalid_target", "invalid_dpop_proof", "use_dpop_nonce",
    "unauthorized_client", "unsupported_grant_type", "access_denied",
    "temporarily_unavailable", "server_error", NULL
};

static const char *const  ngx_http_oauth_token_passing[] = {
    "temporarily_unavailable", "server_error", NULL
};

/* the first that is there counts; of those who say it so, one is named */
static const char *const  ngx_http_oauth_token_complaints[] = {
    "error_description",              /* RFC 6749 */
    "detailed_error_description",     /* Global Payments */
    "errorInfo.errorMessage",         /* Candescent V1 */
    "errors.0.description",           /* Fiserv Card */
    "errors.0.message",               /* Square */
    "errors.0.detail",
    "errors.0",
    "response.errors.0.message",      /* UPS */
    "0.invalid-params.0",             /* FirstVision */
    "0.invalid-params.0.reason",
    "0.detail",
    "detail",                         /* RFC 9457 */
    "fault.faultstring",              /* Apigee */
    "error.message",
    "description",
    "message",                        /* Candescent V2 */
    "errorMessage",                   /* FirstVision, first revision */
    "error_message",
    "errmsg",                         /* WeChat */
    "msg",                            /* Feishu */
    "statusMessage",
    "status.description",             /* SCB */
    "text",                           /* FirstVision EMEA */
    "Error",                          /* Apigee, its default flow */
    "title",                          /* RFC 9457 */
    "error",
    NULL
};


int
ngx_http_oauth_token_error_valid(const char *text)
{
    if (*text == '\0') {
        return 0;
    }

    for ( /* void */ ; *text != '\0'; text++) {
        if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\') {
            return 0;
        }
    }

    return 1;
}


const char *
ngx_http_oauth_token_error_code(json_t *root, size_t max, int secretive)
{
    size_t       len;
    const char  *code;

    code = json_string_value(json_object_get(root, "error"));
    if (code == NULL) {
        return NULL;
    }

    len = strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_.-");

    if (len == 0 || len >= max || code[len] != '\0') {
        return NULL;
    }

    if (secretive
        && !ngx_http_oauth_token_error_listed(code,
                                              ngx_http_oauth_token_registered))
    {
        return NULL;
    }

    return code;
}


int
ngx_http_oauth_token_error_passing(const char *code)
{
    return code != NULL
           && ngx_http_oauth_token_error_listed(code,
                                                ngx_http_oauth_token_passing);
}


static int
ngx_http_oauth_token_error_listed(const char *text, const char *const *list)
{
    for ( /* void */ ; *list != NULL; list++) {
        if (strcmp(text, *list) == 0) {
            return 1;
        }
    }

    return 0;
}


int
ngx_http_oauth_token_error_secretive(json_t *root, const char *const *paths)
{
    size_t  len;

    return ngx_http_oauth_token_json_first(root, paths, &len) != NULL
           || ngx_http_oauth_token_error_hidden(root);
}


static int
ngx_http_oauth_token_error_hidden(json_t *root)
{
    size_t       i;
    json_t      *value;
    const char  *name;

    json_array_foreach(root, i, value) {
        if (ngx_http_oauth_token_error_hidden(value)) {
            return 1;
        }
    }

    json_object_foreach(root, name, value) {

        if (ngx_http_oauth_token_error_secret_name(name)
            && (json_string_length(value) > 0
                || json_array_size(value) > 0
                || json_object_size(value) > 0))
        {
            return 1;
        }

        if (ngx_http_oauth_token_error_hidden(value)) {
            return 1;
        }
    }

    return 0;
}


static int
ngx_http_oauth_token_error_secret_name(const char *name)
{
    if (strcasecmp(name, "token_type") == 0
        || strcasecmp(name, "tokenType") == 0)
    {
        return 0;
    }

    for ( /* void */ ; *name != '\0'; name++) {
        if (strncasecmp(name, "token", 5) == 0
            || strncasecmp(name, "secret", 6) == 0)
        {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_oauth_token_error_quote(json_t *root, char *dst, size_t size)
{
    size_t       i, len;
    const char  *text;

    dst[0] = '\0';

    text = ngx_http_oauth_token_json_first(root,
                                           ngx_http_oauth_token_complaints,
                                           &len);

    /* some quote the JWT that they refuse: its header is an object in base64 */

    if (text == NULL || strstr(text, "eyJ") != NULL
        || ngx_http_oauth_token_jose_within(text))
    {
        return;
    }

    if (len > size - 1) {
        len = size - 1;
    }

    for (i = 0; i < len; i++) {
        dst[i] = text[i] >= 0x20 && text[i] <= 0x7e ? text[i] : '?';
    }

    dst[len] = '\0';
}
