
/*
 * Row 0: how long a token lives, as pure arithmetic.
 *
 * Plain C, no nginx types, no clock of its own: the time comes in.  All times
 * are int64_t milliseconds.  "Wall" is the time since the epoch, and only
 * turns what a provider states absolutely into a lifetime, once, when the
 * answer comes; everything else counts on the monotonic clock.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_LIFETIME_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_LIFETIME_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* unit of the member that expires_field names */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_UNIT_S = 0,     /* seconds from now, see below */
    NGX_HTTP_OAUTH_TOKEN_UNIT_MS,        /* milliseconds from now */
    NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH,     /* a moment, in seconds */
    NGX_HTTP_OAUTH_TOKEN_UNIT_EPOCH_MS,  /* a moment, in milliseconds */
    NGX_HTTP_OAUTH_TOKEN_UNIT_ISO8601    /* a moment, as text */
} ngx_http_oauth_token_unit_e;


/*
 * In UNIT_S, a number this large is no lifetime but a moment: 10^9 seconds are
 * 31 years, and 2001 as an epoch (FirstVision states such an "expires_in");
 * 10^12 is 2001 in milliseconds.
 */
#define NGX_HTTP_OAUTH_TOKEN_EPOCH_FROM     1000000000LL
#define NGX_HTTP_OAUTH_TOKEN_EPOCH_MS_FROM  1000000000000LL


/* token_lifetime: all three in milliseconds, min <= default <= max */
typedef struct {
    int64_t  by_default;
    int64_t  min;
    int64_t  max;
} ngx_http_oauth_token_limits_t;


typedef enum {
    NGX_HTTP_OAUTH_TOKEN_LIFETIME_STATED = 0,
    NGX_HTTP_OAUTH_TOKEN_LIFETIME_DEFAULTED, /* zero, negative, no number */
    NGX_HTTP_OAUTH_TOKEN_LIFETIME_EXPIRED    /* a moment in the past */
} ngx_http_oauth_token_lifetime_e;


/*
 * The lifetime that a number in the given unit states, seen from now_wall, cut
 * to limits->max and raised to limits->min, in *lifetime.  Fractions are cut
 * off.  A value that is zero, negative or not finite gives the default in every
 * unit, and so does any number with UNIT_ISO8601; a moment that is not later
 * than now_wall is EXPIRED (*lifetime 0).
 */
ngx_http_oauth_token_lifetime_e ngx_http_oauth_token_lifetime_number(
    double value, ngx_http_oauth_token_unit_e unit, int64_t now_wall,
    const ngx_http_oauth_token_limits_t *limits, int64_t *lifetime);

/*
 * The same from text: a decimal number (as JSON writes it, surrounding blanks
 * allowed, nothing else; what counts is the double nearest to it), or with
 * UNIT_ISO8601 a date of ISO 8601.  With UNIT_S, too, a text that reads as such
 * a date is taken as one (Cielo states its "expires_in" so), and so is one that
 * reads as a duration, see duration.  Any other text gives the default.
 */
ngx_http_oauth_token_lifetime_e ngx_http_oauth_token_lifetime_text(
    const char *text, size_t len, ngx_http_oauth_token_unit_e unit,
    int64_t now_wall, const ngx_http_oauth_token_limits_t *limits,
    int64_t *lifetime);

/*
 * Cuts *lifetime to what is left until exp, in seconds since the epoch, even
 * below limits->min: after it the token is refused.  Returns 1 when that has
 * changed it, 0 when not, -1 when exp has passed.
 */
int ngx_http_oauth_token_lifetime_cap(double exp, int64_t now_wall,
    int64_t *lifetime);

/*
 * The time before its end in which a token is not used any more.  leeway < 0
 * asks for the default: a tenth of the lifetime, at most 10 s.  The result is
 * never longer than half of the lifetime, so that a short token still serves.
 */
int64_t ngx_http_oauth_token_leeway(int64_t lifetime, int64_t leeway);

/*
 * When a new token is to be refreshed, from now on: before its end by so many
 * ms, or when that is negative by so many per cent of the lifetime; by half of
 * it where that would leave less than a tenth.  Earlier by up to a tenth of the
 * lifetime, as random, any number, says: many gateways do not come at once.
 */
int64_t ngx_http_oauth_token_refresh_in(int64_t lifetime, int64_t before,
    unsigned percent, uint32_t random);

/*
 * The same for a token that was handed out once more: after half of what is
 * left, since a provider that keeps a token until its end would only say the
 * same again.
 */
int64_t ngx_http_oauth_token_again_in(int64_t lifetime);


#endif /* _NGX_HTTP_OAUTH_TOKEN_LIFETIME_H_INCLUDED_ */
