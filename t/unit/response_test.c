
/*
 * Answers of a token endpoint, good, odd and hostile: what they mean.
 */

#include "answer.h"


typedef struct {
    int                              status;
    const char                      *body;
    ngx_http_oauth_token_outcome_e   outcome;
    const char                      *reason;  /* with OK: the token */
} outcome_case_t;


static const outcome_case_t  outcomes[] = {

    /* successes */
    { 200, "{\"access_token\":\"t\"}", OK, "t" },
    { 201, "{\"access_token\":\"t\"}", OK, "t" },
    { 299, " \r\n{\"access_token\" : \"t\"}\n", OK, "t" },
    { 200, "{\"access_token\":\"a|^#!*:%,;=\\\"\\\\/~.\"}", OK,
      "a|^#!*:%,;=\"\\/~." },
    { 200, "{\"acc\\u0065ss_token\":\"\\u0074\"}", OK, "t" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"BEARER\"}", OK, "t" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"BearerToken\"}", OK, "t" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"access_token\"}", OK,
      "t" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"\"}", OK, "t" },
    { 200, "{\"access_token\":\"t\",\"token_type\":null}", OK, "t" },
    { 200, "{\"access_token\":\"t\",\"token_type\":7}", OK, "t" },
    { 200, "{\"data\":{\"token\":\"t\"}}", OK, "t" },
    { 200, "{\"data.token\":\"t\",\"data\":{\"token\":\"u\"}}", OK, "t" },
    { 200, "{\"access_token\":null,\"data\":{\"token\":\"t\"}}", OK, "t" },
    { 200, "{\"access_token\":\"\",\"data\":{\"token\":\"t\"}}", OK, "t" },
    { 200, "{\"access_token\":{},\"data\":[],\"a\":{\"b\":\"t\"}}", OK, "t" },
    { 200, "{\"access_token\":\"t\",\"data\":{\"token\":\"u\"}}", OK, "t" },
    { 200, "{\"error\":null,\"access_token\":\"t\"}", OK, "t" },
    { 200, "{\"error\":\"\",\"access_token\":\"t\"}", OK, "t" },
    { 200, "{\"error\":{\"code\":0},\"access_token\":\"t\"}", OK, "t" },
    { 200, "{\"error\":0,\"access_token\":\"t\"}", OK, "t" },
    { 200, "{\"error\":\"a\\\\b\",\"access_token\":\"t\"}", OK, "t" },
    { 200, "{\"error\":\"a\\u007f\",\"access_token\":\"t\"}", OK, "t" },
    { 200, "{\"access_token\":\"t\",\"x\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}", OK,
      "t" },
    { 200, "{\"access_token\":\"t\",\"x\":\"[\\\"[[[[[[[[[[[[[[[[[[[[[\"}", OK,
      "t" },

    /* no token, or none that can be used */
    { 200, "{}", UNUSABLE, "no_token" },
    { 200, "[]", UNUSABLE, "no_token" },
    { 200, "", UNUSABLE, "no_token" },
    { 204, " \r\n\t", UNUSABLE, "no_token" },
    { 200, "[{\"access_token\":\"t\"}]", UNUSABLE, "no_token" },
    { 200, "[{\"token\":\"t\"}]", UNUSABLE, "no_token" },
    { 200, "{\"access_token\":null}", UNUSABLE, "no_token" },
    { 200, "{\"access_token\":\"\"}", UNUSABLE, "no_token" },
    { 200, "{\"access_token\":7}", UNUSABLE, "no_token" },
    { 200, "{\"access_token\":true}", UNUSABLE, "no_token" },
    { 200, "{\"access_token\":[\"t\"]}", UNUSABLE, "no_token" },
    { 200, "{\"Access_Token\":\"t\"}", UNUSABLE, "no_token" },
    { 200, "{\"encrypted_access_token\":\"t\"}", UNUSABLE, "no_token" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"mac\"}", UNUSABLE,
      "token_type" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"PoP\"}", UNUSABLE,
      "token_type" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"DPoP\"}", UNUSABLE,
      "token_type" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"n_a\"}", UNUSABLE,
      "token_type" },
    { 200, "{\"access_token\":\"t\\r\\nX-Evil: 1\"}", UNUSABLE,
      "token_charset" },
    { 200, "{\"access_token\":\"t\\n\"}", UNUSABLE, "token_charset" },
    { 200, "{\"access_token\":\"t u\"}", UNUSABLE, "token_charset" },
    { 200, "{\"access_token\":\"t\\tu\"}", UNUSABLE, "token_charset" },
    { 200, "{\"access_token\":\"t\\u007f\"}", UNUSABLE, "token_charset" },
    { 200, "{\"access_token\":\"\xc3\xa9\"}", UNUSABLE, "token_charset" },
    { 200, "{\"access_token\":\"t u\",\"data\":{\"token\":\"v\"}}", UNUSABLE,
      "token_charset" },
    { 200, "{\"access_token\":\"t\",\"expires_in\":1532343600}", UNUSABLE,
      "expired" },
    { 200, "{\"access_token\":\"t\",\"expires_in\":\"2018-07-23T10:59:59Z\"}",
      UNUSABLE, "expired" },

    /* no token, and a failure that is stated in another way than OAuth's */
    { 200, "{\"code\":99991,\"msg\":\"bad\"}", REFUSED, "code_99991" },
    { 200, "{\"error\":{\"code\":1}}", REFUSED, "code_1" },
    { 200, "{\"errcode\":40013,\"errmsg\":\"m\"}", REFUSED, "code_40013" },
    { 200, "{\"errcode\":-1}", REFUSED, "code_-1" },
    { 200, "{\"status\":{\"code\":9500}}", REFUSED, "code_9500" },
    { 200, "{\"statusCode\":\"2023\"}", REFUSED, "code_2023" },
    { 200, "{\"responseCode\":\"4017300\"}", REFUSED, "code_4017300" },
    { 201, "{\"error_code\":\"NOT_AUTHENTICATED\"}", REFUSED,
      "code_not_authenticated" },
    { 200, "{\"code\":0,\"subCode\":\"401\"}", REFUSED, "code_401" },
    { 200, "{\"code\":\"a b\"}", REFUSED, "app_error" },
    { 200, "{\"code\":\"a\\n\"}", REFUSED, "app_error" },
    { 200, "{\"code\":\"\u00e9\"}", REFUSED, "app_error" },
    { 200, "{\"code\":\"12345678901234567890123\"}", REFUSED,
      "code_12345678901234567890123" },
    { 200, "{\"code\":\"123456789012345678901234\"}", REFUSED, "app_error" },
    { 200, "{\"code\":\"c\",\"refreshToken\":\"s\"}", REFUSED, "app_error" },
    { 200, "{\"status\":\"ERROR\",\"message\":\"m\"}", REFUSED, "app_error" },
    { 200, "{\"responseStatus\":\"FAILURE\"}", REFUSED, "app_error" },
    { 200, "[{\"access_token\":\"t\"}]", UNUSABLE, "no_token" },
    { 200, "{\"code\":0,\"msg\":\"ok\"}", UNUSABLE, "no_token" },
    { 200, "{\"code\":\"0000\"}", UNUSABLE, "no_token" },
    { 200, "{\"code\":\"\"}", UNUSABLE, "no_token" },
    { 200, "{\"code\":null}", UNUSABLE, "no_token" },
    { 200, "{\"code\":7.5}", UNUSABLE, "no_token" },
    { 200, "{\"code\":[1]}", UNUSABLE, "no_token" },
    { 200, "{\"statusCode\":200}", UNUSABLE, "no_token" },
    { 200, "{\"responseCode\":\"2007300\"}", UNUSABLE, "no_token" },
    { 200, "{\"code\":\"SUCCESS\"}", UNUSABLE, "no_token" },
    { 200, "{\"status\":\"200\"}", UNUSABLE, "no_token" },
    { 200, "{\"access_token\":\"t\",\"code\":1,\"status\":\"ERROR\"}", OK,
      "t" },

    /* no JSON */
    { 200, "t", UNUSABLE, "bad_json" },
    { 200, "\"t\"", UNUSABLE, "bad_json" },
    { 200, "null", UNUSABLE, "bad_json" },
    { 200, "access_token=t&expires_in=3600", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\"", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\"}x", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\"}{}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\",}", UNUSABLE, "bad_json" },
    { 200, "{'access_token':'t'}", UNUSABLE, "bad_json" },
    { 200, "{access_token:\"t\"}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\" \"SHORTTOK12345\"}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\"/**/}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\nu\"}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\\u0000u\"}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"\\ud800\"}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"\xff\"}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"\xc0\x80\"}", UNUSABLE, "bad_json" },
    { 200, "\xef\xbb\xbf{\"access_token\":\"t\"}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\",\"x\":NaN}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\",\"x\":01}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"t\",\"x\":1e400}", UNUSABLE, "bad_json" },
    { 200, "{\"access_token\":\"a\",\"access_token\":\"b\"}", UNUSABLE,
      "bad_json" },
    { 200, "{\"access_token\":\"a\",\"acc\\u0065ss_token\":\"b\"}", UNUSABLE,
      "bad_json" },
    { 200, "{\"access_token\":\"t\",\"x\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}",
      UNUSABLE, "bad_json" },
    { 200, "<?xml version=\"1.0\"?><t><access_token>t</access_token></t>",
      UNUSABLE, "xml" },
    { 200, " \n<!DOCTYPE html><HTML></HTML>", UNUSABLE, "html" },
    { 200, "\x1f\x8b\x08", UNUSABLE, "content_coding" },

    /* errors with 200 */
    { 200, "{\"error\":\"invalid_client\"}", REFUSED, "invalid_client" },
    { 200, "{\"error\":\"invalid_client\",\"access_token\":\"t\"}", REFUSED,
      "invalid_client" },
    { 200, "{\"error\":\"t\",\"access_token\":\"t\"}", REFUSED,
      "oauth_error" },
    { 200, "{\"error\":\"ClientId is Invalid\"}", REFUSED, "oauth_error" },
    { 200, "{\"error\":\"a\\r\\nb\"}", REFUSED, "oauth_error" },
    { 200, "{\"error\":\"server_error\"}", UNUSABLE, "server_error" },

    /* statuses */
    { 0, "{\"access_token\":\"t\"}", TRANSPORT, "not_http" },
    { 99, "{\"access_token\":\"t\"}", UNUSABLE, "http_099" },
    { 100, "", UNUSABLE, "http_100" },
    { 199, "{\"access_token\":\"t\"}", UNUSABLE, "http_199" },
    { 302, "{\"access_token\":\"t\"}", UNUSABLE, "redirect" },
    { 304, "", UNUSABLE, "redirect" },
    { 400, "{\"access_token\":\"t\"}", REFUSED, "http_400" },
    { 400, "{\"error\":\"invalid_scope\"}", REFUSED, "invalid_scope" },
    { 400, "{\"error\":\"temporarily_unavailable\"}", UNUSABLE,
      "temporarily_unavailable" },
    { 401, "", REFUSED, "http_401" },
    { 401, "[{\"detail\":\"d\",\"errorCode\":\"240101\"}]", REFUSED,
      "http_401" },
    { 401, "{\"error\":\"t1\",\"refresh_token\":\"t1\"}", REFUSED,
      "http_401" },
    { 401, "{\"error\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}", REFUSED,
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    { 401, "{\"error\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}", REFUSED,
      "http_401" },
    { 403, "<html>", REFUSED, "http_403" },
    { 408, "", UNUSABLE, "http_408" },
    { 425, "", UNUSABLE, "http_425" },
    { 429, "", THROTTLED, "http_429" },
    { 429, "{\"error\":\"too_many_requests\"}", THROTTLED,
      "too_many_requests" },
    { 498, "", REFUSED, "http_498" },
    { 500, "{\"access_token\":\"t\"}", UNUSABLE, "http_500" },
    { 503, "", THROTTLED, "http_503" },
    { 504, "", UNUSABLE, "http_504" },
    { 999, "", UNUSABLE, "http_999" },
    { 1000, "", UNUSABLE, "http_1000" },
    { -1, "", UNUSABLE, "http_-01" }
};


static void
test_outcomes(void)
{
    size_t                          i;
    const outcome_case_t           *c;
    ngx_http_oauth_token_result_t   result;

    for (i = 0; i < COUNT(outcomes); i++) {
        c = &outcomes[i];

        judge(c->status, c->body, strlen(c->body), &result);

        CHECK_ROW(result.outcome == c->outcome, c->body);
        CHECK_ROW(result.retry_after == -1, c->body);

        if (c->outcome == OK) {
            CHECK_ROW(result.token != NULL
                      && strcmp(result.token, c->reason) == 0
                      && result.token_len == strlen(c->reason), c->body);
            CHECK_ROW(result.reason[0] == '\0' && result.error[0] == '\0',
                      c->body);

        } else {
            CHECK_ROW(result.token == NULL && result.token_len == 0, c->body);
            CHECK_ROW(strcmp(result.reason, c->reason) == 0, c->body);
        }

        ngx_http_oauth_token_result_free(&result);
        CHECK_ROW(result.token == NULL, c->body);
    }

    CHECK_ROWS("what an answer means");
}


static void
test_types(void)
{
    size_t                           i;
    ngx_http_oauth_token_answer_t    answer;
    ngx_http_oauth_token_result_t    result;

    static const char *const  rows[][3] = {
        { "text/html", "{\"access_token\":\"t\"}", "" },
        { "image/png", "{\"access_token\":\"t\"}", "" },
        { "TEXT/HTML; charset=utf-8", "Bad Gateway", "html" },
        { "application/xhtml+xml", "<x/>", "html" },
        { "text/html", "<error/>", "html" },
        { "application/xml", "oops", "xml" },
        { "application/soap+XML", "<html/>", "html" },
        { "application/json", "oops", "bad_json" },
        { "application/json", "<oops", "xml" }
    };

    for (i = 0; i < COUNT(rows); i++) {
        memset(&answer, 0, sizeof(answer));

        answer.status = 200;
        answer.now_wall = NOW;
        answer.content_type.data = (const unsigned char *) rows[i][0];
        answer.content_type.len = strlen(rows[i][0]);
        answer.body.data = (const unsigned char *) rows[i][1];
        answer.body.len = strlen(rows[i][1]);

        ngx_http_oauth_token_response(&answer, &rules, &result);

        CHECK_ROW((result.outcome == OK) == (rows[i][2][0] == '\0'),
                  rows[i][0]);
        CHECK_ROW(strcmp(result.reason, rows[i][2]) == 0, rows[i][0]);

        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("the content type only names what is no JSON");
}


static void
test_truncated(void)
{
    size_t                          i, len;
    ngx_http_oauth_token_result_t   result;

    static const char  body[] =
        "{\"token_type\":\"Bearer\",\"expires_in\":\"86398\","
        "\"ext_expires_in\":\"0\",\"expires_on\":\"1495271273\","
        "\"not_before\":\"1495184574\","
        "\"resource\":\"00000002-0000-0000-c000-000000000000\","
        "\"access_token\":\"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9\"}";

    len = sizeof(body) - 1;

    for (i = 0; i < len; i++) {
        judge(200, body, i, &result);
        CHECK_ROW(result.outcome == UNUSABLE && result.token == NULL
                  && result.error[0] == '\0', body + i);
        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("an answer cut off at any byte has no token");

    judge(200, body, len, &result);
    CHECK(result.outcome == OK && result.lifetime == 86398000,
          "the whole one has");
    ngx_http_oauth_token_result_free(&result);
}


static void
test_nul(void)
{
    size_t                          i, len;
    char                            body[64];
    ngx_http_oauth_token_result_t   result;

    static const char  good[] = "{\"expires_in\":12,\"access_token\":\"t\"}";

    len = sizeof(good) - 1;

    for (i = 0; i <= len; i++) {
        memcpy(body, good, i);
        body[i] = '\0';
        memcpy(body + i + 1, good + i, len - i);

        judge(200, body, len + 1, &result);
        CHECK_ROW(strcmp(result.reason, "bad_json") == 0, good + i);
        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("a NUL anywhere spoils an answer");
}


static void
test_sizes(void)
{
    char                           *body;
    size_t                          i, len;
    ngx_http_oauth_token_result_t   result;

    static const size_t  sizes[] = { 27, 12000, 12288, 16384, 16385, 60000 };

    body = grab(NGX_HTTP_OAUTH_TOKEN_BODY_MAX + 2);

    for (i = 0; i < COUNT(sizes); i++) {
        len = (size_t) sprintf(body, "{\"access_token\":\"");
        memset(body + len, 'x', sizes[i]);
        body[len + 5] = '.';
        body[len + sizes[i] - 5] = '.';
        len += sizes[i];
        len += (size_t) sprintf(body + len, "\"}");

        judge(200, body, len, &result);

        if (sizes[i] <= NGX_HTTP_OAUTH_TOKEN_TOKEN_MAX) {
            CHECK_ROW(result.outcome == OK && result.token_len == sizes[i]
                      && result.token[sizes[i]] == '\0', "fits");

        } else {
            CHECK_ROW(strcmp(result.reason, "too_large") == 0, "too large");
        }

        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("tokens up to the maximum, whole or not at all");

    len = (size_t) sprintf(body, "{\"access_token\":\"t\"}");
    memset(body + len, ' ', NGX_HTTP_OAUTH_TOKEN_BODY_MAX + 1 - len);

    judge(200, body, NGX_HTTP_OAUTH_TOKEN_BODY_MAX, &result);
    CHECK(result.outcome == OK, "the largest body");
    ngx_http_oauth_token_result_free(&result);

    judge(200, body, NGX_HTTP_OAUTH_TOKEN_BODY_MAX + 1, &result);
    CHECK(strcmp(result.reason, "too_large") == 0, "one byte more");

    judge(401, body, NGX_HTTP_OAUTH_TOKEN_BODY_MAX + 1, &result);
    CHECK(strcmp(result.reason, "http_401") == 0, "and as an error");

    memset(body, '[', NGX_HTTP_OAUTH_TOKEN_BODY_MAX);

    judge(200, body, NGX_HTTP_OAUTH_TOKEN_BODY_MAX, &result);
    CHECK(strcmp(result.reason, "bad_json") == 0, "a tower of brackets");

    free(body);
}


int
main(void)
{
    test_outcomes();
    test_types();
    test_truncated();
    test_nul();
    test_sizes();

    return DONE();
}
