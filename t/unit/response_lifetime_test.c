
/*
 * The lifetime in a good answer, and a JWT's own end.
 */

#include <openssl/evp.h>

#include "answer.h"


/* a successful answer's lifetime; bits: absent, defaulted, jwt */
typedef struct {
    const char  *body;
    int64_t      lifetime;
    const char  *bits;
} lifetime_case_t;


static const lifetime_case_t  lifetimes[] = {
    { "3600", 3600000, "" },
    { "\"3599\"", 3599000, "" },
    { "899.0", 899000, "" },
    { "1", 1000, "" },
    { "3138007490", DAY, "" },
    { "9223372036854775807", DAY, "" },
    { "2147483648", DAY, "" },
    { "4294967296", DAY, "" },
    { "3.6e3", 3600000, "" },
    { "3599.9", 3599000, "" },
    { "\" 3600\"", 3600000, "" },
    { "\"0x10\"", 300000, "d" },
    { "\"\xd9\xa3\"", 300000, "d" },
    { "-0", 300000, "d" },
    { "-9223372036854775808", 300000, "d" },
    { "1532347200", 3600000, "" },
    { "1532347200000", 3600000, "" },
    { "\"2018-07-23T11:29:32\"", 1772000, "" },
    { "null", 300000, "ad" },
    { "0", 300000, "d" },
    { "-1", 300000, "d" },
    { "\"\"", 300000, "d" },
    { "\"1h\"", 3600000, "" },
    { "true", 300000, "d" },
    { "{}", 300000, "d" },
    { "[3600]", 300000, "d" }
};


static void
test_lifetimes(void)
{
    int                             len;
    char                            body[256];
    size_t                          i;
    const lifetime_case_t          *c;
    ngx_http_oauth_token_result_t   result;

    for (i = 0; i < COUNT(lifetimes); i++) {
        c = &lifetimes[i];

        len = snprintf(body, sizeof(body),
                       "{\"access_token\":\"t\",\"expires_in\":%s}", c->body);

        judge(200, body, (size_t) len, &result);

        CHECK_ROW(result.outcome == OK && result.lifetime == c->lifetime,
                  c->body);
        CHECK_ROW(result.absent == (strchr(c->bits, 'a') != NULL), c->body);
        CHECK_ROW(result.defaulted == (strchr(c->bits, 'd') != NULL), c->body);
        CHECK_ROW(result.jwt == 0, c->body);

        ngx_http_oauth_token_result_free(&result);
    }

    judge(200, "{\"access_token\":\"t\"}", 20, &result);
    CHECK_ROW(result.absent && result.defaulted && result.lifetime == 300000,
              "absent");
    ngx_http_oauth_token_result_free(&result);

    CHECK_ROWS("[C1] [C2] [C3] [C4] [C5] lifetimes in an answer");
}


