/*
 * What an nginx under valgrind does besides.  The linker makes it call
 * __wrap_ngx_setproctitle() in place of nginx's own function.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <sys/prctl.h>
#include <valgrind/valgrind.h>


void __real_ngx_setproctitle(char *title);
void __wrap_ngx_setproctitle(char *title);

static void leaks_are_wanted(void) __attribute__((destructor));


/*
 * A process under valgrind cannot change its command line, which the tests
 * read; the name of its thread it can.  That has 15 characters, so the words
 * that tell workers apart must come early.
 */

void
__wrap_ngx_setproctitle(char *title)
{
    const char  *name;

    __real_ngx_setproctitle(title);

    name = strstr(title, "shutting down") ? "shutting down" : title;
    (void) prctl(PR_SET_NAME, name);
}


/*
 * nginx gives back all its memory on a graceful QUIT only, see
 * tools/sanitize/hooks.c.
 */

static void
leaks_are_wanted(void)
{
    if (ngx_terminate || !(ngx_quit || ngx_exiting)) {
        VALGRIND_CLO_CHANGE("--leak-check=no");
    }
}
