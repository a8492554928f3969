
/*
 * The encodings of a token request, against the vectors of the RFCs.
 */

#include <stdlib.h>

#include "check.h"
#include "ngx_http_oauth_token_form.h"


#define BYTES(text)  (const unsigned char *) (text), sizeof(text) - 1

#define PAIR(name, value)  { BYTES(name), BYTES(value) }


typedef size_t (*escape_pt)(unsigned char *dst, const unsigned char *src,
    size_t len);


typedef struct {
    escape_pt             escape;
    const unsigned char  *src;
    size_t                len;
    const char           *want;
} escape_case_t;


typedef struct {
    const unsigned char  *id;
    size_t                id_len;
    const unsigned char  *secret;
    size_t                secret_len;
    int                   urlencode;
    const char           *want;
} basic_case_t;


static const escape_case_t  escapes[] = {

    /* RFC 6749, appendix B */
    { ngx_http_oauth_token_form_escape,
      BYTES(" %&+\xc2\xa3\xe2\x82\xac"), "+%25%26%2B%C2%A3%E2%82%AC" },

    { ngx_http_oauth_token_form_escape, BYTES(""), "" },
    { ngx_http_oauth_token_form_escape, BYTES("aZ09*-._"), "aZ09*-._" },
    { ngx_http_oauth_token_form_escape, BYTES("~/:=\0\x7f\xff"),
      "%7E%2F%3A%3D%00%7F%FF" },
    { ngx_http_oauth_token_form_escape, BYTES("a\r\nb"), "a%0D%0Ab" },

    { ngx_http_oauth_token_query_escape, BYTES("/cs/api"), "/cs/api" },
    { ngx_http_oauth_token_query_escape, BYTES("accounts cards"),
      "accounts%20cards" },
    { ngx_http_oauth_token_query_escape, BYTES("/:?@!$'()*,-._~"),
      "/:?@!$'()*,-._~" },
    { ngx_http_oauth_token_query_escape, BYTES("&=+#%;\"<>\\^`{|}[]\0\xe9"),
      "%26%3D%2B%23%25%3B%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D%00%E9" },
    { ngx_http_oauth_token_query_escape, BYTES(" HTTP/1.1\r\n"),
      "%20HTTP/1.1%0D%0A" }
};


