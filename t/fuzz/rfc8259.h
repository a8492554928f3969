
/*
 * A second reader of JSON, for comparison: only tells whether a text is one,
 * after RFC 8259 and nothing else.
 */

#ifndef _RFC8259_H_INCLUDED_
#define _RFC8259_H_INCLUDED_


#include "fuzz.h"


typedef struct {
    const unsigned char  *p;
    const unsigned char  *last;
    unsigned              depth;
    unsigned              deepest;
    int                   special;   /* what readers may differ in */
} rfc_reader_t;


static int rfc_value(rfc_reader_t *r);


static inline int
rfc_next(const rfc_reader_t *r)
{
    return r->p < r->last ? *r->p : -1;
}


static inline void
rfc_blanks(rfc_reader_t *r)
{
    while (r->p < r->last && strchr(" \t\r\n", *r->p) != NULL && *r->p) {
        r->p++;
    }
}


static inline int
rfc_is(rfc_reader_t *r, int c)
{
    if (rfc_next(r) != c) {
        return 0;
    }

    r->p++;

    return 1;
}


static inline int
rfc_word(rfc_reader_t *r, const char *word)
{
    for ( /* void */ ; *word != '\0'; word++) {
        if (!rfc_is(r, *word)) {
            return 0;
        }
    }

    return 1;
}


static inline size_t
rfc_digits(rfc_reader_t *r)
{
    size_t  n;

    for (n = 0; rfc_next(r) >= '0' && rfc_next(r) <= '9'; n++) {
        r->p++;
    }

    return n;
}


/* large integers and exponents may be out of any range: special */

static inline int
rfc_number(rfc_reader_t *r)
{
    int     zero;
    size_t  n;

    (void) rfc_is(r, '-');

    zero = rfc_next(r) == '0';
    n = rfc_digits(r);

    if (n == 0 || (zero && n > 1)) {
        return 0;
    }

    r->special |= n > 18;

    if (rfc_is(r, '.') && rfc_digits(r) == 0) {
        return 0;
    }

    if (rfc_is(r, 'e') || rfc_is(r, 'E')) {
        r->special |= 1;

        if (!rfc_is(r, '+')) {
            (void) rfc_is(r, '-');
        }

        return rfc_digits(r) > 0;
    }

    return 1;
}


/* one character of UTF-8, RFC 3629 */

static inline int
rfc_utf8(rfc_reader_t *r)
{
    int            c;
    unsigned       i, n;
    unsigned long  point;

    static const unsigned long  least[] = { 0, 0x80, 0x800, 0x10000 };

    c = *r->p++;

    n = c < 0x80 ? 0 : c < 0xc0 ? 4 : c < 0xe0 ? 1 : c < 0xf0 ? 2
        : c < 0xf8 ? 3 : 4;

    if (n == 4) {
        return 0;
    }

    point = n == 0 ? (unsigned) c : (unsigned) c & (0x3fu >> n);

    for (i = 0; i < n; i++) {
        c = rfc_next(r);

        if (c < 0x80 || c > 0xbf) {
            return 0;
        }

        point = point << 6 | (c & 0x3f);
        r->p++;
    }

    return point >= least[n] && point <= 0x10ffff
           && (point < 0xd800 || point > 0xdfff);
}


static inline int
rfc_is_utf8(const unsigned char *p, size_t len)
{
    rfc_reader_t  reader;

    memset(&reader, 0, sizeof(reader));
    reader.p = p;
    reader.last = p + len;

    while (reader.p < reader.last) {
        if (!rfc_utf8(&reader)) {
            return 0;
        }
    }

    return 1;
}


/* what is behind a backslash; NUL and surrogates that stand alone: special */

static inline int
rfc_escape(rfc_reader_t *r)
{
    int       c, i;
    unsigned  unit;

    if (!rfc_is(r, 'u')) {
        c = rfc_next(r);
        r->p += c >= 0;

        return c > 0 && strchr("\"\\/bfnrt", c) != NULL;
    }

    unit = 0;

    for (i = 0; i < 4; i++) {
        c = rfc_next(r);

        if (c <= 0 || strchr("0123456789abcdefABCDEF", c) == NULL) {
            return 0;
        }

        unit = unit << 4 | (unsigned) (c <= '9' ? c - '0' : (c | 0x20) - 87);
        r->p++;
    }

    r->special |= unit == 0 || (unit >= 0xd800 && unit <= 0xdfff);

    return 1;
}


static inline int
rfc_string(rfc_reader_t *r)
{
    if (!rfc_is(r, '"')) {
        return 0;
    }

    while (rfc_next(r) >= 0x20) {

        if (rfc_is(r, '"')) {
            return 1;
        }

        if (rfc_is(r, '\\') ? !rfc_escape(r) : !rfc_utf8(r)) {
            return 0;
        }
    }

    return 0;
}


/* names that come twice are for others to look for */

static inline int
rfc_inside(rfc_reader_t *r, int named, int end)
{
    rfc_blanks(r);

    if (rfc_is(r, end)) {
        return 1;
    }

    do {
        rfc_blanks(r);

        if (named) {
            if (!rfc_string(r)) {
                return 0;
            }

            rfc_blanks(r);

            if (!rfc_is(r, ':')) {
                return 0;
            }
        }

        if (!rfc_value(r)) {
            return 0;
        }

    } while (rfc_is(r, ','));

    return rfc_is(r, end);
}


static int
rfc_value(rfc_reader_t *r)
{
    int  c, ok;

    rfc_blanks(r);

    c = rfc_next(r);

    if (c == '{' || c == '[') {
        r->p++;
        r->depth++;
        r->deepest = r->depth > r->deepest ? r->depth : r->deepest;

        /* deep enough to be refused: nothing more to be learned */

        ok = r->depth < 100
             && rfc_inside(r, c == '{', c == '{' ? '}' : ']');
        r->depth--;

    } else {
        ok = c == '"' ? rfc_string(r)
             : c == 't' ? rfc_word(r, "true")
             : c == 'f' ? rfc_word(r, "false")
             : c == 'n' ? rfc_word(r, "null") : rfc_number(r);
    }

    rfc_blanks(r);

    return ok;
}


/* whether the text is one value, and nothing behind it */

static inline int
rfc_text(const unsigned char *text, size_t len, rfc_reader_t *r)
{
    memset(r, 0, sizeof(*r));

    r->p = text;
    r->last = text + len;

    return rfc_value(r) && r->p == r->last;
}


#endif /* _RFC8259_H_INCLUDED_ */
