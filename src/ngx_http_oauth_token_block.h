
/*
 * Row 9: oauth_provider{} as a whole: what the preset and the defaults add,
 * and whether all of it makes sense.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_BLOCK_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_BLOCK_H_INCLUDED_


#include "ngx_http_oauth_token.h"


/* after the block was parsed; logs what is wrong */
ngx_int_t ngx_http_oauth_token_block_finish(ngx_conf_t *cf,
    ngx_http_oauth_token_provider_t *provider);


#endif /* _NGX_HTTP_OAUTH_TOKEN_BLOCK_H_INCLUDED_ */
