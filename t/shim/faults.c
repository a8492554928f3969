
/*
 * A library to be loaded before all others: calls of the system fail when the
 * test says so.
 *
 * The file that OAUTH_TEST_FAULTS names holds a control_t, and is memory that
 * the test and nginx share (OAuth::Test::Faults writes it).  A rule is for one
 * kind of calls, in the process that the test names, or in any nginx:
 *
 *   first, width   calls number first, first + 1, ... fail, so many of them
 *   every          each call fails whose number this divides
 *   code           what errno is then; 0: one byte is read or written
 *   inside         only calls count that the module has caused; 2: and not
 *                  OpenSSL for it
 *
 * A worker waits for edges: one that is told "not now", or does less than it
 * wanted, will not be told again what it could have done.  So its events are
 * armed once more.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>


#define FILES  4096
#define ANY    (-1)

#define EXPORT  __attribute__((visibility("default")))


/* the order is that of OAuth::Test::Faults */

enum {
    MEMORY = 0,
    OPEN,
    SOCKET,
    CONNECT,
    ACCEPT,
    RECEIVE,
    SEND,
    WAIT,
    KINDS
};


typedef struct {
    int64_t   first;
    int64_t   width;
    int64_t   every;
    int64_t   code;
    int64_t   inside;
    int64_t   seen;
    int64_t   failed;
} rule_t;


typedef struct {
    int64_t   pid;

    /* where the module is in the program; 0: it is a file of its own */
    int64_t   from;
    int64_t   to;

    rule_t    rules[KINDS];

    /* what the last call that failed was called by */
    char      caller[128];
} control_t;


static control_t           *control;
static int                  poll_of[FILES];
static struct epoll_event   event_of[FILES];


#include "inside.h"


