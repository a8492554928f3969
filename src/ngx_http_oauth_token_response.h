
/*
 * Row 1: status, headers and body of a token endpoint -> a token, or a
 * classified failure.
 *
 * Plain C with jansson, no nginx types, no state, no log.  The bytes come from
 * the network and may be anything.  What is accepted: any 2xx answer whose
 * body is a JSON object that has a usable token (RFC 6749, section 5.1,
 * relaxed where real providers need it), whatever the content type says.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_RESPONSE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_RESPONSE_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include "ngx_http_oauth_token_lifetime.h"


/* the longest body that is read; real ones have up to 13 kB */
#define NGX_HTTP_OAUTH_TOKEN_BODY_MAX    65536

/* the longest token; MobilePay states "up to 12000 characters" */
#define NGX_HTTP_OAUTH_TOKEN_TOKEN_MAX   16384

/* a reason is a word for logs and $oauth_token_error; with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_REASON_LEN  32

/* text of the provider that may be logged; with its NUL */
#define NGX_HTTP_OAUTH_TOKEN_ERROR_LEN   257

/* Retry-After counts up to one hour, in milliseconds */
#define NGX_HTTP_OAUTH_TOKEN_RETRY_AFTER_MAX  3600000

/* a challenge that is passed on (Paysafe's has about 800 bytes) */
#define NGX_HTTP_OAUTH_TOKEN_CHALLENGE_MAX  4096


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


/* a header value or a body, not NUL-terminated; data NULL: there is none */
typedef struct {
    const unsigned char  *data;
    size_t                len;
} ngx_http_oauth_token_bytes_t;


/* what the provider's block says about its answers; lives as long as it */
typedef struct {
    /*
     * Members that may hold the token, the first that is there counts.  Dots
     * go into objects, but a member whose own name has the dots comes first
     * (Apigee: "developer.email").  NULL-terminated list of NUL-terminated
     * paths.
     */
    const char *const              *token_fields;

    const char                     *expires_field;
    ngx_http_oauth_token_unit_e     expires_unit;
    ngx_http_oauth_token_limits_t   lifetime;
} ngx_http_oauth_token_rules_t;


typedef struct {
    int                             status;       /* 0: not HTTP */
    ngx_http_oauth_token_bytes_t    content_type;
    ngx_http_oauth_token_bytes_t    retry_after;
    ngx_http_oauth_token_bytes_t    www_authenticate;  /* all, by "," */
    ngx_http_oauth_token_bytes_t    body;
    int64_t                         now_wall;     /* when the answer came */
} ngx_http_oauth_token_answer_t;


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
     *     token_type      a token that needs a proof
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
     * OK only: malloc()ed, NUL-terminated.  token_len without the NUL.
     */
    char                           *token;
    size_t                          token_len;
    int64_t                         lifetime;     /* ms, within the limits */

    /*
     * How the lifetime was found when the answer did not state it properly;
     * worth a warning, as it may be a wrong expires_field.
     */
    unsigned                        absent:1;     /* no such member, or null */
    unsigned                        defaulted:1;  /* default, whatever cause */
    unsigned                        jwt:1;        /* cut to the JWT's exp */

    /* what Retry-After asks for, ms, at most the maximum; -1: nothing */
    int64_t                         retry_after;
} ngx_http_oauth_token_result_t;


/*
 * Judges an answer that arrived whole.  Fills all of *result.  The caller
 * passes it to ngx_http_oauth_token_result_free() in every case.
 */
void ngx_http_oauth_token_response(const ngx_http_oauth_token_answer_t *answer,
    const ngx_http_oauth_token_rules_t *rules,
    ngx_http_oauth_token_result_t *result);

/* a failure that the caller knows by itself; reason is copied and cut */
void ngx_http_oauth_token_result_failed(ngx_http_oauth_token_result_t *result,
    ngx_http_oauth_token_outcome_e outcome, const char *reason);

/* wipes and frees the token */
void ngx_http_oauth_token_result_free(ngx_http_oauth_token_result_t *result);


#endif /* _NGX_HTTP_OAUTH_TOKEN_RESPONSE_H_INCLUDED_ */
