
#include "ngx_http_oauth_token_cold.h"

/*
 * Row 1: what has become of a token request.  See the header.
 */

#include <stdio.h>
#include <string.h>

#include "ngx_http_oauth_token_result.h"
#include "ngx_http_oauth_token_secret.h"


void
ngx_http_oauth_token_result_failed(ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_outcome_e outcome, const char *reason)
{
    memset(result, 0, sizeof(ngx_http_oauth_token_result_t));

    result->outcome = outcome;
    result->refresh_lifetime = -1;
    result->retry_after = -1;

    (void) snprintf(result->reason, sizeof(result->reason), "%s", reason);
}


void
ngx_http_oauth_token_result_free(ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_secret_free(result->token);
    ngx_http_oauth_token_secret_free(result->refresh);

    result->token = NULL;
    result->run_len = 0;
    result->refresh = NULL;
    result->refresh_len = 0;
}


int
ngx_http_oauth_token_result_copy(char **member, size_t *member_len,
    const char *text, size_t len)
{
    *member = ngx_http_oauth_token_secret_alloc(len + 1);

    if (*member == NULL) {
        return -1;
    }

    memcpy(*member, text, len);
    (*member)[len] = '\0';

    *member_len = len;

    return 0;
}
