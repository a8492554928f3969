
/*
 * The smallest harness that speaks TAP: CHECK() for one claim, CHECK_ROW() for
 * each row of a table and CHECK_ROWS() after the table, DONE() at the end.
 */

#ifndef _CHECK_H_INCLUDED_
#define _CHECK_H_INCLUDED_


#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int  check_n;
static int  check_failed;
static int  check_rows_failed;


#define CHECK(claim, name)                                                    \
    check((claim) ? 1 : 0, name, __FILE__, __LINE__)

/* rows of a table count into the one line that CHECK_ROWS() prints */
#define CHECK_ROW(claim, name)                                                \
    do {                                                                      \
        if (!(claim)) {                                                       \
            check_rows_failed++;                                              \
            printf("# row \"%s\": %s, line %d\n", name, #claim, __LINE__);    \
        }                                                                     \
    } while (0)

#define CHECK_ROWS(name)                                                      \
    check(check_rows_failed == 0, name, __FILE__, __LINE__)

/* the exit code of main() */
#define DONE()                                                                \
    (printf("1..%d\n", check_n), check_failed == 0 && check_n > 0 ? 0 : 1)

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))


static inline void
check(int ok, const char *name, const char *file, int line)
{
    printf("%s %d - %s\n", ok ? "ok" : "not ok", ++check_n, name);

    check_rows_failed = 0;

    if (!ok) {
        check_failed++;
        printf("# %s, line %d\n", file, line);
    }
}


/* memory of just that size, so that ASan watches its end; for free() */

static inline void *
grab(size_t size)
{
    void  *p;

    p = malloc(size > 0 ? size : 1);

    if (p == NULL) {
        abort();
    }

    return p;
}


#endif /* _CHECK_H_INCLUDED_ */