static const basic_case_t  basics[] = {

    /* RFC 6749, section 2.3.1 */
    { BYTES("s6BhdRkqt3"), BYTES("7Fjfp0ZBr1KtDRbnfVdmIw"), 0,
      "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3" },
    { BYTES("s6BhdRkqt3"), BYTES("7Fjfp0ZBr1KtDRbnfVdmIw"), 1,
      "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3" },

    /* RFC 7617, sections 2 and 2.1 */
    { BYTES("Aladdin"), BYTES("open sesame"), 0,
      "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
    { BYTES("test"), BYTES("123\xc2\xa3"), 0, "Basic dGVzdDoxMjPCow==" },

    /* "a%3Ab:%3D%2F%2B%25" */
    { BYTES("a:b"), BYTES("=/+%"), 1, "Basic YSUzQWI6JTNEJTJGJTJCJTI1" },
    { BYTES("ab"), BYTES("=/+%"), 0, "Basic YWI6PS8rJQ==" },

    { BYTES(""), BYTES(""), 0, "Basic Og==" },
    { BYTES("a"), BYTES(""), 0, "Basic YTo=" },
    { BYTES("a"), BYTES("b"), 0, "Basic YTpi" },
    { BYTES("\0"), BYTES("\xff"), 0, "Basic ADr/" }
};


static const ngx_http_oauth_token_pair_t  pairs[] = {
    PAIR("grant_type", "client_credentials"),
    PAIR("scope", "a b"),
    PAIR("n\xc3\xa4me&", "\"\\/=\n"),
    PAIR("empty", "")
};


/* writes into exactly as much memory as was announced, so that ASan watches */

static void
test_escapes(void)
{
    size_t                i, size, len;
    unsigned char        *dst;
    const escape_case_t  *c;

    for (i = 0; i < COUNT(escapes); i++) {
        c = &escapes[i];

        size = c->escape(NULL, c->src, c->len);
        dst = grab(size + 1);
        dst[size] = '\0';
        len = c->escape(dst, c->src, c->len);

        CHECK_ROW(size == len && len == strlen(c->want), c->want);
        CHECK_ROW(strcmp((char *) dst, c->want) == 0, c->want);

        free(dst);
    }

    CHECK_ROWS("[A2] form and query escaping");
}


static void
test_every_byte(void)
{
    int            c;
    size_t         form, query;
    unsigned char  byte;

    for (c = 0; c < 256; c++) {
        byte = (unsigned char) c;
        form = ngx_http_oauth_token_form_escape(NULL, &byte, 1);
        query = ngx_http_oauth_token_query_escape(NULL, &byte, 1);

        if (c != 0 && strchr("*-._", c) != NULL) {
            CHECK_ROW(form == 1 && query == 1, "marks");

        } else if (c < 0x21 || c > 0x7e) {
            CHECK_ROW(form == (c == ' ' ? 1 : 3) && query == 3, "controls");

        } else if (strchr("&=+#%;", c) != NULL) {
            CHECK_ROW(form == 3 && query == 3, "delimiters");
        }
    }

    CHECK_ROWS("no byte that ends a name or a value stays");
}


static void
test_basics(void)
{
    size_t               i, size, len;
    unsigned char       *dst;
    const basic_case_t  *c;

    for (i = 0; i < COUNT(basics); i++) {
        c = &basics[i];

        size = ngx_http_oauth_token_basic(NULL, c->id, c->id_len, c->secret,
                                          c->secret_len, c->urlencode);
        dst = grab(size);
        len = ngx_http_oauth_token_basic(dst, c->id, c->id_len, c->secret,
                                         c->secret_len, c->urlencode);

        CHECK_ROW(size == len && len == strlen(c->want), c->want);
        CHECK_ROW(memcmp(dst, c->want, len) == 0, c->want);

        free(dst);
    }

    CHECK_ROWS("[A2] Basic credentials");
}


static void
test_pairs(void)
{
    size_t         len;
    unsigned char  dst[256];

    static const char  form[] = "grant_type=client_credentials&scope=a+b&"
                                "n%C3%A4me%26=%22%5C%2F%3D%0A&empty=";
    static const char  query[] = "grant_type=client_credentials&scope=a%20b&"
                                 "n%C3%A4me%26=%22%5C/%3D%0A&empty=";

    len = ngx_http_oauth_token_form_body(dst, pairs, COUNT(pairs));
    CHECK(len == sizeof(form) - 1 && memcmp(dst, form, len) == 0,
          "a form body");
    CHECK(ngx_http_oauth_token_form_body(NULL, pairs, COUNT(pairs)) == len,
          "its length without a destination");

    len = ngx_http_oauth_token_query(dst, pairs, COUNT(pairs));
    CHECK(len == sizeof(query) - 1 && memcmp(dst, query, len) == 0,
          "a query string");

    CHECK(ngx_http_oauth_token_form_body(dst, pairs, 0) == 0,
          "no pairs, no bytes");
}


static void
test_charsets(void)
{
    int            c, name;
    unsigned char  byte;

    for (c = 0; c < 256; c++) {
        byte = (unsigned char) c;
        name = c > 0x20 && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;

        CHECK_ROW(ngx_http_oauth_token_visible(&byte, 1)
                  == (c >= 0x21 && c <= 0x7e), "token");
        CHECK_ROW(ngx_http_oauth_token_header_value(&byte, 1)
                  == (c >= 0x20 && c != 0x7f), "value");
        CHECK_ROW(ngx_http_oauth_token_header_name(&byte, 1) == name, "name");
        CHECK_ROW(ngx_http_oauth_token_scope_value(&byte, 1)
                  == (c >= 0x20 && c <= 0x7e && c != '"' && c != '\\'),
                  "scope");
    }

    CHECK_ROWS("every byte in a token, a header's value and name, a scope");

    CHECK(!ngx_http_oauth_token_visible(BYTES("")), "no empty token");
    CHECK(!ngx_http_oauth_token_visible(BYTES("a b")), "no blank in a token");
    CHECK(ngx_http_oauth_token_header_value(BYTES("")), "an empty value");
    CHECK(!ngx_http_oauth_token_header_value(BYTES("a\r\nEvil: 1")),
          "no second header in a value");
    CHECK(!ngx_http_oauth_token_header_name(BYTES("")), "no empty name");
    CHECK(ngx_http_oauth_token_header_name(BYTES("WM_SEC.ACCESS_TOKEN")),
          "a name with a dot and an underscore");
}


static void
test_uuid(void)
{
    size_t         i, j;
    unsigned char  uuid[1000][NGX_HTTP_OAUTH_TOKEN_UUID_LEN];

    for (i = 0; i < COUNT(uuid); i++) {
        CHECK_ROW(ngx_http_oauth_token_uuid(uuid[i]) == 0, "made");

        for (j = 0; j < NGX_HTTP_OAUTH_TOKEN_UUID_LEN; j++) {
            CHECK_ROW((j == 8 || j == 13 || j == 18 || j == 23)
                      ? uuid[i][j] == '-'
                      : strchr("0123456789abcdef", uuid[i][j]) != NULL,
                      "form");
        }

        CHECK_ROW(uuid[i][14] == '4', "version");
        CHECK_ROW(strchr("89ab", uuid[i][19]) != NULL, "variant");
        CHECK_ROW(i == 0 || memcmp(uuid[i], uuid[i - 1], sizeof(uuid[i])) != 0,
                  "new");
    }

    CHECK_ROWS("1000 UUIDs");
}


int
main(void)
{
    test_escapes();
    test_every_byte();
    test_basics();
    test_pairs();
    test_charsets();
    test_uuid();

    return DONE();
}
