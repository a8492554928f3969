
/*
 * A token, its lifetime and what is captured with it, at any place of an
 * answer.
 */

#include <strings.h>

#include "answer.h"


#define NUL  "\0"


typedef struct {
    const char                      *path;
    const char                      *body;
    ngx_http_oauth_token_outcome_e   outcome;
    const char                      *reason;  /* with OK: the token */
} place_case_t;


typedef struct {
    const char  *path;
    const char  *body;
    const char  *want;
    int          uncaptured;
} capture_case_t;


/* the headers of every answer here */
static const struct {
    const char  *name;
    const char  *value;
} headers[] = {
    { "X-Subject-Token", "h|^~" },
    { "X-Subject-Token", "second" },
    { "X-Empty", "" },
    { "X-Two", "a b" },
    { "X-High", "\xc3\xa9" },
    { "X-Expires", "600" },
    { "X-Date", "2018-07-23T12:00:00.1234567Z" },
    { "X-Url", "https://a.example/b?c=d" }
};


static const place_case_t  places[] = {

    /* headers */
    { "header:X-Subject-Token", "{\"token\":{}}", OK, "h|^~" },
    { "header:x-subject-TOKEN", "", OK, "h|^~" },
    { "header:X-Subject-Token", "<html>", OK, "h|^~" },
    { "header:X-Subject-Token", "[]", OK, "h|^~" },
    { "header:X-Subject-Token", "{\"error\":\"invalid_client\"}", REFUSED,
      "invalid_client" },
    { "header:X-Subject-Token", "{\"token_type\":\"mac\"}", UNUSABLE,
      "token_type" },
    { "header:X-Subject", "{}", UNUSABLE, "no_token" },
    { "header:X-Empty", "{}", UNUSABLE, "no_token" },
    { "header:X-Two", "{}", UNUSABLE, "token_charset" },
    { "header:X-High", "{}", UNUSABLE, "token_charset" },
    { "header:X-None", "{\"header:X-None\":\"t\"}", UNUSABLE, "no_token" },
    { "json:header:X-None", "{\"header:X-None\":\"t\"}", OK, "t" },

    /* the whole body */
    { "body", "t", OK, "t" },
    { "body", " \r\n\tt.u~v|\r\n\r\n", OK, "t.u~v|" },
    { "body", "\"t\"", OK, "t" },
    { "body", " \"t\"\n", OK, "t" },
    { "body", "\"\"t\"\"", OK, "\"t\"" },
    { "body", "\"t", OK, "\"t" },
    { "body", "t\"", OK, "t\"" },
    { "body", "'t'", OK, "'t'" },
    { "body", "", UNUSABLE, "no_token" },
    { "body", " \r\n", UNUSABLE, "no_token" },
    { "body", "\"\"", UNUSABLE, "bad_json" },
    { "body", "\"", OK, "\"" },
    { "body", "\" t\"", UNUSABLE, "token_charset" },
    { "body", "Internal error", UNUSABLE, "token_charset" },
    { "body", "t\r\nX-Evil: 1", UNUSABLE, "token_charset" },
    { "body", "t\tu", UNUSABLE, "token_charset" },
    { "body", "\xc3\xa9", UNUSABLE, "token_charset" },
    { "body", "\xef\xbb\xbft", UNUSABLE, "token_charset" },
    { "body", "<html><body>t</body></html>", UNUSABLE, "html" },
    { "body", "<!DOCTYPE html><html>", UNUSABLE, "html" },
    { "body", "\n<token>t</token>", UNUSABLE, "xml" },
    { "body", "\x1f\x8b\x08t", UNUSABLE, "content_coding" },
    { "body", "{\"t\":", UNUSABLE, "bad_json" },
    { "body", "[t]", UNUSABLE, "bad_json" },
    { "body", "{\"body\":\"t\"}", UNUSABLE, "no_token" },
    { "body", "{\"access_token\":\"t\"}", UNUSABLE, "no_token" },
    { "body", "[\"t\"]", UNUSABLE, "no_token" },
    { "body", "{\"errcode\":40013}", REFUSED, "code_40013" },
    { "json:body", "{\"body\":\"t\"}", OK, "t" },
    { "json:body", "t", UNUSABLE, "bad_json" },

    /* members */
    { "data.0.token", "{\"data\":[{\"token\":\"t\"}]}", OK, "t" },
    { "data.1.token", "{\"data\":[{\"token\":\"t\"}]}", UNUSABLE,
      "no_token" },
    { "json:a.b", "{\"a\":{\"b\":\"t\"}}", OK, "t" },
    { "json:json:a", "{\"json:a\":\"t\"}", OK, "t" }
};


