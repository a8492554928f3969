
/*
 * Who has called: the module, or OpenSSL.  For t/shim/faults.c.
 */

#include <execinfo.h>
#include <link.h>


#define DEEP  200


/* files, by parts of their names */

enum { MODULE = 0, CRYPTO, SSL, OBJECTS };

static const char          *object[OBJECTS] = {
    "oauth_token_module", "libcrypto", "libssl"
};

static struct { uintptr_t from, to; }  code_of[OBJECTS];

/* the walk itself allocates */
static int                  walking;


/* finds the code of the module and of OpenSSL; first comes the program */

static int
find(struct dl_phdr_info *info, size_t size, void *data)
{
    int                i, n;
    const ElfW(Phdr)  *p;
    const int64_t     *place;

    (void) size;

    place = data;

    if (place[1] != 0 && code_of[MODULE].to == 0) {
        code_of[MODULE].from = info->dlpi_addr + (uintptr_t) place[0];
        code_of[MODULE].to = info->dlpi_addr + (uintptr_t) place[1];
    }

    for (n = 0; n < OBJECTS; n++) {
        if (code_of[n].to != 0 || strstr(info->dlpi_name, object[n]) == NULL) {
            continue;
        }

        for (i = 0; i < info->dlpi_phnum; i++) {
            p = &info->dlpi_phdr[i];

            if (p->p_type == PT_LOAD && (p->p_flags & PF_X)) {
                code_of[n].from = info->dlpi_addr + p->p_vaddr;
                code_of[n].to = code_of[n].from + p->p_memsz;
            }
        }
    }

    return 0;
}


static int
is_in(int n, void *address)
{
    return (uintptr_t) address >= code_of[n].from
           && (uintptr_t) address < code_of[n].to;
}


/* 1 if the module is among those that have called */

static int
inside(void)
{
    int    i, n;
    void  *at[DEEP];

    walking = 1;
    n = backtrace(at, DEEP);
    walking = 0;

    for (i = 0; i < n; i++) {
        if (is_in(MODULE, at[i])) {
            return 1;
        }
    }

    return 0;
}
