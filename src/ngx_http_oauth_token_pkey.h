
/*
 * Row 0: private keys while nobody signs with them.
 *
 * Plain C with OpenSSL 3.  OpenSSL's own form of a key would be in core files,
 * and so would be what its decoders leave behind.  Here a key is the numbers it
 * is made of, in memory for secrets, and becomes OpenSSL's for a signature.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_PKEY_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_PKEY_H_INCLUDED_


#include <openssl/evp.h>


typedef struct ngx_http_oauth_token_pkey_s  ngx_http_oauth_token_pkey_t;


/* what the key is made of; NULL: no memory */
ngx_http_oauth_token_pkey_t *ngx_http_oauth_token_pkey_pack(EVP_PKEY *key);

/* the key again, for EVP_PKEY_free(); NULL: no memory */
EVP_PKEY *ngx_http_oauth_token_pkey_unpack(
    const ngx_http_oauth_token_pkey_t *pkey);


#endif /* _NGX_HTTP_OAUTH_TOKEN_PKEY_H_INCLUDED_ */
