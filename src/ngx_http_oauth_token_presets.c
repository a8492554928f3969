
#include "ngx_http_oauth_token_cold.h"

#include <stddef.h>

#include "ngx_http_oauth_token_presets.h"


const ngx_http_oauth_token_preset_t  ngx_http_oauth_token_presets[] = {

    /*
     * Vipps MobilePay, Access token API: a POST without a body, credentials
     * in headers, an answer made of strings.
     */
    { "vipps",

      { { "production", "https://api.vipps.no/accesstoken/get" },
        { "test", "https://apitest.vipps.no/accesstoken/get" } },

      { { "client_auth", "client_secret_header" },
        { "grant_type", "none" },
        { "body_format", "none" } },

      { { "header", "Ocp-Apim-Subscription-Key" } } },

    /* its successor, which must not get the subscription key */
    { "vipps_miami",

      { { "production", "https://api.vipps.no/miami/v1/token" },
        { "test", "https://apitest.vipps.no/miami/v1/token" } },

      { { "client_auth", "client_secret_basic", "encode=none" } },

      { { NULL, NULL } } },

    /*
     * Fiserv Card: the scope as it stands in the query, the grant in the body;
     * "900 milliseconds" in its documentation are seconds.
     */
    { "fiserv_card",

      { { "production",
          "https://card.api.fiservapps.com/cs/oauth2/v1/token" },
        { "sandbox",
          "https://card-sandbox.api.fiservapps.com/cs/oauth2/v1/token" } },

      { { "client_auth", "client_secret_basic", "encode=none" },
        { "scope", "/cs/api", "in=query" },
        { "request_header", "x-fapi-interaction-id", "$oauth_token_uuid" },
        { "token_lifetime", "default=15m" } },

      { { "header", "x-fapi-financial-id" } } },

    /* Fiserv FirstVision, since the end of 2022 */
    { "firstvision",

      { { NULL, NULL } },

      { { "client_auth", "client_secret_post" },
        { "body_format", "json" } },

      { { "token_endpoint", NULL } } },

    /*
     * Before: an empty body that still has a type, and an "expires_in" that
     * is a moment, which the default unit recognizes.
     */
    { "firstvision_2022",

      { { NULL, NULL } },

      { { "client_auth", "client_secret_basic", "encode=none" },
        { "grant_type", "client_credentials", "in=query" },
        { "scope", "", "in=query" },
        { "body_format", "none" },
        { "request_header", "Content-Type", "application/json" } },

      { { "token_endpoint", NULL } } },

    /*
     * Candescent Digital Banking (NCR), the older API: without Accept it
     * answers in XML.  Its administrators may set any lifetime, the default
     * is half an hour.
     */
    { "candescent",

      { { "production",
          "https://api.candescent.com/digitalbanking/v1/oauth/token" } },

      { { "client_auth", "client_secret_basic", "encode=none" },
        { "request_header", "Accept", "application/json" },
        { "request_header", "di_tid", "$oauth_token_uuid" } },

      { { "request_header", "User-Agent" },
        { "request_header", "di_fiid" } } },

    { "candescent_v2",

      { { "production",
          "https://api.candescent.com/digitalbanking/oauth2/v1/token" } },

      { { "client_auth", "client_secret_basic", "encode=none" },
        { "request_header", "Accept", "application/json" },
        { "request_header", "transactionId", "$oauth_token_uuid" } },

      { { "request_header", "institutionId" } } },

    /*
     * Paysafe embedded wallets: a client that has passed strong customer
     * authentication says so to the token endpoint, too.
     */
    { "paysafe",

      { { "production", "https://api.paysafe.com/digitalwallets/v1/auth/"
                        "brands/{brand}/token" },
        { "test", "https://api.test.paysafe.com/digitalwallets/v1/auth/"
                  "brands/{brand}/token" } },

      { { "client_auth", "client_secret_basic", "encode=form" },
        { "request_header", "SCA-Authorization", "$http_sca_authorization" } },

      { { NULL, NULL } } },

    { NULL, { { NULL, NULL } }, { { NULL } }, { { NULL, NULL } } }
};
