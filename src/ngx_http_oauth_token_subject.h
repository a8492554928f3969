
/*
 * Row 4: the token that grant_type token_exchange exchanges.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_SUBJECT_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_SUBJECT_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/*
 * What was got for a subject does not live longer than the subject itself: cuts
 * the lifetime of a good result to the "exp" of a subject token that is a JWT,
 * and makes it a failure, "subject_expired", when that has passed.  Whether the
 * JWT is a good one is for the provider to say.
 */
void ngx_http_oauth_token_subject_limit(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots,
    ngx_http_oauth_token_result_t *result);


#endif /* _NGX_HTTP_OAUTH_TOKEN_SUBJECT_H_INCLUDED_ */
