
/*
 * Memory for secrets: blocks of all sizes, wiped, used again, not in core
 * files.  As it is without the sanitizers, which get blocks of malloc().
 */

#define NGX_HTTP_OAUTH_TOKEN_SECRET_CHECKED  0

#define ngx_http_oauth_token_secret_alloc  tested_alloc
#define ngx_http_oauth_token_secret_free   tested_free
#define ngx_http_oauth_token_secret_hide   tested_hide
#define ngx_http_oauth_token_secret_flush  tested_flush
#define ngx_http_oauth_token_secret_scrub  tested_scrub

/* its functions have other names here, beside those of the whole program */
/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "../../src/ngx_http_oauth_token_secret.c"

#include "check.h"


#define BLOCKS  1000
#define LARGE   200000


/* whether a core file has the mapping of an address; -1: it is in none */

static int
dumped(void *p)
{
    int         found;
    char        line[512];
    FILE       *f;
    uintptr_t   start, end;

    found = -1;
    f = fopen("/proc/self/smaps", "r");

    while (f && fgets(line, sizeof(line), f)) {

        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            found = (uintptr_t) p >= start && (uintptr_t) p < end ? 1 : -1;

        } else if (found == 1 && strncmp(line, "VmFlags:", 8) == 0) {
            found = strstr(line, " dd") == NULL;
            break;
        }
    }

    if (f) {
        fclose(f);
    }

    return found;
}


static unsigned char *
take(size_t size)
{
    void  *p;

    p = tested_alloc(size);

    if (p == NULL) {
        abort();
    }

    return p;
}


static void
test_sizes(void)
{
    size_t          size;
    unsigned char  *p, *q;

    for (size = 0; size < LARGE; size = size * 3 / 2 + 1) {
        p = take(size);
        q = take(size);

        memset(p, 'p', size);
        memset(q, 'q', size);

        CHECK_ROW(((uintptr_t) p | (uintptr_t) q) % 16 == 0, "aligned");
        CHECK_ROW(p + size <= q || q + size <= p, "apart");
        CHECK_ROW(size == 0 || (p[0] == 'p' && p[size - 1] == 'p'), "kept");
        CHECK_ROW(dumped(p) == 0 && dumped(q) == 0, "in no core file");

        tested_free(p);
        tested_free(q);
    }

    CHECK_ROWS("[G4] blocks of all sizes");

    tested_free(NULL);
}


static void
test_wiped(void)
{
    size_t          i;
    unsigned char  *p, *q;

    p = take(1000);
    memset(p, 's', 1000);
    tested_free(p);

    for (i = 0; i < 1000; i++) {
        CHECK_ROW(p[i] == 0, "a byte");
    }

    CHECK_ROWS("[G5] what is given back is wiped");

    q = take(990);

    CHECK(q == p, "and used again");

    tested_free(q);
}


static void
test_many(void)
{
    size_t          i, n, len;
    unsigned char  *p[BLOCKS];

    for (n = 0; n < 3; n++) {
        for (i = 0; i < BLOCKS; i++) {
            len = 1 + (i * 37 + n) % 3000;
            p[i] = take(len);
            memset(p[i], (int) i, len);
        }

        for (i = 0; i < BLOCKS; i++) {
            len = 1 + (i * 37 + n) % 3000;
            CHECK_ROW(p[i][0] == (unsigned char) i
                      && p[i][len - 1] == (unsigned char) i, "a block");
        }

        for (i = 0; i < BLOCKS; i++) {
            tested_free(p[(i * 7) % BLOCKS]);
        }
    }

    CHECK_ROWS("a thousand at a time");
}


static void
test_hide(void)
{
    unsigned char  *p;

    p = mmap(NULL, 12288, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1,
             0);

    CHECK(dumped(p + 5000) == 1, "memory of somebody else");

    tested_hide(p + 5000, 10);

    CHECK(dumped(p + 5000) == 0, "[G4] hidden");

    munmap(p, 12288);
    tested_flush();
}


int
main(void)
{
    test_sizes();
    test_wiped();
    test_many();
    test_hide();

    return DONE();
}
