
/*
 * An answer of a token endpoint, whatever it is: what is accepted, and what is
 * said of the rest.
 *
 * An input is a byte for the provider's rules, a status, headers, an empty line
 * and the body, each line ended by "\n".  So that small inputs can be large
 * answers, 0xfe (which no UTF-8 has), a byte and a number in the body are that
 * byte, 256 times the number.
 */

#define _GNU_SOURCE

#include <strings.h>

#include <jansson.h>

#include "fuzz.h"
#include "rfc8259.h"
#include "ngx_http_oauth_token_response.h"


#define HEADERS  16

/* more than any body that is read, and a long run at its end */
#define BODY     (4 * 65536)

#define DAY      86400000LL


/* what a provider's block says, and when its answer comes */
typedef struct {
    const char                      *fields[4];
    ngx_http_oauth_token_rules_t     rules;
    int64_t                          now;
} block_t;


typedef struct {
    char                            *name[HEADERS];
    text_t                           value[HEADERS];
    size_t                           n;
    int                              status;
    text_t                           body;
    const block_t                   *block;
} case_t;


#define NOW  1532343600000LL    /* 2018-07-23T11:00:00Z */


static const block_t  blocks[] = {

    { { "access_token", NULL },
      { NULL, "expires_in", NGX_HTTP_OAUTH_TOKEN_UNIT_S,
        { 300000, 1000, DAY }, { { NULL, NULL } }, NULL }, NOW },

    { { "data.access_token", "0.token", "access_token", NULL },
      { NULL, "data.expires_in", NGX_HTTP_OAUTH_TOKEN_UNIT_MS,
        { 1, 1, INT64_MAX / 4 },
        { { "a", "instance_url" }, { "b", "n" }, { "c", "header:x" },
          { "d", "data.0.id" }, { NULL, NULL } }, NULL }, NOW },

    { { "body", NULL },
      { NULL, "", NGX_HTTP_OAUTH_TOKEN_UNIT_S, { 60000, 60000, 60000 },
        { { NULL, NULL } }, NULL }, 0 },

    { { "header:token", "token", NULL },
      { NULL, "token.expires_at", NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601,
        { 300000, 1000, DAY },
        { { "a", "header:location" }, { "b", "issuer" }, { NULL, NULL } },
        "https://a.example" }, NOW },

    { { "json:body", "access_token", "body", NULL },
      { NULL, "header:expires", NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH,
        { 5000, 0, 10000 }, { { "a", "body" }, { NULL, NULL } }, NULL },
      4102444800000LL },

    { { "token", NULL },
      { NULL, "exp", NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS,
        { 300000, 1000, 365 * DAY }, { { NULL, NULL } }, NULL }, NOW }
};


static void read_case(case_t *c, input_t *in);
static text_t read_body(input_t *in);
static ngx_http_oauth_token_bytes_t find_header(void *data, const char *name);
static void judge(const case_t *c, text_t body,
    ngx_http_oauth_token_result_t *result);
static void check_any(const case_t *c,
    const ngx_http_oauth_token_result_t *result);
static void check_token(const case_t *c,
    const ngx_http_oauth_token_result_t *result);
static void check_captured(const case_t *c,
    const ngx_http_oauth_token_result_t *result);
static void check_refused(const case_t *c,
    const ngx_http_oauth_token_result_t *result);
static int is_secretive(json_t *value);
static void check_json(const case_t *c,
    const ngx_http_oauth_token_result_t *result);
static void check_cut(const case_t *c);
static int visible(const char *text, size_t len, int first);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                         i;
    case_t                         c;
    input_t                        in;
    ngx_http_oauth_token_result_t  result;

    in = input(data, size);
    read_case(&c, &in);

    judge(&c, c.body, &result);
    check_any(&c, &result);

    if (result.outcome == NGX_HTTP_OAUTH_TOKEN_OK) {
        check_token(&c, &result);
        check_captured(&c, &result);

    } else {
        check_refused(&c, &result);
    }

    if (c.status / 100 == 2) {
        check_json(&c, &result);
    }

    if (c.block == &blocks[0]
        && result.outcome == NGX_HTTP_OAUTH_TOKEN_OK)
    {
        check_cut(&c);
    }

    ngx_http_oauth_token_result_free(&result);
    MUST(result.token == NULL && result.refresh == NULL);

    for (i = 0; i < c.n; i++) {
        free(c.name[i]);
        free(c.value[i].data);
    }

    free(c.body.data);

    return 0;
}


