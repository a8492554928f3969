
/*
 * Row 10: the table of all directives.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_COMMANDS_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_COMMANDS_H_INCLUDED_


#include "ngx_http_oauth_token.h"


extern ngx_command_t  ngx_http_oauth_token_commands[];


#endif /* _NGX_HTTP_OAUTH_TOKEN_COMMANDS_H_INCLUDED_ */
