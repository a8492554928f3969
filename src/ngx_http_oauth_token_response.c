
#include "ngx_http_oauth_token_cold.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "ngx_http_oauth_token_error.h"
#include "ngx_http_oauth_token_field.h"
#include "ngx_http_oauth_token_form.h"
#include "ngx_http_oauth_token_granted.h"
#include "ngx_http_oauth_token_json.h"
#include "ngx_http_oauth_token_response.h"


/* what a range of statuses means */
typedef struct {
    int                              first;
    int                              last;
    ngx_http_oauth_token_outcome_e   outcome;
    const char                      *reason;   /* NULL: the code or http_NNN */
} ngx_http_oauth_token_status_t;


/* an answer in hand, and what is known of it so far */
typedef struct {
    const ngx_http_oauth_token_answer_t  *answer;
    const ngx_http_oauth_token_rules_t   *rules;
    ngx_http_oauth_token_whole_t          whole;
    json_t                               *root;   /* NULL: no JSON */
    int                                   no_memory;
    const char                           *fault;  /* nothing to read; or NULL */
    int                                   secretive;
    const char                           *token;  /* in whole; NULL: none */
    size_t                                token_len;
} ngx_http_oauth_token_case_t;


static void ngx_http_oauth_token_read(ngx_http_oauth_token_case_t *c);
static void ngx_http_oauth_token_judge(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result);
static const char *ngx_http_oauth_token_unfit(ngx_http_oauth_token_case_t *c);
static void ngx_http_oauth_token_accept(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result);
static void ngx_http_oauth_token_refresh(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result);
static ngx_http_oauth_token_lifetime_e ngx_http_oauth_token_stated(
    ngx_http_oauth_token_case_t *c, ngx_http_oauth_token_result_t *result);
static void ngx_http_oauth_token_decline(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result);
static void ngx_http_oauth_token_refuse(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_outcome_e outcome, const char *reason,
    ngx_http_oauth_token_result_t *result);


/* all but 2xx; the first that fits counts */
static const ngx_http_oauth_token_status_t  ngx_http_oauth_token_statuses[] = {
    {   0,   0, NGX_HTTP_OAUTH_TOKEN_TRANSPORT, "not_http" },
    { 300, 399, NGX_HTTP_OAUTH_TOKEN_UNUSABLE,  "redirect" },
    { 408, 408, NGX_HTTP_OAUTH_TOKEN_UNUSABLE,  NULL },
    { 425, 425, NGX_HTTP_OAUTH_TOKEN_UNUSABLE,  NULL },
    { 429, 429, NGX_HTTP_OAUTH_TOKEN_THROTTLED, NULL },
    { 503, 503, NGX_HTTP_OAUTH_TOKEN_THROTTLED, NULL },
    { 400, 499, NGX_HTTP_OAUTH_TOKEN_REFUSED,   NULL },
    { INT_MIN, INT_MAX, NGX_HTTP_OAUTH_TOKEN_UNUSABLE, NULL }
};

/* types of a token that a bearer header cannot carry */
static const char *const  ngx_http_oauth_token_proofs[] = {
    "mac", "pop", "dpop", "N_A", NULL
};


void
ngx_http_oauth_token_response(const ngx_http_oauth_token_answer_t *answer,
    const ngx_http_oauth_token_rules_t *rules,
    ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_case_t  c;

    memset(&c, 0, sizeof(c));

    c.answer = answer;
    c.rules = rules;

    c.whole.body = answer->body;
    c.whole.header = answer->header;
    c.whole.data = answer->data;

    ngx_http_oauth_token_read(&c);

    if (answer->status >= 200 && answer->status <= 299) {
        ngx_http_oauth_token_judge(&c, result);

    } else if (ngx_http_oauth_token_field_challenge(
                   answer->www_authenticate.data,
                   answer->www_authenticate.len, "SCA"))
    {
        ngx_http_oauth_token_refuse(&c, NGX_HTTP_OAUTH_TOKEN_CHALLENGED, "sca",
                                    result);

    } else {
        ngx_http_oauth_token_decline(&c, result);
    }

    result->status = answer->status;
    result->retry_after = ngx_http_oauth_token_field_retry_after(
                              answer->retry_after.data,
                              answer->retry_after.len, answer->now_wall,
                              NGX_HTTP_OAUTH_TOKEN_RETRY_AFTER_MAX);

    ngx_http_oauth_token_json_free(c.root);
}


