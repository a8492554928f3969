
/*
 * Clients whose requests are timed one by one, in microseconds:
 *
 *     clients PORT URI CONNECTIONS [INTERVAL SECONDS]
 *
 * Without an interval each of them connects, sends one request, and is done;
 * all do so at the same moment.  With one, in milliseconds, each sends a
 * request every so often over a connection that it keeps, for so long.
 *
 * Prints a line for each request: when it was due and when its answer was
 * whole, in microseconds since 1970, and its status; 0 when there was none.
 * A request that is due while the one before it waits counts from when it was
 * due, as what holds one client up would hold up all that come meanwhile.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define MOST      1000         /* clients */

/* at once from the kernel */
#define EVENTS    64

/* an answer of the upstream, or an error page of nginx */
#define ANSWER    16384

/* microseconds; longer than any gateway of these waits for its provider */
#define PATIENCE  (20 * 1000000)


typedef struct {
    int       fd;              /* -1: not connected */
    int       busy;
    int64_t   due;
    size_t    sent;
    size_t    got;
    char      answer[ANSWER + 1];
} client_t;


static client_t            clients[MOST];
static struct sockaddr_in  address;
static int                 epoll;

static char                request[1024];
static size_t              request_len;

static int                 nclients, once;
static int64_t             interval, over;


static int64_t
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


static void
hang_up(client_t *c)
{
    if (c->fd != -1) {
        close(c->fd);
        c->fd = -1;
    }
}


static void
done(client_t *c, int status)
{
    printf("%lld %lld %d\n", (long long) c->due, (long long) now(), status);

    if (status == 0 || once || strcasestr(c->answer, "\nConnection: close")) {
        hang_up(c);
    }

    c->busy = 0;
    c->due = once ? over : c->due + interval;
}


/* the status of an answer that is whole; 0: it is not */

static int
status(client_t *c)
{
    char    *head, *length;
    size_t   body, wanted;

    c->answer[c->got] = '\0';

    head = strstr(c->answer, "\r\n\r\n");

    if (head == NULL) {
        return 0;
    }

    body = c->got - (size_t) (head + 4 - c->answer);
    length = strcasestr(c->answer, "\nContent-Length:");

    if (length == NULL || length > head) {

        /* in chunks, of which the last is empty */

        return body >= 5 && memcmp(c->answer + c->got - 5, "0\r\n\r\n", 5) == 0
               ? atoi(c->answer + sizeof("HTTP/1.1")) : 0;
    }

    wanted = (size_t) atol(length + sizeof("\nContent-Length:") - 1);

    return body >= wanted ? atoi(c->answer + sizeof("HTTP/1.1")) : 0;
}


static void
dial(client_t *c)
{
    int                 on = 1;
    struct epoll_event  event;

    c->fd = socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0);

    event.events = EPOLLIN|EPOLLOUT|EPOLLRDHUP|EPOLLET;
    event.data.ptr = c;

    if (c->fd == -1 || epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) == -1) {
        perror("clients");
        exit(2);
    }

    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    /* an error shows when it is written */

    (void) connect(c->fd, (struct sockaddr *) &address, sizeof(address));
}


static void
write_on(client_t *c)
{
    ssize_t  n;

    n = send(c->fd, request + c->sent, request_len - c->sent, MSG_NOSIGNAL);

    if (n >= 0) {
        c->sent += (size_t) n;

    } else if (errno != EAGAIN) {
        done(c, 0);
    }
}


/* until there is no more, or the answer is whole */

static void
read_on(client_t *c)
{
    int      code;
    ssize_t  n;

    while (c->busy) {
        n = recv(c->fd, c->answer + c->got, ANSWER - c->got, 0);

        if (n < 0 && errno == EAGAIN) {
            return;
        }

        if (n <= 0) {
            done(c, 0);
            return;
        }

        c->got += (size_t) n;
        code = status(c);

        if (code || c->got == ANSWER) {
            done(c, code);
        }
    }
}


static void
begin(client_t *c)
{
    c->busy = 1;
    c->sent = 0;
    c->got = 0;

    if (c->fd == -1) {
        dial(c);
    }

    write_on(c);
}


/* begins what is due; returns when the next one is, or 0: none will be */

static int64_t
begin_due(void)
{
    int        i;
    int64_t    next, at, t;
    client_t  *c;

    next = 0;
    t = now();

    for (i = 0; i < nclients; i++) {
        c = &clients[i];

        if (c->busy && t > c->due + PATIENCE) {
            done(c, 0);
        }

        if (!c->busy && c->due <= t && c->due < over) {
            begin(c);
        }

        at = c->busy ? c->due + PATIENCE + 1 : c->due;

        if ((c->busy || at < over) && (next == 0 || at < next)) {
            next = at;
        }
    }

    return next;
}


static void
step(int64_t next)
{
    int                 i, n;
    int64_t             left;
    client_t           *c;
    struct timespec     ts;
    struct epoll_event  events[EVENTS];

    left = next - now();
    left = left > 0 ? left : 0;

    ts.tv_sec = left / 1000000;
    ts.tv_nsec = left % 1000000 * 1000;

    n = epoll_pwait2(epoll, events, EVENTS, &ts, NULL);

    for (i = 0; i < n; i++) {
        c = events[i].data.ptr;

        if (!c->busy) {

            /* of a connection that is kept: the server has closed it */

            if (events[i].events & (EPOLLHUP|EPOLLRDHUP|EPOLLERR)) {
                hang_up(c);
            }

            continue;
        }

        if (c->sent < request_len) {
            write_on(c);
        }

        read_on(c);
    }
}


int
main(int argc, char **argv)
{
    int      i;
    int64_t  start, next;

    if (argc != 4 && argc != 6) {
        return 2;
    }

    once = argc == 4;
    nclients = atoi(argv[3]);
    interval = once ? 0 : (int64_t) (atof(argv[4]) * 1000);

    epoll = epoll_create1(0);

    if (nclients < 1 || nclients > MOST || epoll == -1) {
        return 2;
    }

    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t) atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    request_len = (size_t) snprintf(request, sizeof(request),
                                    "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                                    "%s\r\n", argv[2],
                                    once ? "Connection: close\r\n" : "");

    /* the kernel may be 50 us late otherwise */

    prctl(PR_SET_TIMERSLACK, 1);

    start = now();
    over = once ? start + 1 : start + (int64_t) (atof(argv[5]) * 1000000);

    for (i = 0; i < nclients; i++) {
        clients[i].fd = -1;
        clients[i].due = start + i * interval / nclients;
    }

    while ((next = begin_due()) != 0) {
        step(next);
    }

    return 0;
}