static void
test_huge(void)
{
    int                             len;
    char                            digits[401], body[512];
    size_t                          i;
    ngx_http_oauth_token_result_t   result;

    memset(digits, '9', sizeof(digits) - 1);
    digits[sizeof(digits) - 1] = '\0';

    const char *const  numbers[] = {
        "9223372036854775808", "18446744073709551616", "1e400", digits
    };

    for (i = 0; i < COUNT(numbers); i++) {
        len = snprintf(body, sizeof(body),
                       "{\"access_token\":\"t\",\"expires_in\":%s}",
                       numbers[i]);

        judge(200, body, (size_t) len, &result);
        CHECK_ROW(result.outcome == UNUSABLE && result.token == NULL
                  && strcmp(result.reason, "bad_json") == 0, numbers[i]);
        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("[C2] [C4] numbers that are too large to be read");
}


/* a JWT with these claims as the token, and expires_in when it is not 0 */

static void
judge_jwt(const char *claims, int expires_in,
    ngx_http_oauth_token_result_t *result)
{
    int    n, len;
    char   payload[512], body[1024], *p;

    n = EVP_EncodeBlock((unsigned char *) payload,
                        (const unsigned char *) claims, (int) strlen(claims));
    payload[n] = '\0';

    for (p = payload; *p != '\0'; p++) {
        *p = (char) (*p == '+' ? '-' : *p == '/' ? '_' : *p);
    }

    while (p > payload && p[-1] == '=') {
        *--p = '\0';
    }

    len = snprintf(body, sizeof(body),
                   "{\"access_token\":\"eyJhbGciOiJub25lIn0.%s.c2ln\","
                   "\"expires_in\":%d}", payload, expires_in);

    judge(200, body, (size_t) len, result);
}


static void
test_jwt(void)
{
    size_t                          i;
    ngx_http_oauth_token_result_t   result;

    /* lifetime 0: expired; all have expires_in 3600 */
    static const struct {
        const char  *claims;
        int64_t      lifetime;
        int          jwt;
    } rows[] = {
        { "{\"exp\":1532343660}", 60000, 1 },
        { "{\"exp\":1532343660.5}", 60500, 1 },
        { "{\"exp\":1532343600.25}", 250, 1 },
        { "{\"iss\":\"\xc3\xbf\xc3\xbe?>\",\"exp\":1532343660}", 60000, 1 },
        { "{\"exp\":1532343600}", 0, 0 },
        { "{\"exp\":0}", 0, 0 },
        { "{\"exp\":-1}", 0, 0 },
        { "{\"exp\":1532347200}", 3600000, 0 },
        { "{\"exp\":9e99}", 3600000, 0 },
        { "{\"exp\":\"1532343660\"}", 3600000, 0 },
        { "{\"exp\":null}", 3600000, 0 },
        { "{}", 3600000, 0 },
        { "[1532343660]", 3600000, 0 },
        { "{\"exp\":1532343660", 3600000, 0 },
        { "{\"exp\":1532343660,\"exp\":1}", 3600000, 0 },
        { "{\"exp\":1,\"a\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", 3600000,
          0 },
        { "", 3600000, 0 }
    };

    for (i = 0; i < COUNT(rows); i++) {
        judge_jwt(rows[i].claims, 3600, &result);

        if (rows[i].lifetime == 0) {
            CHECK_ROW(result.outcome == UNUSABLE
                      && strcmp(result.reason, "expired") == 0
                      && result.token == NULL, rows[i].claims);

        } else {
            CHECK_ROW(result.outcome == OK
                      && result.lifetime == rows[i].lifetime
                      && result.jwt == (unsigned) rows[i].jwt, rows[i].claims);
        }

        ngx_http_oauth_token_result_free(&result);
    }

    judge_jwt("{\"exp\":1532343660}", 0, &result);
    CHECK_ROW(result.lifetime == 60000 && result.jwt && result.defaulted,
              "the default is capped, too");
    ngx_http_oauth_token_result_free(&result);

    CHECK_ROWS("a JWT's exp is an upper limit");
}


static void
test_no_jwt(void)
{
    int                             len;
    char                            body[256];
    size_t                          i;
    ngx_http_oauth_token_result_t   result;

    /* RFC 7515, appendix A.1: its payload has "exp":1300819380 */
    #define PAYLOAD  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0"   \
                     "dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    static const char *const  tokens[] = {
        "a." PAYLOAD, "a." PAYLOAD ".b.c", "a." PAYLOAD ".b.c.d",
        PAYLOAD, "..", "a..b", ".", "a.b", "a.=.b", "a.a.b", "a.====.b",
        "a.!!!!.b", "..."
    };

    judge(200, "{\"access_token\":\"a." PAYLOAD ".b\"}",
          sizeof("{\"access_token\":\"a." PAYLOAD ".b\"}") - 1, &result);
    CHECK(result.outcome == UNUSABLE && strcmp(result.reason, "expired") == 0,
          "the JWT of RFC 7515 has expired");

    for (i = 0; i < COUNT(tokens); i++) {
        len = snprintf(body, sizeof(body), "{\"access_token\":\"%s\"}",
                       tokens[i]);

        judge(200, body, (size_t) len, &result);
        CHECK_ROW(result.outcome == OK && !result.jwt
                  && result.lifetime == 300000, tokens[i]);
        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("what only looks like a JWT has no exp");
}


int
main(void)
{
    test_lifetimes();
    test_huge();
    test_jwt();
    test_no_jwt();

    return DONE();
}
