
/*
 * Row 1: status, headers and body of a token endpoint -> a token, or a
 * classified failure.
 *
 * Plain C with jansson, no nginx types, no state, no log.  The bytes come from
 * the network and may be anything.  What is accepted: any 2xx answer whose
 * body is a JSON object that has a usable token (RFC 6749, section 5.1,
 * relaxed where real providers need it), whatever the content type says; or
 * that has one at another place that token_field names.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_RESPONSE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_RESPONSE_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include "ngx_http_oauth_token_captured.h"
#include "ngx_http_oauth_token_lifetime.h"
#include "ngx_http_oauth_token_place.h"
#include "ngx_http_oauth_token_result.h"


/* the longest body that is read; real ones have up to 13 kB */
#define NGX_HTTP_OAUTH_TOKEN_BODY_MAX    65536

/* the longest token; MobilePay states "up to 12000 characters" */
#define NGX_HTTP_OAUTH_TOKEN_TOKEN_MAX   16384

/* Retry-After counts up to one hour, in milliseconds */
#define NGX_HTTP_OAUTH_TOKEN_RETRY_AFTER_MAX  3600000

/* a challenge that is passed on (Paysafe's has about 800 bytes) */
#define NGX_HTTP_OAUTH_TOKEN_CHALLENGE_MAX  4096


/* what the provider's block says about its answers; lives as long as it */
typedef struct {
    /*
     * Places that may hold the token, see place, the first that is there
     * counts.  NULL-terminated list of NUL-terminated paths.
     */
    const char *const              *token_fields;

    const char                     *expires_field;  /* "": not stated */
    ngx_http_oauth_token_unit_e     expires_unit;
    ngx_http_oauth_token_limits_t   lifetime;

    /* what is kept with the token; a NULL name after the last */
    ngx_http_oauth_token_rule_t     captures[NGX_HTTP_OAUTH_TOKEN_CAPTURES + 1];

    /* what the member "issuer" has to be (RFC 8414, 3.3); NULL: anything */
    const char                     *issuer;
} ngx_http_oauth_token_rules_t;


typedef struct {
    int                             status;       /* 0: not HTTP */
    ngx_http_oauth_token_bytes_t    content_type;
    ngx_http_oauth_token_bytes_t    retry_after;
    ngx_http_oauth_token_bytes_t    www_authenticate;  /* all, by "," */
    ngx_http_oauth_token_bytes_t    body;
    ngx_http_oauth_token_header_pt  header;       /* all; NULL: none */
    void                           *data;         /* for it */
    int64_t                         now_wall;     /* when the answer came */
} ngx_http_oauth_token_answer_t;


/*
 * Judges an answer that arrived whole.  Fills all of *result.  The caller
 * passes it to ngx_http_oauth_token_result_free() in every case.
 */
void ngx_http_oauth_token_response(const ngx_http_oauth_token_answer_t *answer,
    const ngx_http_oauth_token_rules_t *rules,
    ngx_http_oauth_token_result_t *result);

#endif /* _NGX_HTTP_OAUTH_TOKEN_RESPONSE_H_INCLUDED_ */
