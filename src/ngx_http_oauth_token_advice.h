
/*
 * Row 3: what the reason of a failure means, and what can be done about it.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_ADVICE_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_ADVICE_H_INCLUDED_


#include "ngx_http_oauth_token.h"


typedef struct {
    const char  *reason;    /* what ends with "*" begins with the rest of it */
    const char  *means;
    const char  *help;
} ngx_http_oauth_token_advice_t;


/* never NULL: there is one for the words of strangers, too */
const ngx_http_oauth_token_advice_t *ngx_http_oauth_token_advice(
    const char *reason);


#endif /* _NGX_HTTP_OAUTH_TOKEN_ADVICE_H_INCLUDED_ */