static void
ngx_http_oauth_token_read(ngx_http_oauth_token_case_t *c)
{
    const ngx_http_oauth_token_bytes_t  *body, *type;

    body = &c->answer->body;
    type = &c->answer->content_type;

    if (body->len > NGX_HTTP_OAUTH_TOKEN_BODY_MAX) {
        c->fault = "too_large";
        return;
    }

    c->root = ngx_http_oauth_token_json_parse(body->data, body->len,
                                              &c->no_memory);

    if (c->no_memory) {
        c->fault = "memory";
        return;
    }

    c->whole.root = c->root;

    c->token = ngx_http_oauth_token_place_first(&c->whole,
                                                c->rules->token_fields,
                                                &c->token_len);

    c->secretive = c->token != NULL
                   || ngx_http_oauth_token_error_secretive(c->root);

    if (c->root == NULL && c->token == NULL) {
        c->fault = ngx_http_oauth_token_field_nature(type->data, type->len,
                                                     body->data, body->len);
    }
}


static void
ngx_http_oauth_token_judge(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result)
{
    char         text[NGX_HTTP_OAUTH_TOKEN_REASON_LEN];
    const char  *reason;

    if (c->fault != NULL) {
        ngx_http_oauth_token_refuse(c,
                              c->no_memory ? NGX_HTTP_OAUTH_TOKEN_INTERNAL
                                           : NGX_HTTP_OAUTH_TOKEN_UNUSABLE,
                              c->fault, result);
        return;
    }

    if (ngx_http_oauth_token_error_oauth(c->root, c->token != NULL)) {
        reason = ngx_http_oauth_token_error_code(c->root, sizeof(text),
                                                 c->secretive);

        ngx_http_oauth_token_refuse(c, NGX_HTTP_OAUTH_TOKEN_REFUSED,
                                    reason != NULL ? reason : "oauth_error",
                                    result);
        return;
    }

    if (c->token == NULL
        && ngx_http_oauth_token_error_stated(c->root, text, sizeof(text)))
    {
        ngx_http_oauth_token_refuse(c, NGX_HTTP_OAUTH_TOKEN_REFUSED,
                                    c->secretive ? "app_error" : text, result);
        return;
    }

    reason = ngx_http_oauth_token_unfit(c);

    if (reason == NULL) {
        ngx_http_oauth_token_accept(c, result);

    } else {
        ngx_http_oauth_token_refuse(c, NGX_HTTP_OAUTH_TOKEN_UNUSABLE, reason,
                                    result);
    }
}


/* why the token cannot be used; NULL: it can */

static const char *
ngx_http_oauth_token_unfit(ngx_http_oauth_token_case_t *c)
{
    const char         *type, *issuer;
    const char *const  *proof;

    if (c->token == NULL) {
        return "no_token";
    }

    if (c->token_len > NGX_HTTP_OAUTH_TOKEN_TOKEN_MAX) {
        return "too_large";
    }

    if (!ngx_http_oauth_token_visible((const unsigned char *) c->token,
                                      c->token_len))
    {
        return "token_charset";
    }

    issuer = json_string_value(json_object_get(c->root, "issuer"));

    if (c->rules->issuer != NULL
        && (issuer == NULL || strcmp(issuer, c->rules->issuer) != 0))
    {
        return "issuer_mismatch";
    }

    type = json_string_value(json_object_get(c->root, "token_type"));

    for (proof = ngx_http_oauth_token_proofs; type && *proof; proof++) {
        if (strcasecmp(type, *proof) == 0) {
            return "token_type";
        }
    }

    return NULL;
}


