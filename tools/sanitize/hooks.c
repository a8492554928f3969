
/*
 * What AddressSanitizer asks the checked nginx for.
 *
 * nginx gives back all its memory on a graceful QUIT only.  After "nginx -t",
 * a wrong configuration or a TERM it leaves that to the kernel, and a leak
 * check would report nginx itself.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


int __lsan_is_turned_off(void);
const char *__lsan_default_suppressions(void);


int
__lsan_is_turned_off(void)
{
    return ngx_terminate || !(ngx_quit || ngx_exiting);
}


/*
 * What nginx does not free even then: the TLS session that it keeps for each
 * server of an upstream (made in a handshake, or by a ticket that is read later),
 * and the tables of connections.
 */

const char *
__lsan_default_suppressions(void)
{
    return "leak:ngx_ssl_handshake\nleak:ngx_ssl_recv\n"
           "leak:ngx_event_process_init\n";
}
