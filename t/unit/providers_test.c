
/*
 * The documented answers of real providers, see t/data/README.md: token and
 * lifetime come out as their documentation says.
 *
 *   providers_test [FILE]
 */

#include <stdlib.h>

#include <jansson.h>

#include "check.h"
#include "ngx_http_oauth_token_response.h"


#define FIELDS_MAX  4
#define DAY         86400000LL


typedef struct {
    const char                   *name;
    ngx_http_oauth_token_unit_e   unit;
} unit_name_t;


static const unit_name_t  units[] = {
    { "s", NGX_HTTP_OAUTH_TOKEN_UNIT_S },
    { "ms", NGX_HTTP_OAUTH_TOKEN_UNIT_MS },
    { "epoch", NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH },
    { "epoch_ms", NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS },
    { "iso8601", NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601 }
};


static int64_t
milliseconds(json_t *entry, const char *name, double missing)
{
    double   seconds;
    json_t  *value;

    value = json_object_get(entry, name);
    seconds = json_is_number(value) ? json_number_value(value) : missing;

    return (int64_t) (seconds * 1000 + 0.5);
}


static const char *
text(json_t *entry, const char *name)
{
    const char  *value;

    value = json_string_value(json_object_get(entry, name));

    return value == NULL ? "" : value;
}


static int
unit_of(json_t *entry, ngx_http_oauth_token_unit_e *unit)
{
    size_t  i;

    for (i = 0; i < COUNT(units); i++) {
        if (strcmp(units[i].name, text(entry, "unit")) == 0) {
            *unit = units[i].unit;
            return 0;
        }
    }

    return -1;
}


static void
run(json_t *entry, int64_t max, ngx_http_oauth_token_result_t *result)
{
    char                            *body;
    size_t                           i;
    json_t                          *field;
    const char                      *fields[FIELDS_MAX + 1];
    ngx_http_oauth_token_rules_t     rules;
    ngx_http_oauth_token_answer_t    answer;

    memset(fields, 0, sizeof(fields));
    memset(&rules, 0, sizeof(rules));
    memset(&answer, 0, sizeof(answer));

    json_array_foreach(json_object_get(entry, "token_fields"), i, field) {
        if (i < FIELDS_MAX) {
            fields[i] = json_string_value(field);
        }
    }

    CHECK_ROW(fields[0] != NULL && unit_of(entry, &rules.expires_unit) == 0,
              text(entry, "provider"));

    rules.token_fields = fields;
    rules.expires_field = text(entry, "expires_field");
    rules.lifetime.by_default = milliseconds(entry, "default_s", 300);
    rules.lifetime.min = 1000;
    rules.lifetime.max = max;

    body = json_dumps(json_object_get(entry, "answer"), 0);

    answer.status = 200;
    answer.body.data = (unsigned char *) body;
    answer.body.len = strlen(body);
    answer.now_wall = milliseconds(entry, "now", 0);

    ngx_http_oauth_token_response(&answer, &rules, result);

    free(body);
}


static void
test_entry(json_t *entry)
{
    int64_t                         want;
    const char                     *name;
    ngx_http_oauth_token_result_t   result;

    name = text(entry, "provider");
    want = milliseconds(entry, "lifetime_s", 0);

    run(entry, 3650 * DAY, &result);

    CHECK_ROW(result.outcome == NGX_HTTP_OAUTH_TOKEN_OK, name);
    CHECK_ROW(result.token != NULL
              && strcmp(result.token, text(entry, "token")) == 0,
              name);
    CHECK_ROW(want > 0 && result.lifetime == want, name);
    CHECK_ROWS(name);

    ngx_http_oauth_token_result_free(&result);

    run(entry, DAY, &result);

    if (want > DAY) {
        CHECK(result.outcome == NGX_HTTP_OAUTH_TOKEN_OK
              && result.lifetime == DAY,
              "cut to the maximum of a day");
    }

    ngx_http_oauth_token_result_free(&result);
}


int
main(int argc, char **argv)
{
    size_t       i;
    json_t      *entries, *entry;
    const char  *file;

    file = argc > 1 ? argv[1] : "t/data/providers.json";

    entries = json_load_file(file, JSON_REJECT_DUPLICATES, NULL);

    CHECK(json_array_size(entries) >= 67, file);

    json_array_foreach(entries, i, entry) {
        test_entry(entry);
    }

    json_decref(entries);

    return DONE();
}
