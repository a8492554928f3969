
/*
 * Digests over lists of texts: lists that make the same text when their texts
 * are joined are told apart.
 */

#include <stdint.h>

#include "check.h"
#include "ngx_http_oauth_token_digest.h"


#define PAIRS   1000000

/* short texts of few letters, so that much comes out the same */
#define FIELDS  5
#define LENGTH  4


typedef struct {
    char        text[FIELDS * LENGTH + 1];
    size_t      ends[FIELDS];
    unsigned    n;
} list_t;


static uint32_t
below(uint32_t most)
{
    static uint64_t  x = 88172645463325252;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;

    return (uint32_t) (x % most);
}


static void
make(list_t *list)
{
    size_t    len;
    unsigned  i;

    len = below(FIELDS * LENGTH) + 1;

    for (i = 0; i < len; i++) {
        list->text[i] = "aAb "[below(4)];
    }

    list->text[len] = '\0';
}


/* cuts the text at random places, of which some are the same */

static void
cut(list_t *list)
{
    size_t    at, len;
    unsigned  i;

    len = strlen(list->text);
    at = 0;

    list->n = below(FIELDS) + 1;

    for (i = 0; i + 1 < list->n; i++) {
        at += below((uint32_t) (len - at) + 1);
        list->ends[i] = at;
    }

    list->ends[list->n - 1] = len;
}


static void
digest(EVP_MD_CTX *md, list_t *list, unsigned char *dst)
{
    size_t    at;
    unsigned  i;

    (void) EVP_DigestInit_ex(md, EVP_sha256(), NULL);

    for (at = 0, i = 0; i < list->n; at = list->ends[i++]) {
        (void) ngx_http_oauth_token_digest_bytes(md, list->text + at,
                                                 list->ends[i] - at);
    }

    (void) EVP_DigestFinal_ex(md, dst, NULL);
}


static void
test_pairs(EVP_MD_CTX *md)
{
    int            same;
    list_t         a, b;
    unsigned       i, equal;
    unsigned char  da[EVP_MAX_MD_SIZE], db[EVP_MAX_MD_SIZE];

    equal = 0;

    for (i = 0; i < PAIRS; i++) {
        make(&a);
        b = a;

        if (i % 4 == 0) {
            make(&b);
        }

        cut(&a);
        cut(&b);

        digest(md, &a, da);
        digest(md, &b, db);

        same = a.n == b.n && strcmp(a.text, b.text) == 0
               && memcmp(a.ends, b.ends, a.n * sizeof(size_t)) == 0;
        equal += same;

        CHECK_ROW((memcmp(da, db, 32) == 0) == same, a.text);
    }

    CHECK_ROWS("[F1] a million pairs of lists: equal digests for equal lists");
    CHECK(equal > PAIRS / 100 && equal < PAIRS / 2, "of which some are equal");
}


static void
test_same(EVP_MD_CTX *md)
{
    unsigned char  da[EVP_MAX_MD_SIZE], db[EVP_MAX_MD_SIZE];

    (void) EVP_DigestInit_ex(md, EVP_sha256(), NULL);
    (void) ngx_http_oauth_token_digest_text(md, "text");
    (void) EVP_DigestFinal_ex(md, da, NULL);

    (void) EVP_DigestInit_ex(md, EVP_sha256(), NULL);
    (void) ngx_http_oauth_token_digest_bytes(md, "text", 4);
    (void) EVP_DigestFinal_ex(md, db, NULL);

    CHECK(memcmp(da, db, 32) == 0, "a text counts without its NUL");
}


int
main(void)
{
    EVP_MD_CTX  *md;

    md = EVP_MD_CTX_new();

    test_pairs(md);
    test_same(md);

    EVP_MD_CTX_free(md);

    return DONE();
}
