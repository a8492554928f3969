
/*
 * What the tests of the response reader share: short names, the rules of a
 * provider, and judge() for one answer.
 */

#ifndef _ANSWER_H_INCLUDED_
#define _ANSWER_H_INCLUDED_


#include <stdlib.h>

#include "check.h"
#include "ngx_http_oauth_token_response.h"


#define OK          NGX_HTTP_OAUTH_TOKEN_OK
#define TRANSPORT   NGX_HTTP_OAUTH_TOKEN_TRANSPORT
#define UNUSABLE    NGX_HTTP_OAUTH_TOKEN_UNUSABLE
#define REFUSED     NGX_HTTP_OAUTH_TOKEN_REFUSED
#define THROTTLED   NGX_HTTP_OAUTH_TOKEN_THROTTLED
#define CHALLENGED  NGX_HTTP_OAUTH_TOKEN_CHALLENGED
#define INTERNAL    NGX_HTTP_OAUTH_TOKEN_INTERNAL

/* 2018-07-23T11:00:00Z, when every answer comes */
#define NOW  1532343600000LL

#define DAY  86400000LL


static const char *const  fields[] = { "access_token", "data.token", "a.b",
                                       "0.token",
                                       NULL };

static const ngx_http_oauth_token_rules_t  rules = {
    fields, "expires_in", NGX_HTTP_OAUTH_TOKEN_UNIT_S, { 300000, 1000, DAY },
    { { NULL, NULL } }, NULL
};


static inline void
judge(int status, const char *body, size_t len,
    ngx_http_oauth_token_result_t *result)
{
    unsigned char                  *copy;
    ngx_http_oauth_token_answer_t   answer;

    /* of exactly this size, so that ASan watches its end */

    copy = grab(len);
    memcpy(copy, body, len);

    memset(&answer, 0, sizeof(answer));

    answer.status = status;
    answer.body.data = copy;
    answer.body.len = len;
    answer.now_wall = NOW;

    memset(result, 0xa5, sizeof(*result));

    ngx_http_oauth_token_response(&answer, &rules, result);

    free(copy);
}


#endif /* _ANSWER_H_INCLUDED_ */