static void
read_case(case_t *c, input_t *in)
{
    int      minus;
    char    *name;
    text_t   line;
    input_t  field;

    memset(c, 0, sizeof(*c));

    c->block = &blocks[take_byte(in) % COUNT(blocks)];

    minus = left(in) > 0 && *in->p == '-';
    in->p += minus;

    while (left(in) > 0 && *in->p >= '0' && *in->p <= '9'
           && c->status < 100000)
    {
        c->status = c->status * 10 + (*in->p++ - '0');
    }

    c->status = minus ? -c->status : c->status;

    free(take_text(in, '\n').data);

    for ( ;; ) {
        line = take_text(in, '\n');

        if (line.len == 0 || c->n == HEADERS) {
            free(line.data);
            break;
        }

        field = input(line.data, line.len);
        name = take_string(&field, ':');

        c->name[c->n] = name;
        c->value[c->n++] = copy_text(field.p, left(&field));

        free(line.data);
    }

    c->body = read_body(in);
}


static text_t
read_body(input_t *in)
{
    size_t                n, len;
    unsigned char         c;
    static unsigned char  whole[BODY];

    len = 0;

    while (left(in) > 0 && len < BODY - 256 * 255) {
        c = (unsigned char) take_byte(in);
        n = 1;

        if (c == 0xfe) {
            c = (unsigned char) take_byte(in);
            n = 256 * take_byte(in);
        }

        memset(whole + len, c, n);
        len += n;
    }

    return copy_text(whole, len);
}


static ngx_http_oauth_token_bytes_t
find_header(void *data, const char *name)
{
    size_t                         i;
    case_t                        *c = data;
    ngx_http_oauth_token_bytes_t   bytes;

    memset(&bytes, 0, sizeof(bytes));

    for (i = 0; i < c->n; i++) {
        if (strcasecmp(c->name[i], name) == 0) {
            bytes.data = c->value[i].data;
            bytes.len = c->value[i].len;
            break;
        }
    }

    return bytes;
}


static void
judge(const case_t *c, text_t body, ngx_http_oauth_token_result_t *result)
{
    ngx_http_oauth_token_rules_t   rules;
    ngx_http_oauth_token_answer_t  answer;

    memset(&answer, 0, sizeof(answer));

    answer.status = c->status;
    answer.header = find_header;
    answer.data = (void *) c;
    answer.content_type = find_header(answer.data, "content-type");
    answer.retry_after = find_header(answer.data, "retry-after");
    answer.www_authenticate = find_header(answer.data, "www-authenticate");
    answer.body.data = body.data;
    answer.body.len = body.len;
    answer.now_wall = c->block->now;

    rules = c->block->rules;
    rules.token_fields = c->block->fields;

    memset(result, 0xa5, sizeof(*result));

    ngx_http_oauth_token_response(&answer, &rules, result);
}


static void
check_any(const case_t *c, const ngx_http_oauth_token_result_t *result)
{
    size_t  len;

    MUST(result->outcome <= NGX_HTTP_OAUTH_TOKEN_INTERNAL);
    MUST(result->outcome != NGX_HTTP_OAUTH_TOKEN_TIMEOUT);
    MUST(result->status == c->status);

    MUST((result->outcome == NGX_HTTP_OAUTH_TOKEN_TRANSPORT)
         == (c->status == 0 && strcmp(result->reason, "not_http") == 0));

    MUST(result->retry_after >= -1
         && result->retry_after <= NGX_HTTP_OAUTH_TOKEN_RETRY_AFTER_MAX);

    MUST(memchr(result->reason, '\0', sizeof(result->reason)) != NULL);
    MUST(memchr(result->error, '\0', sizeof(result->error)) != NULL);

    len = strlen(result->reason);

    MUST(strspn(result->reason, "abcdefghijklmnopqrstuvwxyz0123456789_.-")
         == len);
    MUST((len == 0) == (result->outcome == NGX_HTTP_OAUTH_TOKEN_OK));
    MUST(visible(result->error, strlen(result->error), ' '));
}


static void
check_token(const case_t *c, const ngx_http_oauth_token_result_t *result)
{
    const ngx_http_oauth_token_limits_t  *limits;

    limits = &c->block->rules.lifetime;

    MUST(c->status >= 200 && c->status <= 299);
    MUST(result->error[0] == '\0');

    MUST(result->token != NULL && result->token_len > 0
         && result->token_len <= NGX_HTTP_OAUTH_TOKEN_TOKEN_MAX);
    MUST(visible(result->token, result->token_len, '!'));
    MUST(result->token[result->token_len] == '\0');

    MUST(result->lifetime > 0 && result->lifetime <= limits->max);
    MUST(result->jwt || result->lifetime >= limits->min);

    MUST(!result->absent || result->defaulted
         || c->block->rules.expires_field[0] == '\0');
    MUST(!result->defaulted || result->jwt
         || result->lifetime == limits->by_default);

    if (result->refresh == NULL) {
        MUST(result->refresh_len == 0 && result->refresh_lifetime == -1);
        return;
    }

    MUST(result->refresh_len > 0
         && result->refresh_len <= NGX_HTTP_OAUTH_TOKEN_TOKEN_MAX);
    MUST(visible(result->refresh, result->refresh_len, '!'));
    MUST(result->refresh[result->refresh_len] == '\0');
    MUST(result->refresh_lifetime == -1
         || (result->refresh_lifetime > 0
             && result->refresh_lifetime <= 1000000000000LL));
}


