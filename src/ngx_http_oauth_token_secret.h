
/*
 * Row 0: memory for secrets and tokens.
 *
 * Plain C.  Core files leave it out (MADV_DONTDUMP), and what is given back is
 * wiped.  It is mapped in chunks that are never unmapped and divided into
 * blocks of a few sizes, each with its list of free ones, so that a block
 * costs no more than malloc() takes for one.  A process that is forked has a
 * copy of all of it; the memory of one process is of one thread.  What is too
 * large for a chunk is mapped by itself.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SECRET_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SECRET_H_INCLUDED_


#include <stddef.h>


/* aligned for everything; NULL: no memory */
void *ngx_http_oauth_token_secret_alloc(size_t size);

/* wipes it and gives it back; NULL is nothing */
void ngx_http_oauth_token_secret_free(void *p);

/*
 * Takes pieces of tokens out of the processor's wide registers, where the C
 * library's copies leave them, and core files have registers.
 */
void ngx_http_oauth_token_secret_flush(void);

/*
 * Wipes what malloc() has to give next, of all small sizes and of a large one:
 * there is what others have given back as it was.  Takes a moment, and leaves
 * nothing behind.
 */
void ngx_http_oauth_token_secret_scrub(void);

/* keeps others' memory, and what shares its pages, out of core files */
void ngx_http_oauth_token_secret_hide(void *p, size_t len);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SECRET_H_INCLUDED_ */
