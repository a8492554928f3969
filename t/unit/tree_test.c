
/*
 * Bodies of token requests in JSON.
 */

#include <stdlib.h>

#include "check.h"
#include "ngx_http_oauth_token_json.h"
#include "ngx_http_oauth_token_secret.h"
#include "ngx_http_oauth_token_tree.h"


#define NAMES_MAX  8


/* every value is "v" */
static const struct {
    const char  *names[NAMES_MAX];
    const char  *want;              /* NULL: it is refused */
} trees[] = {
    { { NULL }, "{}" },
    { { "b", "a" }, "{\"b\":\"v\",\"a\":\"v\"}" },
    { { "a", "a" }, "{\"a\":\"v\"}" },
    { { "a.b", "c", "a.d" }, "{\"a\":{\"b\":\"v\",\"d\":\"v\"},\"c\":\"v\"}" },
    { { "a.b.c.d" }, "{\"a\":{\"b\":{\"c\":{\"d\":\"v\"}}}}" },
    { { "a.0", "a.1", "a.0" }, "{\"a\":[\"v\",\"v\"]}" },
    { { "a.0.b", "a.0.c", "a.1.b" },
      "{\"a\":[{\"b\":\"v\",\"c\":\"v\"},{\"b\":\"v\"}]}" },
    { { "a.0.0" }, "{\"a\":[[\"v\"]]}" },
    { { "0", "1.a" }, "{\"0\":\"v\",\"1\":{\"a\":\"v\"}}" },
    { { "a.0b", "a.00000" }, "{\"a\":{\"0b\":\"v\",\"00000\":\"v\"}}" },

    /* backslashes */
    { { "a\\.b" }, "{\"a.b\":\"v\"}" },
    { { "a\\.b.c" }, "{\"a.b\":{\"c\":\"v\"}}" },
    { { "a.\\0" }, "{\"a\":{\"0\":\"v\"}}" },
    { { "a\\\\.b" }, "{\"a\\\\\":{\"b\":\"v\"}}" },
    { { "a\\" }, "{\"a\\\\\":\"v\"}" },
    { { "\\" }, "{\"\\\\\":\"v\"}" },
    { { "\\." }, "{\".\":\"v\"}" },

    /* one after the other */
    { { "a", "a.b" }, NULL },
    { { "a.b", "a" }, NULL },
    { { "a.b", "a.0" }, NULL },
    { { "a.0", "a.b" }, NULL },
    { { "a.0", "a" }, NULL },
    { { "a.0", "a.0.b" }, NULL },
    { { "a.1" }, NULL },
    { { "a.0", "a.2" }, NULL },

    /* no names */
    { { "" }, NULL },
    { { "." }, NULL },
    { { ".a" }, NULL },
    { { "a." }, NULL },
    { { "a..b" }, NULL },
    { { "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p" },
      "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":{\"j\":"
      "{\"k\":{\"l\":{\"m\":{\"n\":{\"o\":{\"p\":\"v\"}}}}}}}}}}}}}}}}" },
    { { "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q" }, NULL },
    { { "\xff" }, NULL },
    { { "a.\xc3" }, NULL }
};


static void
test_trees(void)
{
    char                         *text, *copies[NAMES_MAX];
    size_t                        i, n, len;
    ngx_http_oauth_token_pair_t   pairs[NAMES_MAX];

    for (i = 0; i < COUNT(trees); i++) {

        for (n = 0; n < NAMES_MAX && trees[i].names[n] != NULL; n++) {

            /* of exactly this size, so that ASan watches its end */

            len = strlen(trees[i].names[n]);
            copies[n] = grab(len);
            memcpy(copies[n], trees[i].names[n], len);

            pairs[n].name = (unsigned char *) copies[n];
            pairs[n].name_len = len;
            pairs[n].value = (const unsigned char *) "v";
            pairs[n].value_len = 1;
        }

        text = ngx_http_oauth_token_tree_body(pairs, n, &len);

        if (trees[i].want == NULL) {
            CHECK_ROW(text == NULL, trees[i].names[0]);

        } else {
            CHECK_ROW(text != NULL && strcmp(text, trees[i].want) == 0
                      && len == strlen(text), trees[i].want);
        }

        ngx_http_oauth_token_secret_free(text);

        while (n > 0) {
            free(copies[--n]);
        }
    }

    CHECK_ROWS("names make up a body");
}


static void
test_values(void)
{
    char    *text;
    size_t   len;

    static const ngx_http_oauth_token_pair_t  good[] = {
        { (const unsigned char *) "n\xc3\xa4me&", 6,
          (const unsigned char *) "\"\\/=\n", 5 },
        { (const unsigned char *) "a", 1, (const unsigned char *) "", 0 }
    };
    static const ngx_http_oauth_token_pair_t  bad[] = {
        { (const unsigned char *) "a", 1, (const unsigned char *) "b", 1 },
        { (const unsigned char *) "c", 1, (const unsigned char *) "\xff", 1 }
    };

    text = ngx_http_oauth_token_tree_body(good, COUNT(good), &len);
    CHECK(text != NULL
          && strcmp(text, "{\"n\xc3\xa4me&\":\"\\\"\\\\/=\\n\",\"a\":\"\"}")
             == 0, "values are escaped");
    ngx_http_oauth_token_secret_free(text);

    CHECK(ngx_http_oauth_token_tree_body(bad, COUNT(bad), &len) == NULL,
          "a value that is not UTF-8 is refused");
}


/* of jansson's allocations this one, counted from 1, fails; 0: none */
static int  failing, allocated;


static void *
some_memory(size_t size)
{
    return ++allocated == failing ? NULL : malloc(size);
}


/* jansson itself leaves out a name when memory ends while it writes that */
static void
test_memory(void)
{
    char        *text;
    json_t      *object;
    size_t       len;
    const char  *whole = "{\"alg\":\"RS256\",\"kid\":\"k\",\"in\":{\"x\":[3]}}";

    json_set_alloc_funcs(some_memory, free);

    object = json_pack("{s:s, s:s, s:{s:[i]}}", "alg", "RS256", "kid", "k",
                       "in", "x", 3);

    for (failing = 1; failing == 1 || allocated >= failing - 1; failing++) {
        allocated = 0;
        text = ngx_http_oauth_token_json_dump(object, JSON_COMPACT, &len);

        CHECK_ROW(text == NULL
                  ? allocated >= failing
                  : strcmp(text, whole) == 0 && len == strlen(whole), whole);

        ngx_http_oauth_token_secret_free(text);
    }

    CHECK_ROWS("all of it, or nothing when memory is short");
    CHECK(failing > 2 && allocated < failing, "as every allocation fails");

    json_decref(object);
    json_set_alloc_funcs(malloc, free);
}


int
main(void)
{
    test_trees();
    test_values();
    test_memory();

    return DONE();
}