static const place_case_t  expiries[] = {
    { "header:X-Expires", "{\"t\":\"t\"}", OK, "600000" },
    { "header:x-date", "{\"t\":\"t\"}", OK, "3600123" },
    { "header:X-Empty", "{\"t\":\"t\"}", OK, "300000" },
    { "header:X-None", "{\"t\":\"t\"}", OK, "300000" },
    { "header:X-Two", "{\"t\":\"t\"}", OK, "300000" },
    { "a.0.b", "{\"t\":\"t\",\"a\":[{\"b\":60}]}", OK, "60000" },
    { "json:a.b", "{\"t\":\"t\",\"a\":{\"b\":\"60\"}}", OK, "60000" }
};


static const capture_case_t  captures[] = {
    { "u", "\"u\":\"https://a.example/\"", "https://a.example/", 0 },
    { "a.u", "\"a\":{\"u\":\"v w\"}", "v w", 0 },
    { "u", "\"u\":17", "17", 0 },
    { "u", "\"u\":-9007199254740993", "-9007199254740993", 0 },
    { "u", "\"u\":0.5", "0.5", 0 },
    { "u", "\"u\":true", "true", 0 },
    { "u", "\"u\":false", "false", 0 },
    { "header:X-Url", "\"u\":1", "https://a.example/b?c=d", 0 },

    /* nothing */
    { "u", "\"x\":1", "", 0 },
    { "u", "\"u\":null", "", 0 },
    { "u", "\"u\":\"\"", "", 0 },
    { "header:X-Empty", "\"u\":1", "", 0 },
    { "header:X-None", "\"u\":1", "", 0 },

    /* nothing that can be used */
    { "u", "\"u\":{\"v\":1}", "", 1 },
    { "u", "\"u\":[\"v\"]", "", 1 },
    { "u", "\"u\":\"a\\r\\nX-Evil: 1\"", "", 1 },
    { "u", "\"u\":\"a\\tb\"", "", 1 },
    { "u", "\"u\":\"a\\u007f\"", "", 1 },
    { "u", "\"u\":\"a\\u0001\"", "", 1 },
    { "u", "\"u\":\"\\u00e9\"", "", 1 },
    { "header:X-High", "\"u\":1", "", 1 }
};


static ngx_http_oauth_token_bytes_t
find_header(void *data, const char *name)
{
    size_t                         i;
    ngx_http_oauth_token_bytes_t   bytes = { NULL, 0 };

    for (i = 0; i < COUNT(headers); i++) {
        if (strcasecmp(headers[i].name, name) == 0) {
            bytes.data = (const unsigned char *) headers[i].value;
            bytes.len = strlen(headers[i].value);
            break;
        }
    }

    (*(int *) data)++;

    return bytes;
}


/* an answer with those headers, for a token at token and a time at expires */

static void
read_answer(ngx_http_oauth_token_rules_t *r, const char *token,
    const char *expires, const char *body,
    ngx_http_oauth_token_result_t *result)
{
    int                             asked;
    unsigned char                  *copy;
    const char                     *paths[] = { token, NULL };
    ngx_http_oauth_token_answer_t   answer;

    memset(&answer, 0, sizeof(answer));
    memset(result, 0xa5, sizeof(*result));

    asked = 0;

    /* of exactly this size, so that ASan watches its end */

    copy = grab(strlen(body));
    memcpy(copy, body, strlen(body));

    r->token_fields = paths;
    r->expires_field = expires;
    r->lifetime = rules.lifetime;

    answer.status = 200;
    answer.now_wall = NOW;
    answer.header = find_header;
    answer.data = &asked;
    answer.body.data = copy;
    answer.body.len = strlen(body);

    ngx_http_oauth_token_response(&answer, r, result);

    free(copy);
}


