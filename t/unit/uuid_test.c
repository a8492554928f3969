
/*
 * UUIDs of several processes that come from one: none is made twice.
 */

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "ngx_http_oauth_token_form.h"


#define PROCESSES  8
#define EACH       125000
#define UUID       NGX_HTTP_OAUTH_TOKEN_UUID_LEN
#define ALL        ((size_t) PROCESSES * EACH)


static int
compare(const void *a, const void *b)
{
    return memcmp(a, b, UUID);
}


static void
make(int fd)
{
    int            i;
    unsigned char  uuid[UUID];
    FILE          *out;

    out = fdopen(fd, "w");

    if (out == NULL) {
        _exit(1);
    }

    for (i = 0; i < EACH; i++) {
        if (ngx_http_oauth_token_uuid(uuid) != 0
            || fwrite(uuid, UUID, 1, out) != 1)
        {
            _exit(1);
        }
    }

    _exit(fflush(out) == 0 ? 0 : 1);
}


int
main(void)
{
    int             i, fds[PROCESSES][2], status;
    size_t          n, repeats;
    unsigned char  *all, first[UUID];
    FILE           *in;

    /* the generator is seeded before there are others */

    (void) ngx_http_oauth_token_uuid(first);

    all = grab((size_t) ALL * UUID);

    for (i = 0; i < PROCESSES; i++) {
        if (pipe(fds[i]) == 0 && fork() == 0) {
            make(fds[i][1]);
        }

        close(fds[i][1]);
    }

    for (i = 0, n = 0; i < PROCESSES; i++) {
        in = fdopen(fds[i][0], "r");

        if (in == NULL) {
            abort();
        }

        n += fread(all + n * UUID, UUID, EACH, in);
        fclose(in);
    }

    while (wait(&status) > 0) {
        CHECK_ROW(status == 0, "a process");
    }

    CHECK(n == ALL, "a million of eight processes");

    qsort(all, n, UUID, compare);

    for (repeats = 0; n > 1; n--) {
        repeats += compare(all + (n - 1) * UUID, all + (n - 2) * UUID) == 0;
    }

    CHECK(repeats == 0, "[G12] none is there twice");
    CHECK_ROWS("all have ended well");

    free(all);

    return DONE();
}
