
/*
 * Challenges of WWW-Authenticate: which schemes, and what they say.
 */

#include "ngx_http_oauth_token_field.h"

#include "check.h"

#include <stdlib.h>


typedef struct {
    const char  *value;
    int          bearer;    /* there is a challenge of this scheme */
    int          scope;     /* and it has error="insufficient_scope" */
} row_t;


static const row_t  rows[] = {
    { "", 0, 0 },
    { "Bearer", 1, 0 },
    { "bEARER error=INSUFFICIENT_scope", 1, 1 },
    { "Bearer error=\"insufficient_scope\"", 1, 1 },
    { "Bearer realm=\"a, b\", error=\"insufficient_scope\"", 1, 1 },
    { "Bearer realm=\"x\" error=\"insufficient_scope\"", 1, 1 },
    { "Bearer error = \"insufficient_scope\" , scope=\"a b\"", 1, 1 },
    { "Bearer error=\"invalid_token\"", 1, 0 },
    { "Bearer error=insufficient_scopes", 1, 0 },
    { "Bearer xerror=insufficient_scope", 1, 0 },
    { "Bearer error=\"insufficient_scope", 1, 0 },
    { "Bearer error=", 1, 0 },
    { "Bearer error", 1, 0 },
    { "Bearer realm=\"\\\"\", error=insufficient_scope", 1, 1 },
    { "Bearer realm=\"error=insufficient_scope\"", 1, 0 },
    { "Bearer realm=\"\\\", error=insufficient_scope", 1, 0 },
    { "Basic realm=x, Bearer error=insufficient_scope", 1, 1 },
    { "Basic a2V5==, Bearer error=insufficient_scope", 1, 1 },
    { "Bearer, Basic error=insufficient_scope", 1, 0 },
    { "Bearer realm=x, DPoP algs=ES256, error=insufficient_scope", 1, 0 },
    { "DPoP error=insufficient_scope", 0, 0 },
    { "error=insufficient_scope", 0, 0 },
    { "Basic realm=\"Bearer\"", 0, 0 },
    { "Bearers error=insufficient_scope", 0, 0 },
    { ",,\t, Bearer ,error=insufficient_scope,", 1, 1 },
    { "Bearer ====,=\"=,\"\\", 1, 0 },
    { "\"Bearer\" error=insufficient_scope", 0, 0 },
};


int
main(void)
{
    size_t          i, len, n;
    unsigned char  *p;

    for (i = 0; i < COUNT(rows); i++) {
        len = strlen(rows[i].value);

        /* in memory of its very size, that a read beyond it is seen */

        for (n = 0; n <= len; n++) {
            p = grab(n);
            memcpy(p, rows[i].value, n);

            if (n < len) {
                (void) ngx_http_oauth_token_field_says(p, n, "Bearer",
                                               "error", "insufficient_scope");
                free(p);
                continue;
            }

            CHECK_ROW(ngx_http_oauth_token_field_challenge(p, n, "Bearer")
                      == rows[i].bearer, rows[i].value);
            CHECK_ROW(ngx_http_oauth_token_field_says(p, n, "Bearer", "error",
                                                      "insufficient_scope")
                      == rows[i].scope, rows[i].value);
            free(p);
        }
    }

    CHECK_ROWS("challenges and their parameters");

    return DONE();
}
