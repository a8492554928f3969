
/* A value as a segment of a path. */

#include "check.h"
#include "ngx_http_oauth_token_segment.h"


#define BYTES(text)  text, sizeof(text) - 1


typedef struct {
    const char  *value;
    size_t       len;
    const char  *want;
    int          dots;
} segment_case_t;


static const segment_case_t  cases[] = {
    { BYTES(""), "", 0 },
    { BYTES("aZ09-._~"), "aZ09-._~", 0 },
    { BYTES("a/b"), "a%2Fb", 0 },
    { BYTES("../../a"), "..%2F..%2Fa", 0 },
    { BYTES("a?b=c&d;e#f"), "a%3Fb%3Dc%26d%3Be%23f", 0 },
    { BYTES("%2e%2e"), "%252e%252e", 0 },
    { BYTES("a b+c"), "a%20b%2Bc", 0 },
    { BYTES("\xc3\xa9\0\xff"), "%C3%A9%00%FF", 0 },
    { BYTES("a\r\nb\\"), "a%0D%0Ab%5C", 0 },
    { BYTES("."), ".", 1 },
    { BYTES(".."), "..", 1 },
    { BYTES("..."), "...", 0 },
    { BYTES(".a"), ".a", 0 }
};


static void
test_cases(void)
{
    size_t         i, len;
    unsigned char  dst[64];

    for (i = 0; i < COUNT(cases); i++) {
        len = ngx_http_oauth_token_segment_escape(NULL,
                          (const unsigned char *) cases[i].value,
                          cases[i].len);

        CHECK_ROW(len == strlen(cases[i].want), cases[i].want);
        CHECK_ROW(ngx_http_oauth_token_segment_escape(dst,
                          (const unsigned char *) cases[i].value,
                          cases[i].len) == len, cases[i].want);
        CHECK_ROW(memcmp(dst, cases[i].want, len) == 0, cases[i].want);
        CHECK_ROW(ngx_http_oauth_token_segment_dots(
                          (const unsigned char *) cases[i].value,
                          cases[i].len) == cases[i].dots, cases[i].want);
    }

    CHECK_ROWS("values as segments");
}


static void
test_bytes(void)
{
    int            c;
    unsigned char  byte, dst[3];

    for (c = 0; c < 256; c++) {
        byte = (unsigned char) c;

        if (ngx_http_oauth_token_segment_escape(dst, &byte, 1) == 1) {
            CHECK_ROW((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                      || (c >= '0' && c <= '9')
                      || (c != 0 && strchr("-._~", c)), "unreserved");

        } else {
            CHECK_ROW(dst[0] == '%' && strchr("0123456789ABCDEF", dst[1])
                      && strchr("0123456789ABCDEF", dst[2]), "escaped");
        }
    }

    CHECK_ROWS("no byte that ends a segment stays");
}


int
main(void)
{
    test_cases();
    test_bytes();

    return DONE();
}
