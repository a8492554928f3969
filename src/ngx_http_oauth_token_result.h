
/*
 * Row 1: what has become of a token request.
 *
 * Plain C, no nginx types, no log.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_RESULT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_RESULT_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* a reason is a word for logs and $oauth_token_error; with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_REASON_LEN  32

/* text of the provider that may be logged; with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_ERROR_LEN   257


/* what became of a token request */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_OK = 0,
    NGX_HTTP_OAUTH_TOKEN_TRANSPORT,   /* no HTTP answer: connect, TLS, reset */
    NGX_HTTP_OAUTH_TOKEN_TIMEOUT,     /* none within fetch_timeout */
    NGX_HTTP_OAUTH_TOKEN_UNUSABLE,    /* 5xx, redirect, or no usable token */
    NGX_HTTP_OAUTH_TOKEN_REFUSED,     /* 4xx, or an OAuth error */
    NGX_HTTP_OAUTH_TOKEN_THROTTLED,   /* 429 or 503 */
    NGX_HTTP_OAUTH_TOKEN_CHALLENGED,  /* WWW-Authenticate: SCA */
    NGX_HTTP_OAUTH_TOKEN_INTERNAL     /* of our own: memory, connections */
} ngx_http_oauth_token_outcome_e;


typedef struct {
    ngx_http_oauth_token_outcome_e  outcome;

    /* of the answer; 0: there was none */
    int                             status;

    /*
     * OK: "".  Otherwise the code of RFC 6749, section 5.2 when the provider
     * has sent one made of [a-z0-9_.-] (beside something that may be a token:
     * a registered one only), or one of
     *
     *     not_http        no status line (outcome TRANSPORT)
     *     http_NNN        a status other than 2xx and 3xx
     *     redirect        3xx; never followed
     *     sca             WWW-Authenticate: SCA (outcome CHALLENGED)
     *     oauth_error     2xx whose "error" is no code
     *     no_token        2xx with an empty body or none of token_fields
     *     code_NNN        the same with a code of an error of another kind
     *                     than OAuth's (outcome REFUSED)
     *     app_error       the same, and the code is none to be shown
     *     token_type      a token that needs a proof
     *     issuer_mismatch another issuer than the one that was asked for
     *     token_charset   other bytes than visible ASCII in the token
     *     too_large       body or token above its maximum
     *     expired         stated end, or JWT's exp, is in the past
     *     bad_json, xml, html, content_coding      what the 2xx body is
     *     memory          outcome INTERNAL
     *
     * NUL-terminated.
     */
    char                            reason[NGX_HTTP_OAUTH_TOKEN_REASON_LEN];

    /*
     * What the provider says of its error, made safe for a log line: of all
     * the shapes in use (error_description, errors[].description,
     * errorInfo.errorMessage, detail, message, ...) the first that is there,
     * at most 256 bytes, anything but visible ASCII and blanks replaced by
     * "?".  "" when it says nothing but the code in reason, and always ""
     * when the answer holds something that may be a token: one of
     * token_fields, or a member with "token" or "secret" in its name.  It may
     * still echo what was sent: the caller looks for its own secrets in it.
     * NUL-terminated.
     */
    char                            error[NGX_HTTP_OAUTH_TOKEN_ERROR_LEN];

    /*
     * OK only: memory for secrets, NUL-terminated.  token_len without the NUL;
     * the values that were captured follow it, see captured, run_len is of all.
     */
    char                           *token;
    size_t                          token_len;
    size_t                          run_len;
    int64_t                         lifetime;     /* ms, within the limits */

    /*
     * OK only, and not with every answer: NULL when it has no refresh token,
     * or one that is not of visible ASCII or too long.  Memory for secrets,
     * NUL-terminated.  Where it is looked for: see granted.h.
     */
    char                           *refresh;
    size_t                          refresh_len;
    int64_t                         refresh_lifetime;  /* ms; -1: not stated */

    /*
     * How the lifetime was found when the answer did not state it properly;
     * worth a warning, as it may be a wrong expires_field.
     */
    unsigned                        absent:1;     /* no such member, or null */
    unsigned                        defaulted:1;  /* default, whatever cause */
    unsigned                        jwt:1;        /* cut to the JWT's exp */

    /* a value to be captured was there and could not be: it is empty */
    unsigned                        uncaptured:1;

    /* what Retry-After asks for, ms, at most the maximum; -1: nothing */
    int64_t                         retry_after;
} ngx_http_oauth_token_result_t;


/* a failure that the caller knows by itself; reason is copied and cut */
void ngx_http_oauth_token_result_failed(ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_outcome_e outcome, const char *reason);

/* wipes and frees both tokens */
void ngx_http_oauth_token_result_free(ngx_http_oauth_token_result_t *result);

/*
 * Puts a copy of the text into a member of a result, token or refresh.
 * Returns 0, or -1: no memory.
 */
int ngx_http_oauth_token_result_copy(char **member, size_t *member_len,
    const char *text, size_t len);


#endif /* _NGX_HTTP_OAUTH_TOKEN_RESULT_H_INCLUDED_ */
