
/*
 * Row 1: what has become of a token request.  See the header.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ngx_http_oauth_token_result.h"


static void ngx_http_oauth_token_result_wipe(char **member,
    size_t *member_len);


void
ngx_http_oauth_token_result_failed(ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_outcome_e outcome, const char *reason)
{
    memset(result, 0, sizeof(ngx_http_oauth_token_result_t));

    result->outcome = outcome;
    result->refresh_lifetime = -1;
    result->retry_after = -1;

    snprintf(result->reason, sizeof(result->reason), "%s", reason);
}


void
ngx_http_oauth_token_result_free(ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_result_wipe(&result->token, &result->run_len);
    ngx_http_oauth_token_result_wipe(&result->refresh, &result->refresh_len);
}


int
ngx_http_oauth_token_result_copy(char **member, size_t *member_len,
    const char *text, size_t len)
{
    *member = malloc(len + 1);

    if (*member == NULL) {
        return -1;
    }

    memcpy(*member, text, len);
    (*member)[len] = '\0';

    *member_len = len;

    return 0;
}


static void
ngx_http_oauth_token_result_wipe(char **member, size_t *member_len)
{
    if (*member != NULL) {
        OPENSSL_cleanse(*member, *member_len);
        free(*member);

        *member = NULL;
        *member_len = 0;
    }
}
