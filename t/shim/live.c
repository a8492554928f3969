
/*
 * A library to be loaded before all others: how many bytes each process has
 * from malloc() and has not given back.
 *
 * The file that OAUTH_TEST_LIVE names is memory that the test and nginx share:
 * a counter for each process, in the place that its pid has modulo SLOTS.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


#define SLOTS  4096

#define REAL(name)                                                            \
    static __typeof__(name)  *real;                                           \
                                                                              \
    if (real == NULL) {                                                       \
        *(void **) &real = dlsym(RTLD_NEXT, #name);                           \
    }


static int64_t  *counters;


__attribute__((constructor)) static void
begin(void)
{
    int          fd;
    void        *p;
    const char  *name;

    name = getenv("OAUTH_TEST_LIVE");

    if (name == NULL || strcmp(program_invocation_short_name, "nginx") != 0) {
        return;
    }

    fd = open(name, O_RDWR | O_CLOEXEC);

    if (fd == -1) {
        return;
    }

    p = mmap(NULL, SLOTS * sizeof(int64_t), PROT_READ | PROT_WRITE,
             MAP_SHARED, fd, 0);
    close(fd);

    if (p != MAP_FAILED) {
        counters = p;
    }
}


static void *
count(void *p, int sign)
{
    if (counters != NULL && p != NULL) {
        counters[getpid() % SLOTS] += sign * (int64_t) malloc_usable_size(p);
    }

    return p;
}


void *
malloc(size_t size)
{
    REAL(malloc);

    return count(real(size), 1);
}


void *
calloc(size_t n, size_t size)
{
    REAL(calloc);

    return count(real(n, size), 1);
}


void *
realloc(void *p, size_t size)
{
    void  *q;

    REAL(realloc);

    (void) count(p, -1);
    q = real(p, size);

    if (q == NULL && size != 0) {
        (void) count(p, 1);
    }

    return count(q, 1);
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    int  code;

    REAL(posix_memalign);

    code = real(p, alignment, size);

    if (code == 0) {
        (void) count(*p, 1);
    }

    return code;
}


void
free(void *p)
{
    REAL(free);

    real(count(p, -1));
}
