
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 0: what a provider says of its error.  See the header.
 */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ngx_http_oauth_token_error.h"
#include "ngx_http_oauth_token_jose.h"
#include "ngx_http_oauth_token_json.h"


/* codes are short, with the NUL; "code_" and this fit into a reason */
#define NGX_HTTP_OAUTH_TOKEN_ERROR_CODE   24

/* what of a code is shown as it is */
#define NGX_HTTP_OAUTH_TOKEN_ERROR_CHARS                                      \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"


static int ngx_http_oauth_token_error_listed(const char *text,
    const char *const *list);
static int ngx_http_oauth_token_error_fails(json_t *value, char *text,
    size_t size);
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

/* where those who answer 200 to everything put the code of an error */
static const char *const  ngx_http_oauth_token_codes[] = {
    "errcode",                        /* WeChat */
    "code",                           /* Feishu */
    "status.code",                    /* SCB */
    "statusCode",                     /* bKash */
    "responseCode",                   /* SNAP */
    "subCode",                        /* Cashfree */
    "error_code",                     /* Global Payments */
    "errorCode",
    "ErrorCode",                      /* Apigee, its default flow */
    "error.code",
    "errorInfo.errorCode",            /* Candescent V1 */
    "errors.0.code",                  /* Fiserv Card */
    NULL
};

static const char *const  ngx_http_oauth_token_successes[] = {
    "SUCCESS", "success", "OK", "ok", NULL
};

/* and those who use words */
static const char *const  ngx_http_oauth_token_statements[] = {
    "status", "responseStatus", NULL
};

static const char *const  ngx_http_oauth_token_failures[] = {
    "ERROR", "error", "FAILURE", "failure", "FAILED", "failed", NULL
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
    "responseMessage",                /* SNAP */
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
ngx_http_oauth_token_error_oauth(json_t *root, int token)
{
    const char  *error;

    error = json_string_value(json_object_get(root, "error"));

    return error != NULL && error[0] != '\0'
           && (!token || ngx_http_oauth_token_error_valid(error));
}


int
ngx_http_oauth_token_error_stated(json_t *root, char *dst, size_t size)
{
    char                text[NGX_HTTP_OAUTH_TOKEN_ERROR_CODE];
    const char         *word;
    const char *const  *path;

    for (path = ngx_http_oauth_token_codes; *path != NULL; path++) {

        if (ngx_http_oauth_token_error_fails(
                                ngx_http_oauth_token_json_member(root, *path),
                                text, sizeof(text)))
        {
            (void) snprintf(dst, size, "%s%s",
                            text[0] != '\0' ? "code_" : "app_error", text);
            return 1;
        }
    }

    for (path = ngx_http_oauth_token_statements; *path != NULL; path++) {
        word = json_string_value(ngx_http_oauth_token_json_member(root, *path));

        if (word != NULL
            && ngx_http_oauth_token_error_listed(word,
                                                 ngx_http_oauth_token_failures))
        {
            (void) snprintf(dst, size, "app_error");
            return 1;
        }
    }

    return 0;
}


/* whether the value is a code of a failure; text is "" if it is not to show */

static int
ngx_http_oauth_token_error_fails(json_t *value, char *text, size_t size)
{
    size_t       i, len, digits;
    const char  *code;
    char         number[NGX_HTTP_OAUTH_TOKEN_ERROR_CODE];

    code = json_string_value(value);

    if (json_is_integer(value)) {
        (void) snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
                        json_integer_value(value));
        code = number;
    }

    if (code == NULL || code[0] == '\0'
        || ngx_http_oauth_token_error_listed(code,
                                             ngx_http_oauth_token_successes))
    {
        return 0;
    }

    len = strlen(code);
    digits = strspn(code, "0123456789");

    if (strspn(code, "0") == len
        || (digits == len && code[0] == '2' && (len == 3 || len == 7)))
    {
        return 0;
    }

    text[0] = '\0';

    if (len >= size || strspn(code, NGX_HTTP_OAUTH_TOKEN_ERROR_CHARS) != len) {
        return 1;
    }

    for (i = 0; i <= len; i++) {
        text[i] = code[i];

        if (text[i] >= 'A' && text[i] <= 'Z') {
            text[i] = (char) (text[i] | 0x20);
        }
    }

    return 1;
}


int
ngx_http_oauth_token_error_secretive(json_t *root)
{
    size_t       i;
    json_t      *value;
    const char  *name;

    json_array_foreach(root, i, value) {
        if (ngx_http_oauth_token_error_secretive(value)) {
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

        if (ngx_http_oauth_token_error_secretive(value)) {
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
        dst[i] = text[i];

        if (text[i] < 0x20 || text[i] > 0x7e) {
            dst[i] = '?';
        }
    }

    dst[len] = '\0';
}
