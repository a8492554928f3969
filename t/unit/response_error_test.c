
/*
 * What is kept of a bad answer: the provider's text, Retry-After, the
 * challenge; and what happens when memory is short.
 */

#include <jansson.h>

#include "answer.h"


typedef struct {
    int          status;
    const char  *body;
    const char  *error;
} error_case_t;


typedef struct {
    const char  *value;
    int64_t      want;
} retry_case_t;


typedef struct {
    const char                      *value;
    ngx_http_oauth_token_outcome_e   outcome;
} challenge_case_t;


static const error_case_t  errors[] = {
    { 401, "{\"error\":\"e\",\"error_description\":\"d\"}", "d" },
    { 401, "{\"error\":\"e\"}", "" },
    { 401, "{\"error\":\"Bad Client\"}", "Bad Client" },
    { 400, "{\"errors\":[{\"code\":\"c\",\"description\":\"d\"}]}", "d" },
    { 400, "{\"errors\":[{\"code\":\"c\",\"message\":\"m\"}]}", "m" },
    { 400, "{\"errors\":[]}", "" },
    { 400, "{\"response\":{\"errors\":[{\"message\":\"m\"}]}}", "m" },
    { 400, "{\"statusMessage\":\"s\",\"errorInfo\":{\"errorMessage\":\"e\"}}",
      "e" },
    { 401, "[{\"detail\":\"d\",\"invalid-params\":[\"p\"]}]", "p" },
    { 401, "[{\"detail\":\"d\",\"invalid-params\":[]}]", "d" },
    { 400, "{\"code\":\"c\",\"message\":\"m\"}", "m" },
    { 200, "{\"errcode\":40013,\"errmsg\":\"invalid appid\"}",
      "invalid appid" },
    { 200, "{\"code\":99991,\"msg\":\"app_id is wrong\"}",
      "app_id is wrong" },
    { 200, "{\"status\":{\"code\":9500,\"description\":\"Invalid\"}}",
      "Invalid" },
    { 200, "{\"responseCode\":\"4017300\",\"responseMessage\":\"m\"}", "m" },
    { 200, "{\"statusCode\":\"2023\",\"statusMessage\":\"m\"}", "m" },
    { 401, "{\"fault\":{\"faultstring\":\"f\"}}", "f" },
    { 401, "{\"ErrorCode\":\"c\",\"Error\":\"ClientId is Invalid\"}",
      "ClientId is Invalid" },
    { 401, "{\"error_description\":7,\"detail\":\"\",\"msg\":\"m\"}", "m" },
    { 401, "{\"message\":\"a\\r\\n\\u001b[31m\\u00e9%n\"}", "a???[31m??%n" },
    { 302, "{\"message\":\"m\"}", "m" },

    /* nothing of what may hold a secret */
    { 200, "{\"access_token\":\"t u\",\"message\":\"t u\"}", "" },
    { 401, "{\"message\":\"s3\",\"refreshToken\":\"s3\"}", "" },
    { 401, "{\"message\":\"s3\",\"x\":[{\"client_SECRET\":\"s3\"}]}", "" },
    { 401, "{\"message\":\"s3\",\"tokens\":[\"s3\"]}", "" },
    { 401, "{\"message\":\"s3\",\"a\":{\"b\":\"s3\"}}", "" },
    { 401, "{\"message\":\"JWT eyJhbGciOiJub25lIn0 is bad\"}", "" },
    { 401, "{\"error_description\":\"IHsgImFsZyI6ICJSUzI1NiIgfQ."
           "IHsgImlzcyI6ICJhIiB9.c2lnbmF0dXJlLXNpZ25hdHVyZQ\"}", "" },
    { 401, "{\"message\":\"m\",\"token_type\":\"Bearer\",\"token\":null}",
      "m" },
    { 401, "message", "" },
    { 401, "{\"message\":\"m\"", "" }
};


