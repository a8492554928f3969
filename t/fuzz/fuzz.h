
/*
 * What the fuzz targets share: MUST() for what has to hold whatever the input
 * is, a reader that takes numbers and texts from the input, and copies of
 * exactly the size of what they hold, so that ASan watches their ends.
 */

#ifndef _FUZZ_H_INCLUDED_
#define _FUZZ_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

/* aborts, so that the input is kept as a finding */
#define MUST(claim)                                                           \
    do {                                                                      \
        if (!(claim)) {                                                       \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__,     \
                    #claim);                                                  \
            abort();                                                          \
        }                                                                     \
    } while (0)


/* what is left of an input */
typedef struct {
    const unsigned char  *p;
    const unsigned char  *last;
} input_t;


typedef struct {
    unsigned char        *data;      /* malloc()ed */
    size_t                len;
} text_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);


static inline input_t
input(const unsigned char *data, size_t size)
{
    input_t  in;

    in.p = data;
    in.last = data + size;

    return in;
}


static inline size_t
left(const input_t *in)
{
    return (size_t) (in->last - in->p);
}


/* 0 when there is nothing left, and so on */

static inline unsigned
take_byte(input_t *in)
{
    return in->p < in->last ? *in->p++ : 0;
}


static inline uint64_t
take_number(input_t *in, unsigned bytes)
{
    uint64_t  n;

    for (n = 0; bytes > 0; bytes--) {
        n = n << 8 | take_byte(in);
    }

    return n;
}


static inline text_t
copy_text(const void *data, size_t len)
{
    text_t  text;

    text.data = calloc(1, len > 0 ? len : 1);
    text.len = len;

    MUST(text.data != NULL);

    if (len > 0) {
        memcpy(text.data, data, len);
    }

    return text;
}


/* a text up to this byte, which is passed over, or to the end */

static inline text_t
take_text(input_t *in, unsigned char end)
{
    text_t                text;
    const unsigned char  *p;

    p = left(in) > 0 ? memchr(in->p, end, left(in)) : NULL;
    p = p != NULL ? p : in->last;

    text = copy_text(in->p, (size_t) (p - in->p));
    in->p = p < in->last ? p + 1 : p;

    return text;
}


/* the same, with a NUL behind it */

static inline char *
take_string(input_t *in, unsigned char end)
{
    char    *string;
    text_t   text;

    text = take_text(in, end);
    string = malloc(text.len + 1);

    MUST(string != NULL);

    memcpy(string, text.data, text.len);
    string[text.len] = '\0';

    free(text.data);

    return string;
}


static inline int
same(const void *a, size_t alen, const void *b, size_t blen)
{
    return alen == blen && (alen == 0 || memcmp(a, b, alen) == 0);
}


#endif /* _FUZZ_H_INCLUDED_ */