#define REAL(name)                                                            \
    static __typeof__(name)  *real;                                           \
                                                                              \
    if (real == NULL) {                                                       \
        *(void **) &real = dlsym(RTLD_NEXT, #name);                           \
    }


__attribute__((constructor)) static void
begin(void)
{
    int          fd;
    void        *p;
    const char  *name;

    name = getenv("OAUTH_TEST_FAULTS");

    if (name == NULL || strcmp(program_invocation_short_name, "nginx") != 0) {
        return;
    }

    fd = open(name, O_RDWR | O_CLOEXEC);

    if (fd == -1) {
        return;
    }

    p = mmap(NULL, sizeof(control_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
             0);
    close(fd);

    if (p != MAP_FAILED) {
        control = p;
    }
}


/* 1 if the rule is for calls like this one */

static int
counts(const rule_t *rule, void *address)
{
    if (rule->inside == 0) {
        return 1;
    }

    /* until the module is there */

    if (code_of[MODULE].to == 0) {
        walking = 1;
        (void) dl_iterate_phdr(find, &control->from);
        walking = 0;
    }

    return !(rule->inside == 2 && (is_in(CRYPTO, address)
                                   || is_in(SSL, address)))
           && code_of[MODULE].to != 0 && inside();
}


/* "FILE FUNCTION" of the code that has called, or its place in the file */

static void
tell_caller(void *address)
{
    char         place[32];
    Dl_info      info;
    const char  *name;

    if (dladdr(address, &info) == 0) {
        strcpy(control->caller, "?");
        return;
    }

    name = strrchr(info.dli_fname, '/');

    (void) snprintf(place, sizeof(place), "%#lx",
                    (unsigned long) ((char *) address
                                     - (char *) info.dli_fbase));

    (void) snprintf(control->caller, sizeof(control->caller), "%s %s",
                    name != NULL ? name + 1 : info.dli_fname,
                    info.dli_sname != NULL ? info.dli_sname : place);
}


/* 1 if this call is to fail */

static int
fails(int kind, void *address)
{
    int64_t   n;
    rule_t   *rule;

    if (control == NULL || control->pid == 0 || walking
        || (control->pid != ANY && control->pid != getpid()))
    {
        return 0;
    }

    rule = &control->rules[kind];

    if (!counts(rule, address)) {
        return 0;
    }

    n = __atomic_add_fetch(&rule->seen, 1, __ATOMIC_RELAXED);

    if ((rule->first == 0 || n < rule->first || n >= rule->first + rule->width)
        && (rule->every == 0 || n % rule->every != 0))
    {
        return 0;
    }

    __atomic_add_fetch(&rule->failed, 1, __ATOMIC_RELAXED);
    tell_caller(address);
    errno = (int) rule->code;

    return 1;
}


static int
is_socket(int fd)
{
    int          code;
    struct stat  st;

    code = errno;

    if (control == NULL || fstat(fd, &st) != 0) {
        errno = code;
        return 0;
    }

    errno = code;

    return S_ISSOCK(st.st_mode);
}


#define FAILS(kind)  fails(kind, __builtin_return_address(0))


/* a function of the C library that fails, or is the real one */

#define CALL(type, name, kind, failure, arguments, values)                    \
                                                                              \
    EXPORT type                                                               \
    name arguments                                                            \
    {                                                                         \
        REAL(name);                                                           \
                                                                              \
        return FAILS(kind) ? (failure) : real values;                         \
    }


CALL(void *, malloc, MEMORY, NULL, (size_t size), (size))
CALL(void *, calloc, MEMORY, NULL, (size_t n, size_t size), (n, size))
CALL(void *, realloc, MEMORY, NULL, (void *p, size_t size), (p, size))
CALL(int, posix_memalign, MEMORY, ENOMEM,
     (void **p, size_t alignment, size_t size), (p, alignment, size))
CALL(int, socket, SOCKET, -1, (int domain, int type, int protocol),
     (domain, type, protocol))
CALL(int, connect, CONNECT, -1,
     (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
CALL(int, accept4, ACCEPT, -1,
     (int fd, struct sockaddr *from, socklen_t *len, int flags),
     (fd, from, len, flags))
CALL(int, epoll_wait, WAIT, -1,
     (int poll, struct epoll_event *events, int n, int timeout),
     (poll, events, n, timeout))


EXPORT int
open(const char *path, int flags, ...)
{
    mode_t   mode;
    va_list  args;

    REAL(open);

    va_start(args, flags);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): the line above */
    mode = (flags & O_CREAT) ? va_arg(args, mode_t) : 0;
    va_end(args);

    return FAILS(OPEN) ? -1 : real(path, flags, mode);
}


EXPORT int
open64(const char *path, int flags, ...)
{
    mode_t   mode;
    va_list  args;

    REAL(open64);

    va_start(args, flags);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): the line above */
    mode = (flags & O_CREAT) ? va_arg(args, mode_t) : 0;
    va_end(args);

    return FAILS(OPEN) ? -1 : real(path, flags, mode);
}


EXPORT int
epoll_ctl(int poll, int op, int fd, struct epoll_event *event)
{
    REAL(epoll_ctl);

    if (control != NULL && fd >= 0 && fd < FILES) {
        poll_of[fd] = op == EPOLL_CTL_DEL ? 0 : poll;

        if (event != NULL) {
            event_of[fd] = *event;
        }
    }

    return real(poll, op, fd, event);
}


static void
arm_again(int fd)
{
    int  code;

    code = errno;

    if (fd < FILES && poll_of[fd] != 0) {
        (void) epoll_ctl(poll_of[fd], EPOLL_CTL_MOD, fd, &event_of[fd]);
    }

    errno = code;
}


/* -1: it fails; otherwise the size that is to be read or written */

static ssize_t
cut(int kind, int fd, size_t size, void *address)
{
    if (!is_socket(fd) || !fails(kind, address)) {
        return (ssize_t) size;
    }

    if (errno == 0) {
        arm_again(fd);
        return size > 1 ? 1 : (ssize_t) size;
    }

    if (errno == EAGAIN || errno == EINTR) {
        arm_again(fd);
    }

    return -1;
}


#define CUT(kind, size)  cut(kind, fd, size, __builtin_return_address(0))


/* a function that reads or writes bytes, or some of them, or fails */

#define MOVE(name, kind, arguments, values)                                   \
                                                                              \
    EXPORT ssize_t                                                            \
    name arguments                                                            \
    {                                                                         \
        ssize_t  n;                                                           \
                                                                              \
        REAL(name);                                                           \
                                                                              \
        n = CUT(kind, size);                                                  \
                                                                              \
        return n == -1 ? -1 : real values;                                    \
    }


MOVE(recv, RECEIVE, (int fd, void *data, size_t size, int flags),
     (fd, data, (size_t) n, flags))
MOVE(read, RECEIVE, (int fd, void *data, size_t size), (fd, data, (size_t) n))
MOVE(send, SEND, (int fd, const void *data, size_t size, int flags),
     (fd, data, (size_t) n, flags))
MOVE(write, SEND, (int fd, const void *data, size_t size),
     (fd, data, (size_t) n))


/* the same with parts in memory: all of them, or a byte of the first */

#define MOVE_PARTS(name, kind)                                                \
                                                                              \
    EXPORT ssize_t                                                            \
    name(int fd, const struct iovec *part, int parts)                         \
    {                                                                         \
        ssize_t       n;                                                      \
        struct iovec  one;                                                    \
                                                                              \
        REAL(name);                                                           \
                                                                              \
        n = CUT(kind, 2);                                                     \
                                                                              \
        if (n == 1 && parts > 0) {                                            \
            one = *part;                                                      \
            one.iov_len = one.iov_len > 0;                                    \
            return real(fd, &one, 1);                                         \
        }                                                                     \
                                                                              \
        return n == -1 ? -1 : real(fd, part, parts);                          \
    }


MOVE_PARTS(readv, RECEIVE)
MOVE_PARTS(writev, SEND)