static const retry_case_t  retries[] = {
    { "120", 120000 },
    { " 120 ", 120000 },
    { "0", 0 },
    { "3599", 3599000 },
    { "3600", 3600000 },
    { "3601", 3600000 },
    { "1000000000", 3600000 },
    { "99999999999999999999999999999999999999999999", 3600000 },
    { "Mon, 23 Jul 2018 11:02:00 GMT", 120000 },
    { "Monday, 23-Jul-18 11:02:00 GMT", 120000 },
    { "Mon Jul 23 11:02:00 2018", 120000 },
    { "Mon, 23 Jul 2018 10:59:00 GMT", 0 },
    { "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
    { "Mon, 23 Jul 2068 11:00:00 GMT", 3600000 },
    { "", -1 },
    { " ", -1 },
    { "-1", -1 },
    { "+1", -1 },
    { "1.5", -1 },
    { "abc", -1 },
    { "120s", -1 },
    { "120, 60", -1 },
    { "Mon, 31 Feb 2019 11:02:00 GMT", -1 }
};


static const challenge_case_t  challenges[] = {
    { "SCA realm=\"Authentication\" auth-param1=\"eyJz\"", CHALLENGED },
    { "sca", CHALLENGED },
    { "Bearer realm=\"x\", SCA realm=\"y\"", CHALLENGED },
    { "Bearer realm=\"a\\\", b\",Sca", CHALLENGED },
    { "", REFUSED },
    { "Bearer", REFUSED },
    { "SCAN realm=\"x\"", REFUSED },
    { "Digest sca=\"x\"", REFUSED },
    { "Digest a=\"x\", sca=\"y\"", REFUSED },
    { "Bearer realm=\"x, SCA y\"", REFUSED },
    { "Bearer realm=\"x\\\", SCA y\"", REFUSED },
    { "Bearer SCA", REFUSED }
};


static void
test_errors(void)
{
    char                            body[1100], text[1025];
    size_t                          i;
    const error_case_t             *c;
    ngx_http_oauth_token_result_t   result;

    for (i = 0; i < COUNT(errors); i++) {
        c = &errors[i];

        judge(c->status, c->body, strlen(c->body), &result);
        CHECK_ROW(result.outcome != OK && strcmp(result.error, c->error) == 0,
                  c->body);
    }

    CHECK_ROWS("what a provider says of its error");

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';

    i = (size_t) snprintf(body, sizeof(body), "{\"message\":\"%s\"}", text);

    judge(400, body, i, &result);
    CHECK(strlen(result.error) == 256, "not more than 256 bytes of it");
}


static void
test_fields(void)
{
    size_t                          i;
    ngx_http_oauth_token_answer_t   answer;
    ngx_http_oauth_token_result_t   result;

    memset(&answer, 0, sizeof(answer));

    answer.now_wall = NOW;

    for (i = 0; i < COUNT(retries); i++) {
        answer.status = 429;
        answer.retry_after.data = (const unsigned char *) retries[i].value;
        answer.retry_after.len = strlen(retries[i].value);

        ngx_http_oauth_token_response(&answer, &rules, &result);
        CHECK_ROW(result.outcome == THROTTLED
                  && result.retry_after == retries[i].want, retries[i].value);
    }

    CHECK_ROWS("Retry-After");

    for (i = 0; i < COUNT(challenges); i++) {
        answer.status = 401;
        answer.www_authenticate.data =
                                  (const unsigned char *) challenges[i].value;
        answer.www_authenticate.len = strlen(challenges[i].value);

        ngx_http_oauth_token_response(&answer, &rules, &result);
        CHECK_ROW(result.outcome == challenges[i].outcome,
                  challenges[i].value);
        CHECK_ROW(strcmp(result.reason, result.outcome == CHALLENGED
                                        ? "sca" : "http_401") == 0,
                  challenges[i].value);
    }

    CHECK_ROWS("the challenge SCA");

    answer.status = 200;
    answer.www_authenticate.data = (const unsigned char *) "SCA";
    answer.www_authenticate.len = 3;
    answer.body.data = (const unsigned char *) "{\"access_token\":\"t\"}";
    answer.body.len = 20;

    ngx_http_oauth_token_response(&answer, &rules, &result);
    CHECK(result.outcome == OK, "no challenge with a token");
    ngx_http_oauth_token_result_free(&result);
}


/* the allocation that fails; counts down; below 0: none */
static int  allocations = -1;


/* in place of the memory for secrets, see Makefile */

void *__real_ngx_http_oauth_token_secret_alloc(size_t size);
void *__wrap_ngx_http_oauth_token_secret_alloc(size_t size);


void *
__wrap_ngx_http_oauth_token_secret_alloc(size_t size)
{
    return allocations-- == 0 ? NULL
                              : __real_ngx_http_oauth_token_secret_alloc(size);
}


static void
test_memory(void)
{
    int                             i, done;
    ngx_http_oauth_token_result_t   result;

    static const char  body[] =
        "{\"access_token\":\"a.eyJleHAiOjQwMDAwMDAwMDB9.b\","
        "\"expires_in\":\"3600\",\"x\":[1,2.5,{\"y\":null}]}";

    done = 0;

    for (i = 0; i < 1000 && !done; i++) {
        allocations = i;
        judge(200, body, sizeof(body) - 1, &result);

        done = allocations >= 0;

        CHECK_ROW(result.outcome == OK || result.outcome == INTERNAL
                  || result.outcome == UNUSABLE, "outcome");
        CHECK_ROW((result.outcome == OK) == (result.token != NULL), "token");

        ngx_http_oauth_token_result_free(&result);
    }

    allocations = -1;

    CHECK_ROW(done && i > 10, "all of them");
    CHECK_ROWS("each allocation fails in turn, jansson's among them");
}


static void
test_failed(void)
{
    ngx_http_oauth_token_result_t  result;

    memset(&result, 0xa5, sizeof(result));

    ngx_http_oauth_token_result_failed(&result, NGX_HTTP_OAUTH_TOKEN_TIMEOUT,
                                       "timeout");
    CHECK(result.outcome == NGX_HTTP_OAUTH_TOKEN_TIMEOUT
          && strcmp(result.reason, "timeout") == 0 && result.error[0] == '\0'
          && result.token == NULL && result.retry_after == -1,
          "a failure of the caller's");

    ngx_http_oauth_token_result_failed(&result, INTERNAL,
                              "a reason that is far too long for its place");
    CHECK(strlen(result.reason) == NGX_HTTP_OAUTH_TOKEN_REASON_LEN - 1,
          "its reason is cut");

    ngx_http_oauth_token_result_free(&result);
    ngx_http_oauth_token_result_free(&result);
}


int
main(void)
{
    test_errors();
    test_fields();
    test_memory();
    test_failed();

    return DONE();
}