static void
ngx_http_oauth_token_accept(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result)
{
    int     cut;
    double  exp;

    memset(result, 0, sizeof(ngx_http_oauth_token_result_t));

    cut = 0;

    if (ngx_http_oauth_token_stated(c, result)
        == NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED)
    {
        cut = -1;

    } else if (ngx_http_oauth_token_json_jwt_exp(c->token, c->token_len, &exp)
               == 0)
    {
        cut = ngx_http_oauth_token_lifetime_cap(exp, c->answer->now_wall,
                                                &result->lifetime);
    }

    if (cut < 0) {
        ngx_http_oauth_token_result_failed(result,
                                           NGX_HTTP_OAUTH_TOKEN_UNUSABLE,
                                           "expired");
        return;
    }

    if (ngx_http_oauth_token_captured_pack(&c->whole, c->rules->captures,
                                           c->token, c->token_len, result)
        != 0)
    {
        ngx_http_oauth_token_result_failed(result,
                                           NGX_HTTP_OAUTH_TOKEN_INTERNAL,
                                           "memory");
        return;
    }

    result->jwt = cut;
    result->outcome = NGX_HTTP_OAUTH_TOKEN_OK;

    ngx_http_oauth_token_refresh(c, result);
}


static void
ngx_http_oauth_token_refresh(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_granted_refresh_t  refresh;

    ngx_http_oauth_token_granted_refresh(c->root, c->token,
                                         NGX_HTTP_OAUTH_TOKEN_TOKEN_MAX,
                                         c->answer->now_wall, &refresh);

    result->refresh_lifetime = -1;

    /* without memory for it there is none */

    if (refresh.token != NULL
        && ngx_http_oauth_token_result_copy(&result->refresh,
                                            &result->refresh_len,
                                            refresh.token, refresh.len)
           == 0)
    {
        result->refresh_lifetime = refresh.lifetime;
    }
}


/* the lifetime of expires_field, or the default */

static ngx_http_oauth_token_lifetime_e
ngx_http_oauth_token_stated(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result)
{
    int                               absent;
    ngx_http_oauth_token_lifetime_e   how;

    how = ngx_http_oauth_token_granted_stated(&c->whole,
                                              c->rules->expires_field,
                                              c->rules->expires_unit,
                                              c->answer->now_wall,
                                              &c->rules->lifetime,
                                              &result->lifetime, &absent);

    result->absent = absent;
    result->defaulted = how == NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED
                        && c->rules->expires_field[0] != '\0';

    return how;
}


static void
ngx_http_oauth_token_decline(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_result_t *result)
{
    int                                   status;
    char                                  text[NGX_HTTP_OAUTH_TOKEN_REASON_LEN];
    const char                           *reason;
    const ngx_http_oauth_token_status_t  *known;

    status = c->answer->status;
    known = ngx_http_oauth_token_statuses;

    while (status < known->first || status > known->last) {
        known++;
    }

    reason = known->reason;

    if (reason == NULL) {
        reason = ngx_http_oauth_token_error_code(c->root, sizeof(text),
                                                 c->secretive);
    }

    if (reason == NULL) {
        (void) snprintf(text, sizeof(text), "http_%03d", status);
        reason = text;
    }

    ngx_http_oauth_token_refuse(c, known->outcome, reason, result);
}


/* a failure with what the provider says of it */

static void
ngx_http_oauth_token_refuse(ngx_http_oauth_token_case_t *c,
    ngx_http_oauth_token_outcome_e outcome, const char *reason,
    ngx_http_oauth_token_result_t *result)
{
    if (outcome == NGX_HTTP_OAUTH_TOKEN_REFUSED
        && ngx_http_oauth_token_error_passing(reason))
    {
        outcome = NGX_HTTP_OAUTH_TOKEN_UNUSABLE;
    }

    ngx_http_oauth_token_result_failed(result, outcome, reason);

    if (c->root == NULL || c->secretive) {
        return;
    }

    ngx_http_oauth_token_error_quote(c->root, result->error,
                                     sizeof(result->error));

    if (strcmp(result->error, result->reason) == 0) {
        result->error[0] = '\0';
    }
}
