
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_tell.h"

#include "ngx_http_oauth_token_token.h"


/* a key has a line about a failure so often at most, ms */
#define NGX_HTTP_OAUTH_TOKEN_TELL_PAUSE  1000

/*
 * Keys that a worker remembers to have told of: many more than fail at a time
 * when all is well but some tenants; 12 kB.  A key has its place in one of the
 * sets, where the one that was told of the longest ago makes room.
 */
#define NGX_HTTP_OAUTH_TOKEN_TELL_SETS   128
#define NGX_HTTP_OAUTH_TOKEN_TELL_WAYS   4

/* "http: 4294967295, " with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_TELL_HTTP                                        \
    (sizeof("http: , ") + NGX_INT32_LEN)

/* ", 18446744073709551615 similar lines left out" with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_TELL_LEFT                                        \
    (sizeof(",  similar lines left out") + NGX_INT64_LEN)


typedef struct {
    uint64_t    key;       /* the first bytes of it; 0: free */
    ngx_msec_t  told;
    ngx_uint_t  left;      /* lines left out since then */
} ngx_http_oauth_token_told_t;


static ngx_http_oauth_token_told_t *ngx_http_oauth_token_tell_find(
    const u_char *key);
static void ngx_http_oauth_token_tell_http(u_char *dst, int status);
static void ngx_http_oauth_token_tell_quote(char *dst, const char *text);


/* of this worker */
static ngx_http_oauth_token_told_t  ngx_http_oauth_token_told
    [NGX_HTTP_OAUTH_TOKEN_TELL_SETS][NGX_HTTP_OAUTH_TOKEN_TELL_WAYS];


void
ngx_http_oauth_token_tell_fetched(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_t *token, ngx_msec_t begun)
{
    int64_t                         now;
    ngx_http_oauth_token_stored_t  *stored;

    now = (int64_t) ngx_current_msec;
    stored = &token->stored;

    ngx_log_error(NGX_LOG_INFO,
                  ngx_http_oauth_token_attempt_log(attempt->provider), 0,
                  "access token fetched, provider: \"%V\", key: %08xD, "
                  "expires in %Ls, refresh in %Ls, took %Mms",
                  &attempt->provider->name,
                  htonl(*(uint32_t *) attempt->key),
                  (stored->expires - now) / 1000,
                  ngx_max(stored->refresh_at - now, 0) / 1000,
                  ngx_current_msec - begun);
}


void
ngx_http_oauth_token_tell_failed(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result, int64_t pause)
{
    char                          text[NGX_HTTP_OAUTH_TOKEN_ERROR_LEN];
    u_char                        http[NGX_HTTP_OAUTH_TOKEN_TELL_HTTP];
    u_char                        left[NGX_HTTP_OAUTH_TOKEN_TELL_LEFT];
    ngx_uint_t                    level;
    ngx_http_oauth_token_t       *token;
    ngx_http_oauth_token_told_t  *told;

    told = ngx_http_oauth_token_tell_find(attempt->key);

    if (told->told
        && ngx_current_msec - told->told < NGX_HTTP_OAUTH_TOKEN_TELL_PAUSE)
    {
        told->left++;
        return;
    }

    left[0] = '\0';

    if (told->left) {
        (void) ngx_sprintf(left, ", %ui similar line%s left out%Z", told->left,
                           told->left > 1 ? "s" : "");
    }

    told->told = ngx_current_msec;
    told->left = 0;

    ngx_http_oauth_token_tell_http(http, result->status);
    ngx_http_oauth_token_tell_quote(text, result->error);

    /* tenths of a second, rounded up: 0.0 is at once */

    pause = (ngx_max(pause, 0) + 99) / 100;

    token = ngx_http_oauth_token_lookup(attempt->provider, attempt->key,
                                        ngx_cycle->log);
    level = token ? NGX_LOG_WARN : NGX_LOG_ERR;

    ngx_log_error(level,
                  ngx_http_oauth_token_attempt_log(attempt->provider), 0,
                  "%s, provider: \"%V\", key: %08xD, %serror: \"%s\"%s%s%s, "
                  "next try in %L.%Ls%s",
                  token ? "access token not refreshed while the old one serves"
                        : "no access token while fetching it from the provider",
                  &attempt->provider->name,
                  htonl(*(uint32_t *) attempt->key), http, result->reason,
                  *text ? ", description: \"" : "", text, *text ? "\"" : "",
                  pause / 10, pause % 10, left);

    ngx_http_oauth_token_release(token);
}


void
ngx_http_oauth_token_tell_refresh(ngx_http_oauth_token_attempt_t *attempt,
    ngx_http_oauth_token_result_t *result)
{
    u_char  http[NGX_HTTP_OAUTH_TOKEN_TELL_HTTP];

    ngx_http_oauth_token_tell_http(http, result->status);

    ngx_log_error(NGX_LOG_NOTICE,
                  ngx_http_oauth_token_attempt_log(attempt->provider), 0,
                  "refresh token refused while fetching an access token, "
                  "provider: \"%V\", key: %08xD, %serror: \"%s\"",
                  &attempt->provider->name,
                  htonl(*(uint32_t *) attempt->key), http, result->reason);
}


/* the place of a key, its own or one that is made free */

static ngx_http_oauth_token_told_t *
ngx_http_oauth_token_tell_find(const u_char *key)
{
    uint64_t                      name;
    ngx_uint_t                    i;
    ngx_http_oauth_token_told_t  *set, *told;

    ngx_memcpy(&name, key, sizeof(uint64_t));

    set = ngx_http_oauth_token_told[name % NGX_HTTP_OAUTH_TOKEN_TELL_SETS];
    told = &set[0];

    for (i = 0; i < NGX_HTTP_OAUTH_TOKEN_TELL_WAYS; i++) {

        if (set[i].key == name) {
            return &set[i];
        }

        if (set[i].told < told->told) {
            told = &set[i];
        }
    }

    told->key = name;
    told->told = 0;
    told->left = 0;

    return told;
}


/* "" when there was no answer */

static void
ngx_http_oauth_token_tell_http(u_char *dst, int status)
{
    *dst = '\0';

    if (status) {
        (void) ngx_sprintf(dst, "http: %d, %Z", status);
    }
}


/* a quote in it would look like the end of the value */

static void
ngx_http_oauth_token_tell_quote(char *dst, const char *text)
{
    for ( /* void */ ; *text != '\0'; text++) {
        *dst++ = (char) (*text == '"' ? '\'' : *text);
    }

    *dst = '\0';
}
