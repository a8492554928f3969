
#include "ngx_http_oauth_token_cold.h"

#include <string.h>

#include "ngx_http_oauth_token_segment.h"


static const char  ngx_http_oauth_token_segment_keep[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";


size_t
ngx_http_oauth_token_segment_escape(unsigned char *dst,
    const unsigned char *src, size_t len)
{
    size_t  i, n;

    static const char  digits[] = "0123456789ABCDEF";

    n = 0;

    for (i = 0; i < len; i++) {

        if (src[i] != '\0'
            && strchr(ngx_http_oauth_token_segment_keep, src[i]))
        {
            if (dst) {
                dst[n] = src[i];
            }

            n++;
            continue;
        }

        if (dst) {
            dst[n] = '%';
            dst[n + 1] = (unsigned char) digits[src[i] >> 4];
            dst[n + 2] = (unsigned char) digits[src[i] & 0x0f];
        }

        n += 3;
    }

    return n;
}


int
ngx_http_oauth_token_segment_dots(const unsigned char *src, size_t len)
{
    return (len == 1 || len == 2) && memcmp(src, "..", len) == 0;
}