static void
test_places(void)
{
    size_t                          i;
    const place_case_t             *c;
    ngx_http_oauth_token_rules_t    r;
    ngx_http_oauth_token_result_t   result;

    memset(&r, 0, sizeof(r));

    for (i = 0; i < COUNT(places); i++) {
        c = &places[i];

        read_answer(&r, c->path, "expires_in", c->body, &result);

        CHECK_ROW(result.outcome == c->outcome, c->body);
        CHECK_ROW(strcmp(result.token != NULL ? result.token : result.reason,
                         c->reason) == 0, c->body);
        CHECK_ROW(c->outcome != OK || result.run_len == strlen(c->reason),
                  c->body);

        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("where a token can be");

    for (i = 0; i < COUNT(expiries); i++) {
        c = &expiries[i];

        read_answer(&r, "t", c->path, c->body, &result);

        CHECK_ROW(result.outcome == OK && result.lifetime == atoi(c->reason),
                  c->path);
        CHECK_ROW(result.defaulted == (atoi(c->reason) == 300000), c->path);
        CHECK_ROW(result.absent == (strcmp(c->path, "header:X-Empty") == 0
                                    || strcmp(c->path, "header:X-None") == 0),
                  c->path);

        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("where a lifetime can be");
}


static void
test_error_beside(void)
{
    ngx_http_oauth_token_rules_t    r;
    ngx_http_oauth_token_result_t   result;

    memset(&r, 0, sizeof(r));

    read_answer(&r, "header:X-Subject-Token", "expires_in",
                "{\"error\":\"invalid_scope\",\"message\":\"h|^~\"}", &result);
    CHECK(result.outcome == REFUSED && result.error[0] == '\0',
          "nothing is quoted of an answer with a token in a header");
    ngx_http_oauth_token_result_free(&result);
}


static void
test_captures(void)
{
    char                            body[256];
    size_t                          i, len;
    const capture_case_t           *c;
    ngx_http_oauth_token_rules_t    r;
    ngx_http_oauth_token_bytes_t    value;
    ngx_http_oauth_token_result_t   result;

    memset(&r, 0, sizeof(r));
    r.captures[0].name = "n";

    for (i = 0; i < COUNT(captures); i++) {
        c = &captures[i];
        r.captures[0].path = c->path;

        snprintf(body, sizeof(body), "{\"t\":\"token\",%s}", c->body);
        read_answer(&r, "t", "expires_in", body, &result);

        CHECK_ROW(result.outcome == OK
                  && strcmp(result.token, "token") == 0
                  && result.token_len == 5
                  && result.uncaptured == (unsigned) c->uncaptured, c->body);

        memset(&value, 0, sizeof(value));

        len = ngx_http_oauth_token_captured_split(
                  (unsigned char *) result.token, result.run_len, &value, 1);

        CHECK_ROW(len == 5 && value.len == strlen(c->want)
                  && memcmp(value.data, c->want, value.len) == 0, c->body);

        ngx_http_oauth_token_result_free(&result);
    }

    CHECK_ROWS("what is captured");
}


static void
test_capture_lengths(void)
{
    char                           *body;
    size_t                          n;
    ngx_http_oauth_token_rules_t    r;
    ngx_http_oauth_token_result_t   result;

    memset(&r, 0, sizeof(r));
    r.captures[0].name = "n";
    r.captures[0].path = "u";

    for (n = NGX_HTTP_OAUTH_TOKEN_CAPTURE_MAX;
         n <= NGX_HTTP_OAUTH_TOKEN_CAPTURE_MAX + 1;
         n++)
    {
        body = grab(n + 64);
        sprintf(body, "{\"t\":\"t\",\"u\":\"%0*d\"}", (int) n, 0);
        read_answer(&r, "t", "expires_in", body, &result);

        CHECK(result.outcome == OK
              && result.run_len == (n > NGX_HTTP_OAUTH_TOKEN_CAPTURE_MAX
                                    ? 2 : 2 + n),
              "a value of the maximum is captured, a longer one is not");

        ngx_http_oauth_token_result_free(&result);
        free(body);
    }
}


static void
test_split(void)
{
    size_t                         i, n;
    unsigned char                 *copy;
    ngx_http_oauth_token_bytes_t   values[NGX_HTTP_OAUTH_TOKEN_CAPTURES];

    static const struct {
        const char  *run;
        size_t       len;
        size_t       n;
        size_t       lens[1 + NGX_HTTP_OAUTH_TOKEN_CAPTURES];
    } runs[] = {
        { "token", 5, 0, { 5, 0, 0, 0, 0 } },
        { "token", 5, 2, { 5, 0, 0, 0, 0 } },
        { "t" NUL "ab" NUL "c", 6, 2, { 1, 2, 1, 0, 0 } },
        { "t" NUL NUL "c", 4, 2, { 1, 0, 1, 0, 0 } },
        { "t" NUL NUL, 3, 2, { 1, 0, 0, 0, 0 } },
        { "t" NUL "ab", 4, 2, { 1, 2, 0, 0, 0 } },
        { "t" NUL "a" NUL "b" NUL "c" NUL "d", 9, 4, { 1, 1, 1, 1, 1 } },
        { "t" NUL "a" NUL "b", 5, 1, { 1, 1, 0, 0, 0 } },
        { "", 0, 1, { 0, 0, 0, 0, 0 } }
    };

    for (i = 0; i < COUNT(runs); i++) {
        copy = grab(runs[i].len);
        memcpy(copy, runs[i].run, runs[i].len);
        memset(values, 0xa5, sizeof(values));

        CHECK_ROW(ngx_http_oauth_token_captured_split(copy, runs[i].len,
                                                      values, runs[i].n)
                  == runs[i].lens[0], runs[i].run);

        for (n = 0; n < runs[i].n; n++) {
            CHECK_ROW(values[n].len == runs[i].lens[n + 1], runs[i].run);
            CHECK_ROW(values[n].data >= copy
                      && values[n].data + values[n].len
                         <= copy + runs[i].len, runs[i].run);
        }

        free(copy);
    }

    CHECK_ROWS("a run is taken apart");
}


static void
test_paths(void)
{
    size_t  i;

    static const struct {
        const char  *path;
        int          good;      /* 2: not as a body */
    } paths[] = {
        { "a", 1 }, { "a.b", 1 }, { "a.0", 1 }, { "header:X-A", 1 },
        { "header:x_a.b", 1 }, { "json:a", 1 }, { "json:body", 1 },
        { "json:header:", 1 }, { "bodya", 1 }, { "body.a", 1 },
        { "Header:", 1 }, { "body", 2 },
        { "", 0 }, { ".", 0 }, { ".a", 0 }, { "a.", 0 }, { "a..b", 0 },
        { "header:", 0 }, { "header:a b", 0 }, { "header:a:", 0 },
        { "header:\xc3\xa9", 0 }, { "json:", 0 }, { "json:.a", 0 }
    };

    for (i = 0; i < COUNT(paths); i++) {
        CHECK_ROW(ngx_http_oauth_token_place_valid(paths[i].path, 1)
                  == (paths[i].good > 0), paths[i].path);
        CHECK_ROW(ngx_http_oauth_token_place_valid(paths[i].path, 0)
                  == (paths[i].good == 1), paths[i].path);
    }

    CHECK_ROWS("paths that can be one");
}


int
main(void)
{
    test_places();
    test_error_beside();
    test_captures();
    test_capture_lengths();
    test_split();
    test_paths();

    return DONE();
}
