
/*
 * The refresh token in a good answer: where it is, what it may be, how long it
 * lives, and that its copy is wiped.
 */

#include <openssl/crypto.h>

#include "answer.h"


/* a member of the answer beside the token; want NULL: no refresh token */
typedef struct {
    const char  *members;
    const char  *want;
    int64_t      lifetime;
} refresh_case_t;


static const refresh_case_t  refreshes[] = {

    /* the token itself */
    { "", NULL, -1 },
    { ",\"refresh_token\":\"r\"", "r", -1 },
    { ",\"refresh_token\":\"!a|^#*:%,;=\\\"\\\\/~.\"", "!a|^#*:%,;=\"\\/~.",
      -1 },
    { ",\"refresh_token\":\"\\u0072\"", "r", -1 },
    { ",\"refresh_token\":null", NULL, -1 },
    { ",\"refresh_token\":\"\"", NULL, -1 },
    { ",\"refresh_token\":7", NULL, -1 },
    { ",\"refresh_token\":true", NULL, -1 },
    { ",\"refresh_token\":{}", NULL, -1 },
    { ",\"refresh_token\":{\"refresh_token\":\"r\"}", NULL, -1 },
    { ",\"refresh_token\":[\"r\"]", NULL, -1 },
    { ",\"refresh_token\":\"r s\"", NULL, -1 },
    { ",\"refresh_token\":\" r\"", NULL, -1 },
    { ",\"refresh_token\":\"r\\n\"", NULL, -1 },
    { ",\"refresh_token\":\"r\\r\\nX-Evil: 1\"", NULL, -1 },
    { ",\"refresh_token\":\"r\\tu\"", NULL, -1 },
    { ",\"refresh_token\":\"r\\u0001\"", NULL, -1 },
    { ",\"refresh_token\":\"r\\u007f\"", NULL, -1 },
    { ",\"refresh_token\":\"\xc3\xa9\"", NULL, -1 },
    { ",\"refresh_token\":\"r\\u00e9\"", NULL, -1 },
    { ",\"Refresh_Token\":\"r\"", NULL, -1 },
    { ",\"refreshToken\":\"r\"", NULL, -1 },
    { ",\"x\":{\"refresh_token\":\"r\"}", NULL, -1 },
    { ",\"x\":[{\"refresh_token\":\"r\"}]", NULL, -1 },

    /* its lifetime */
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":1800", "r",
      1800000 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":\"1799\"", "r",
      1799000 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":\" 17.9 \"", "r",
      17000 },
    { ",\"refresh_token\":\"r\",\"refresh_expires_in\":1800", "r", 1800000 },
    { ",\"refresh_token\":\"r\",\"refresh_expires_in\":\"2\"", "r", 2000 },
    { ",\"refresh_token\":\"r\",\"refresh_expires_in\":9,"
      "\"refresh_token_expires_in\":8", "r", 8000 },
    { ",\"refresh_token\":\"r\",\"refresh_expires_in\":9,"
      "\"refresh_token_expires_in\":null", "r", 9000 },
    { ",\"refresh_token\":\"r\",\"refresh_expires_in\":9,"
      "\"refresh_token_expires_in\":0", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":0", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":\"0\"", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":-1", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":0.9", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":\"\"", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":\"never\"", "r",
      -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":\"0x10\"", "r",
      -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":true", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":{}", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":[5]", "r", -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":999999999", "r",
      999999999000LL },

    /* a moment */
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":1532347200", "r",
      3600000 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":1532347200000",
      "r", 3600000 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":"
      "\"2018-07-23T11:29:32Z\"", "r", 1772000 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":"
      "9223372036854775807", "r", 1000000000000LL },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":1e300", "r",
      1000000000000LL },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":1532343600", NULL,
      -1 },
    { ",\"refresh_token\":\"r\",\"refresh_token_expires_in\":1532343599999",
      NULL, -1 },
    { ",\"refresh_token\":\"r\",\"refresh_expires_in\":"
      "\"2018-07-23T10:59:59Z\"", NULL, -1 },

    /* the same without a refresh token says nothing */
    { ",\"refresh_token_expires_in\":1800", NULL, -1 },
    { ",\"refresh_token_expires_in\":1532343600", NULL, -1 }
};


