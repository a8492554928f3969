
/*
 * Row 0: memory for secrets and tokens.  See the header.
 */

#define _GNU_SOURCE

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#include "ngx_http_oauth_token_secret.h"


/* what is mapped at once, bytes: more than all providers' tokens need */
#define NGX_HTTP_OAUTH_TOKEN_SECRET_CHUNK    262144

/* sizes of blocks, head included: 64, 128, ... bytes to that of a chunk */
#define NGX_HTTP_OAUTH_TOKEN_SECRET_LEAST    64
#define NGX_HTTP_OAUTH_TOKEN_SECRET_CLASSES  13

/* beyond this, bytes, all copies are made alike */
#define NGX_HTTP_OAUTH_TOKEN_SECRET_FLUSH    4096

/*
 * malloc() has lists by size of up to so many bytes, with about so many blocks
 * each; larger ones it takes from wherever there is room.
 */
#define NGX_HTTP_OAUTH_TOKEN_SECRET_SMALL    1040
#define NGX_HTTP_OAUTH_TOKEN_SECRET_EACH     8
#define NGX_HTTP_OAUTH_TOKEN_SECRET_BIG      16384


/* in front of what the caller gets; as long as malloc() aligns */
typedef struct ngx_http_oauth_token_secret_s {
    size_t                                 size;    /* of the caller's */
    struct ngx_http_oauth_token_secret_s  *next;    /* of the free ones */
} ngx_http_oauth_token_secret_t;


static unsigned ngx_http_oauth_token_secret_class(size_t size);
static ngx_http_oauth_token_secret_t *ngx_http_oauth_token_secret_carve(
    size_t size);
static void *ngx_http_oauth_token_secret_map(size_t size);


#if defined(NGX_HTTP_OAUTH_TOKEN_SECRET_CHECKED)
#elif defined(__SANITIZE_ADDRESS__)
#define NGX_HTTP_OAUTH_TOKEN_SECRET_CHECKED  1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NGX_HTTP_OAUTH_TOKEN_SECRET_CHECKED  1
#endif
#endif

#ifndef NGX_HTTP_OAUTH_TOKEN_SECRET_CHECKED
#define NGX_HTTP_OAUTH_TOKEN_SECRET_CHECKED  0
#endif


static ngx_http_oauth_token_secret_t
    *ngx_http_oauth_token_secret_free_blocks[
        NGX_HTTP_OAUTH_TOKEN_SECRET_CLASSES];

/* what is left of the last chunk */
static unsigned char  *ngx_http_oauth_token_secret_room;
static size_t          ngx_http_oauth_token_secret_left;


void *
ngx_http_oauth_token_secret_alloc(size_t size)
{
    unsigned                         class;
    ngx_http_oauth_token_secret_t   *block, **list;

    class = ngx_http_oauth_token_secret_class(size);

    if (class < NGX_HTTP_OAUTH_TOKEN_SECRET_CLASSES) {
        list = &ngx_http_oauth_token_secret_free_blocks[class];
        block = *list;

        if (block != NULL) {
            *list = block->next;

        } else {
            block = ngx_http_oauth_token_secret_carve(
                        (size_t) NGX_HTTP_OAUTH_TOKEN_SECRET_LEAST << class);
        }

    } else {
        block = ngx_http_oauth_token_secret_map(size
                                      + sizeof(ngx_http_oauth_token_secret_t));
    }

    if (block == NULL) {
        return NULL;
    }

    block->size = size;

    return block + 1;
}


void
ngx_http_oauth_token_secret_free(void *p)
{
    unsigned                         class;
    ngx_http_oauth_token_secret_t   *block, **list;

    if (p == NULL) {
        return;
    }

    block = (ngx_http_oauth_token_secret_t *) p - 1;

    explicit_bzero(p, block->size);

    class = ngx_http_oauth_token_secret_class(block->size);

    if (class >= NGX_HTTP_OAUTH_TOKEN_SECRET_CLASSES) {
        (void) munmap(block, block->size
                             + sizeof(ngx_http_oauth_token_secret_t));
        return;
    }

    if (NGX_HTTP_OAUTH_TOKEN_SECRET_CHECKED) {
        free(block);
        return;
    }

    list = &ngx_http_oauth_token_secret_free_blocks[class];

    block->next = *list;
    *list = block;
}


