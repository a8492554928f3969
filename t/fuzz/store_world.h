
/*
 * The world that the store lives in, for its fuzz target: processes that live
 * and die without being any, a clock that nobody waits for, and steps: every
 * load from and store to the memory of the store is one, and at any of them
 * something else may happen.
 *
 * The parts of the store are built with their system calls renamed to those
 * here, and with -fsanitize-coverage=trace-loads,trace-stores.
 */

#ifndef _STORE_WORLD_H_INCLUDED_
#define _STORE_WORLD_H_INCLUDED_


#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <time.h>

#include "fuzz.h"


#define PROCESSES  4


typedef struct {
    pid_t                 pid[PROCESSES];
    pid_t                 last_pid;
    unsigned              running;        /* which of them */
    int64_t               clock;          /* microseconds */

    const unsigned char  *memory;
    const unsigned char  *end;

    /* after so many steps it happens, 0: nothing does */
    unsigned              steps;
    void                (*happen)(void);
    jmp_buf               death;
} world_t;


static world_t  world;


int store_kill(pid_t pid, int signo);
pid_t store_getpid(void);
int store_clock_gettime(clockid_t id, struct timespec *ts);
int store_sched_yield(void);


int
store_kill(pid_t pid, int signo)
{
    unsigned  i;

    MUST(signo == 0);

    for (i = 0; i < PROCESSES; i++) {
        if (world.pid[i] == pid) {
            return 0;
        }
    }

    errno = ESRCH;
    return -1;
}


pid_t
store_getpid(void)
{
    return world.pid[world.running];
}


int
store_clock_gettime(clockid_t id, struct timespec *ts)
{
    (void) id;

    world.clock += 6000;

    ts->tv_sec = world.clock / 1000000;
    ts->tv_nsec = world.clock % 1000000 * 1000;

    return 0;
}


int
store_sched_yield(void)
{
    return 0;
}


static inline int
alive(int64_t pid)
{
    return store_kill((pid_t) pid, 0) == 0;
}


/* another process comes in the place of one that has died */

static inline void
replace_process(unsigned n)
{
    world.pid[n] = ++world.last_pid;
}


/* the running process is killed where it is */

static inline void
die(void)
{
    longjmp(world.death, 1);
}


static inline void
step(const void *addr)
{
    const unsigned char  *p = addr;

    if (world.steps > 0 && p >= world.memory && p < world.end
        && --world.steps == 0)
    {
        world.happen();
    }
}


#define STEPS(bytes)                                                          \
    void __sanitizer_cov_load##bytes(const void *addr);                       \
    void __sanitizer_cov_store##bytes(const void *addr);                      \
    void __sanitizer_cov_load##bytes(const void *addr) { step(addr); }        \
    void __sanitizer_cov_store##bytes(const void *addr) { step(addr); }

STEPS(1)
STEPS(2)
STEPS(4)
STEPS(8)
STEPS(16)


#endif /* _STORE_WORLD_H_INCLUDED_ */