/* answers with a token in another place: "data.token", see answer.h */
static const refresh_case_t  places[] = {
    { "{\"data\":{\"token\":\"t\",\"refresh_token\":\"r\"}}", "r", -1 },
    { "{\"data\":{\"token\":\"t\"},\"refresh_token\":\"r\"}", "r", -1 },
    { "{\"refresh_token\":\"s\",\"data\":{\"refresh_token\":\"r\","
      "\"token\":\"t\"}}", "r", -1 },
    { "{\"refresh_token\":\"r\",\"data\":{\"refresh_token\":null,"
      "\"token\":\"t\"}}", "r", -1 },
    { "{\"refresh_token\":\"s\",\"data\":{\"refresh_token\":7,"
      "\"token\":\"t\"}}", NULL, -1 },
    { "{\"refresh_token\":\"s\",\"data\":{\"refresh_token\":\"\","
      "\"token\":\"t\"}}", NULL, -1 },
    { "{\"data\":{\"token\":\"t\",\"refresh_token\":\"r\","
      "\"refresh_expires_in\":5},\"refresh_token_expires_in\":9}", "r", 5000 },
    { "{\"data\":{\"token\":\"t\",\"refresh_token\":\"r\"},"
      "\"refresh_expires_in\":9}", "r", 9000 },
    { "{\"data\":{\"token\":\"t\",\"refresh_expires_in\":5},"
      "\"refresh_token\":\"r\"}", "r", 5000 },
    { "{\"data.token\":\"t\",\"data\":{\"refresh_token\":\"s\"},"
      "\"refresh_token\":\"r\"}", "r", -1 },
    { "{\"data.token\":\"t\",\"data\":{\"token\":\"t\","
      "\"refresh_token\":\"s\"}}", NULL, -1 },
    { "{\"access_token\":\"t\",\"data\":{\"token\":\"t\","
      "\"refresh_token\":\"s\"},\"refresh_token\":\"r\"}", "r", -1 },
    { "{\"x\":{\"token\":\"t\",\"refresh_token\":\"s\"},"
      "\"data\":{\"token\":\"t\",\"refresh_token\":\"r\"}}", "r", -1 },
    { "{\"a\":{\"b\":\"t\",\"c\":{\"refresh_token\":\"s\"}}}", NULL, -1 }
};


/* failures, whatever stands beside them */
static const struct {
    int          status;
    const char  *body;
} failures[] = {
    { 200, "{\"refresh_token\":\"r\"}" },
    { 200, "{\"access_token\":\"\",\"refresh_token\":\"r\"}" },
    { 200, "{\"access_token\":\"t u\",\"refresh_token\":\"r\"}" },
    { 200, "{\"access_token\":\"t\",\"token_type\":\"mac\","
           "\"refresh_token\":\"r\"}" },
    { 200, "{\"access_token\":\"t\",\"error\":\"invalid_grant\","
           "\"refresh_token\":\"r\"}" },
    { 200, "{\"access_token\":\"t\",\"expires_in\":1532343600,"
           "\"refresh_token\":\"r\"}" },
    { 200, "{\"access_token\":\"t\",\"refresh_token\":\"r\","
           "\"refresh_token\":\"s\"}" },
    { 200, "{\"access_token\":\"t\",\"refresh_token\":\"r\","
           "\"refresh\\u005ftoken\":\"s\"}" },
    { 200, "{\"access_token\":\"t\",\"refresh_token\":\"r\\u0000\"}" },
    { 200, "{\"access_token\":\"t\",\"refresh_token\":\"\xff\"}" },
    { 200, "{\"access_token\":\"t\",\"refresh_token\":\"r\"" },
    { 200, "[{\"access_token\":\"t\",\"refresh_token\":\"r\"}]" },
    { 302, "{\"access_token\":\"t\",\"refresh_token\":\"r\"}" },
    { 400, "{\"access_token\":\"t\",\"refresh_token\":\"r\"}" },
    { 500, "{\"access_token\":\"t\",\"refresh_token\":\"r\"}" },
    { 503, "{\"access_token\":\"t\",\"refresh_token\":\"r\"}" }
};