/* the smallest size that has room for it and its head */

static unsigned
ngx_http_oauth_token_secret_class(size_t size)
{
    size_t  n;

    n = (size + sizeof(ngx_http_oauth_token_secret_t) - 1)
        / NGX_HTTP_OAUTH_TOKEN_SECRET_LEAST;

    return n == 0 ? 0 : 64 - (unsigned) __builtin_clzll(n);
}


static ngx_http_oauth_token_secret_t *
ngx_http_oauth_token_secret_carve(size_t size)
{
    void           *chunk;
    unsigned char  *block;

    if (NGX_HTTP_OAUTH_TOKEN_SECRET_CHECKED) {

        /* whoever looks at memory sees each block by itself */
        return malloc(size);
    }

    if (ngx_http_oauth_token_secret_left < size) {
        chunk = ngx_http_oauth_token_secret_map(
                    NGX_HTTP_OAUTH_TOKEN_SECRET_CHUNK);

        if (chunk == NULL) {
            return NULL;
        }

        ngx_http_oauth_token_secret_room = chunk;
        ngx_http_oauth_token_secret_left = NGX_HTTP_OAUTH_TOKEN_SECRET_CHUNK;
    }

    block = ngx_http_oauth_token_secret_room;

    ngx_http_oauth_token_secret_room += size;
    ngx_http_oauth_token_secret_left -= size;

    return (ngx_http_oauth_token_secret_t *) (void *) block;
}


static void *
ngx_http_oauth_token_secret_map(size_t size)
{
    void  *p;

    p = mmap(NULL, size, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1,
             0);

    if (p == MAP_FAILED) {
        return NULL;
    }

    ngx_http_oauth_token_secret_hide(p, size);

    return p;
}


void
ngx_http_oauth_token_secret_hide(void *p, size_t len)
{
    size_t  page, skip;

    page = (size_t) sysconf(_SC_PAGESIZE);
    skip = (size_t) ((uintptr_t) p % page);

    /* of no consequence where it is not known */

    (void) madvise((unsigned char *) p - skip, len + skip, MADV_DONTDUMP);
}


/*
 * A copy of nothing, by the same functions: which registers a size takes is
 * their affair, so there is one of each.
 */

void
ngx_http_oauth_token_secret_flush(void)
{
    size_t  n;

    static void         *(*volatile copy)(void *, const void *, size_t)
                                                                     = memcpy;
    static unsigned char  zero[NGX_HTTP_OAUTH_TOKEN_SECRET_FLUSH];
    static unsigned char  dst[NGX_HTTP_OAUTH_TOKEN_SECRET_FLUSH];

    for (n = 1; n <= sizeof(zero); n *= 2) {
        (void) copy(dst, zero, n);
    }
}


void
ngx_http_oauth_token_secret_scrub(void)
{
    size_t   size, n, max;
    void   **block, **list;

    list = NULL;
    max = NGX_HTTP_OAUTH_TOKEN_SECRET_SMALL;

    for (size = sizeof(void *); size <= max; size += sizeof(void *)) {

        for (n = 0; n < NGX_HTTP_OAUTH_TOKEN_SECRET_EACH; n++) {

            /* the last ones are large: they take what has grown together */

            block = malloc(size < max ? size
                                      : NGX_HTTP_OAUTH_TOKEN_SECRET_BIG);
            if (block == NULL) {
                break;
            }

            explicit_bzero(block, malloc_usable_size(block));

            *block = list;
            list = block;
        }
    }

    while (list != NULL) {
        block = list;
        list = *block;
        free(block);
    }
}