static void
check_captured(const case_t *c, const ngx_http_oauth_token_result_t *result)
{
    size_t                                i, n, at;
    ngx_http_oauth_token_bytes_t          values[5];
    const ngx_http_oauth_token_rule_t    *rules;

    rules = c->block->rules.captures;

    for (n = 0; rules[n].name != NULL; n++) { /* void */ }

    MUST(ngx_http_oauth_token_captured_count(rules) == n);

    at = ngx_http_oauth_token_captured_split(
                             (const unsigned char *) result->token,
                             result->run_len, values, n);

    MUST(at == result->token_len);

    for (i = 0; i < n; i++) {
        MUST(result->token[at] == '\0');
        MUST(values[i].data == (unsigned char *) result->token + at + 1);
        MUST(values[i].len <= NGX_HTTP_OAUTH_TOKEN_CAPTURE_MAX);
        MUST(visible((const char *) values[i].data, values[i].len, ' '));

        at += 1 + values[i].len;
    }

    MUST(at == result->run_len && result->token[at] == '\0');
}


/* whatever may be a secret must not be quoted */

static void
check_refused(const case_t *c, const ngx_http_oauth_token_result_t *result)
{
    size_t   i;
    json_t  *root;

    MUST(result->token == NULL && result->token_len == 0);
    MUST(result->refresh == NULL && result->refresh_len == 0);

    if (result->error[0] == '\0') {
        return;
    }

    MUST(strstr(result->error, "eyJ") == NULL);

    for (i = 0; i < c->n; i++) {
        MUST(c->block != &blocks[3] || strcasecmp(c->name[i], "token") != 0
             || find_header((void *) c, "token").len == 0);
    }

    root = json_loadb((const char *) c->body.data, c->body.len, 0, NULL);

    MUST(root != NULL && !is_secretive(root));

    json_decref(root);
}


static int
is_secretive(json_t *value)
{
    size_t       i;
    json_t      *member;
    const char  *name;

    json_array_foreach(value, i, member) {
        if (is_secretive(member)) {
            return 1;
        }
    }

    json_object_foreach(value, name, member) {

        if ((strcasestr(name, "token") != NULL
             || strcasestr(name, "secret") != NULL)
            && strcasecmp(name, "token_type") != 0
            && strcasecmp(name, "tokentype") != 0
            && json_is_string(member) && json_string_length(member) > 0)
        {
            return 1;
        }

        if (is_secretive(member)) {
            return 1;
        }
    }

    return 0;
}


/* what is said to be no JSON is none, and the token is where it has to be */

static void
check_json(const case_t *c, const ngx_http_oauth_token_result_t *result)
{
    int             good;
    json_t         *root, *value;
    rfc_reader_t   reader;

    if (c->block != &blocks[0] || c->body.len > NGX_HTTP_OAUTH_TOKEN_BODY_MAX) {
        return;
    }

    good = rfc_text(c->body.data, c->body.len, &reader);

    root = json_loadb((const char *) c->body.data, c->body.len,
                      JSON_REJECT_DUPLICATES, NULL);
    value = json_object_get(root, "access_token");

    if (result->outcome == NGX_HTTP_OAUTH_TOKEN_OK) {
        MUST(good && reader.deepest <= 16);
        MUST(json_is_object(root));
        MUST(same(result->token, result->token_len, json_string_value(value),
                  json_string_length(value)));
    }

    if (strcmp(result->reason, "bad_json") == 0) {
        MUST(root == NULL || reader.deepest > 16 || !good);
    }

    if (good && reader.deepest <= 16 && !reader.special && root != NULL) {
        MUST(strcmp(result->reason, "bad_json") != 0);
        MUST(strcmp(result->reason, "html") != 0);
        MUST(strcmp(result->reason, "xml") != 0);
    }

    if (!good) {
        MUST(root == NULL || reader.special || reader.deepest > 16
             || memchr(c->body.data, '\0', c->body.len) != NULL);
    }

    json_decref(root);
}


/* an object that lacks its end, anywhere, is none */

static void
check_cut(const case_t *c)
{
    size_t                         i, len, sum;
    text_t                         cut;
    ngx_http_oauth_token_result_t  result;

    len = c->body.len;

    while (len > 0 && c->body.data[len - 1] != '}') {
        len--;
    }

    MUST(len > 0);

    sum = 0;

    for (i = 0; i < len; i++) {
        sum = sum * 31 + c->body.data[i];
    }

    cut = copy_text(c->body.data, sum % len);

    judge(c, cut, &result);
    MUST(result.outcome == NGX_HTTP_OAUTH_TOKEN_UNUSABLE);
    MUST(result.token == NULL && result.error[0] == '\0');

    free(cut.data);
}


/* whether all bytes are in ASCII's order from the first one on to "~" */

static int
visible(const char *text, size_t len, int first)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (text[i] < first || text[i] > '~') {
            return 0;
        }
    }

    return 1;
}