/* what was wiped last */
static const void  *wiped;
static size_t       wiped_len;


/* in place of the C library's */

void
explicit_bzero(void *p, size_t len)
{
    memset(p, 0, len);

    wiped = p;
    wiped_len = len;
}


static void
check_refresh(const char *body, const refresh_case_t *c)
{
    ngx_http_oauth_token_result_t  result;

    judge(200, body, strlen(body), &result);

    CHECK_ROW(result.outcome == OK && strcmp(result.token, "t") == 0, body);
    CHECK_ROW(result.refresh_lifetime == c->lifetime, body);

    if (c->want != NULL) {
        CHECK_ROW(result.refresh != NULL
                  && strcmp(result.refresh, c->want) == 0
                  && result.refresh_len == strlen(c->want), body);

    } else {
        CHECK_ROW(result.refresh == NULL && result.refresh_len == 0, body);
    }

    ngx_http_oauth_token_result_free(&result);

    CHECK_ROW(result.refresh == NULL && result.refresh_len == 0, body);
}


static void
test_refreshes(void)
{
    char    body[512];
    size_t  i;

    for (i = 0; i < COUNT(refreshes); i++) {
        snprintf(body, sizeof(body), "{\"access_token\":\"t\"%s}",
                 refreshes[i].members);
        check_refresh(body, &refreshes[i]);
    }

    CHECK_ROWS("refresh tokens and their lifetimes");
}


static void
test_places(void)
{
    size_t  i;

    for (i = 0; i < COUNT(places); i++) {
        check_refresh(places[i].members, &places[i]);
    }

    CHECK_ROWS("beside the token, or at the top");
}


static void
test_failures(void)
{
    size_t                          i;
    ngx_http_oauth_token_result_t   result;

    for (i = 0; i < COUNT(failures); i++) {
        judge(failures[i].status, failures[i].body, strlen(failures[i].body),
              &result);

        CHECK_ROW(result.outcome != OK && result.refresh == NULL
                  && result.refresh_len == 0 && result.refresh_lifetime == -1,
                  failures[i].body);
        CHECK_ROW(result.error[0] == '\0', failures[i].body);

        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("a failure has none");
}


static void
test_sizes(void)
{
    char                           *body;
    size_t                          i, len;
    ngx_http_oauth_token_result_t   result;

    static const size_t  sizes[] = { 1, 16383, 16384, 16385, 60000 };

    body = grab(NGX_HTTP_OAUTH_TOKEN_BODY_MAX);

    for (i = 0; i < COUNT(sizes); i++) {
        len = (size_t) sprintf(body, "{\"access_token\":\"t\","
                                     "\"refresh_token\":\"");
        memset(body + len, 'x', sizes[i]);
        len += sizes[i];
        len += (size_t) sprintf(body + len, "\"}");

        judge(200, body, len, &result);

        CHECK_ROW(result.outcome == OK, "the answer is good");
        CHECK_ROW((result.refresh != NULL)
                  == (sizes[i] <= NGX_HTTP_OAUTH_TOKEN_TOKEN_MAX), "size");
        CHECK_ROW(result.refresh == NULL
                  || (result.refresh_len == sizes[i]
                      && strlen(result.refresh) == sizes[i]), "whole");

        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("refresh tokens up to the maximum, whole or not at all");

    free(body);
}


static void
test_wiped(void)
{
    const char                     *refresh;
    ngx_http_oauth_token_result_t   result;

    static const char  body[] =
        "{\"access_token\":\"t\",\"refresh_token\":\"refresh-me\"}";

    judge(200, body, sizeof(body) - 1, &result);

    refresh = result.refresh;
    wiped = NULL;

    ngx_http_oauth_token_result_free(&result);

    CHECK(refresh != NULL && wiped == refresh
          && wiped_len == sizeof("refresh-me"),
          "all bytes of it are wiped");

    wiped = NULL;

    ngx_http_oauth_token_result_free(&result);

    CHECK(wiped == NULL, "once");
}


int
main(void)
{
    test_refreshes();
    test_places();
    test_failures();
    test_sizes();
    test_wiped();

    return DONE();
}
