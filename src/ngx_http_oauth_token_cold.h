
/*
 * Row 0: included by what runs seldom: when a configuration is read, when
 * somebody looks at the status.
 *
 * Its functions are compiled for size, which is a tenth of the module's file.
 * Included before all else.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_COLD_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_COLD_H_INCLUDED_


#if defined(__OPTIMIZE__) && !defined(__clang__)
#pragma GCC optimize ("Os")
#endif


#endif /* _NGX_HTTP_OAUTH_TOKEN_COLD_H_INCLUDED_ */
