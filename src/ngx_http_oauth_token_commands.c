
#include "ngx_http_oauth_token_cold.h"
#include "ngx_http_oauth_token_commands.h"

#include "ngx_http_oauth_token_caching.h"
#include "ngx_http_oauth_token_compute.h"
#include "ngx_http_oauth_token_conf.h"
#include "ngx_http_oauth_token_directive.h"
#include "ngx_http_oauth_token_grant.h"
#include "ngx_http_oauth_token_issuer.h"
#include "ngx_http_oauth_token_keep.h"
#include "ngx_http_oauth_token_location.h"
#include "ngx_http_oauth_token_method.h"
#include "ngx_http_oauth_token_params.h"
#include "ngx_http_oauth_token_provider.h"
#include "ngx_http_oauth_token_purge.h"
#include "ngx_http_oauth_token_reading.h"
#include "ngx_http_oauth_token_signing.h"
#include "ngx_http_oauth_token_status.h"


#define PROVIDER_CONF   NGX_HTTP_OAUTH_TOKEN_PROVIDER_CONF
#define provider_offset(member)                                               \
    offsetof(ngx_http_oauth_token_provider_t, member)


static ngx_conf_enum_t  ngx_http_oauth_token_verbs[] = {
    { ngx_string("POST"), NGX_HTTP_POST },
    { ngx_string("GET"), NGX_HTTP_GET },
    { ngx_string("PUT"), NGX_HTTP_PUT },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_oauth_token_formats[] = {
    { ngx_string("form"), NGX_HTTP_OAUTH_TOKEN_FORMAT_FORM },
    { ngx_string("json"), NGX_HTTP_OAUTH_TOKEN_FORMAT_JSON },
    { ngx_string("none"), NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE },
    { ngx_null_string, 0 }
};


static ngx_conf_num_bounds_t  ngx_http_oauth_token_waiting_bounds = {
    ngx_conf_check_num_bounds, 1, 1000000
};


static ngx_conf_post_t  ngx_http_oauth_token_not_zero = {
    ngx_http_oauth_token_caching_not_zero
};


static ngx_conf_post_t  ngx_http_oauth_token_log_secrets_post = {
    ngx_http_oauth_token_location_log_secrets
};


static ngx_conf_post_t  ngx_http_oauth_token_lifetime_post = {
    ngx_http_oauth_token_signing_lifetime
};


/* for functions whose post is a flag */
static ngx_uint_t  ngx_http_oauth_token_yes = 1;


ngx_command_t  ngx_http_oauth_token_commands[] = {

    { ngx_string("oauth_token_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_conf_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("oauth_provider"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_oauth_token_conf_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("oauth_token_provider"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF
                        |NGX_CONF_TAKE1,
      ngx_http_oauth_token_location_use,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("oauth_token_retry"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_oauth_token_location_retry,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("oauth_token_log_secrets"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_oauth_token_loc_conf_t, log_secrets),
      &ngx_http_oauth_token_log_secrets_post },

    { ngx_string("oauth_token_purge"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_oauth_token_purge_use,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("oauth_token_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_oauth_token_status_use,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("preset"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_provider_preset,
      0,
      0,
      NULL },

    { ngx_string("environment"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      0,
      provider_offset(environment),
      NULL },

    { ngx_string("token_endpoint"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_provider_url,
      0,
      0,
      NULL },

    { ngx_string("issuer"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_issuer_set,
      0,
      0,
      NULL },

    { ngx_string("insecure_http"),
      PROVIDER_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      0,
      provider_offset(insecure_http),
      NULL },

    { ngx_string("option"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_provider_option,
      0,
      0,
      NULL },

    { ngx_string("method"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_provider_choice,
      0,
      provider_offset(method),
      &ngx_http_oauth_token_verbs },

    { ngx_string("client_id"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_provider_value,
      0,
      provider_offset(client_id),
      NULL },

    { ngx_string("client_secret"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_provider_value,
      0,
      provider_offset(client_secret),
      &ngx_http_oauth_token_yes },

    { ngx_string("client_auth"),
      PROVIDER_CONF|NGX_CONF_TAKE123,
      ngx_http_oauth_token_method_use,
      0,
      0,
      NULL },

    { ngx_string("grant_type"),
      PROVIDER_CONF|NGX_CONF_TAKE12,
      ngx_http_oauth_token_params_placed,
      0,
      provider_offset(grant_type),
      NULL },

    { ngx_string("username"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_grant_field,
      0,
      0,
      NULL },

    { ngx_string("password"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_grant_field,
      0,
      0,
      NULL },

    { ngx_string("subject_token"),
      PROVIDER_CONF|NGX_CONF_TAKE12,
      ngx_http_oauth_token_grant_field,
      0,
      0,
      NULL },

    { ngx_string("actor_token"),
      PROVIDER_CONF|NGX_CONF_TAKE12,
      ngx_http_oauth_token_grant_field,
      0,
      0,
      NULL },

    { ngx_string("requested_token_type"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_grant_field,
      0,
      0,
      NULL },

    { ngx_string("signing_key"),
      PROVIDER_CONF|NGX_CONF_1MORE,
      ngx_http_oauth_token_signing_key,
      0,
      0,
      NULL },

    { ngx_string("assertion_claim"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_signing_claim,
      0,
      0,
      NULL },

    { ngx_string("assertion_lifetime"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      0,
      provider_offset(signing.lifetime),
      &ngx_http_oauth_token_lifetime_post },

    { ngx_string("scope"),
      PROVIDER_CONF|NGX_CONF_TAKE12,
      ngx_http_oauth_token_params_placed,
      0,
      provider_offset(scope),
      NULL },

    { ngx_string("parameter"),
      PROVIDER_CONF|NGX_CONF_TAKE23,
      ngx_http_oauth_token_params_parameter,
      0,
      0,
      NULL },

    { ngx_string("body_format"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_provider_choice,
      0,
      provider_offset(format),
      &ngx_http_oauth_token_formats },

    { ngx_string("request_header"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_params_header,
      0,
      provider_offset(headers),
      NULL },

    { ngx_string("header"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_params_header,
      0,
      provider_offset(headers),
      &ngx_http_oauth_token_yes },

    { ngx_string("upstream_header"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_params_header,
      0,
      provider_offset(upstream_headers),
      NULL },

    { ngx_string("inject_header"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_params_inject,
      0,
      0,
      NULL },

    { ngx_string("token_field"),
      PROVIDER_CONF|NGX_CONF_1MORE,
      ngx_http_oauth_token_reading_token,
      0,
      0,
      NULL },

    { ngx_string("expires_field"),
      PROVIDER_CONF|NGX_CONF_TAKE12,
      ngx_http_oauth_token_reading_expires,
      0,
      0,
      NULL },

    { ngx_string("capture"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_keep_capture,
      0,
      0,
      NULL },

    { ngx_string("compute"),
      PROVIDER_CONF|NGX_CONF_TAKE3|NGX_CONF_TAKE4|NGX_CONF_TAKE5,
      ngx_http_oauth_token_compute_define,
      0,
      0,
      NULL },

    { ngx_string("token_lifetime"),
      PROVIDER_CONF|NGX_CONF_TAKE123,
      ngx_http_oauth_token_reading_lifetime,
      0,
      0,
      NULL },

    { ngx_string("refresh_before"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_caching_refresh,
      0,
      0,
      NULL },

    { ngx_string("prefetch"),
      PROVIDER_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      0,
      provider_offset(prefetch),
      NULL },

    { ngx_string("expiry_leeway"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      0,
      provider_offset(expiry_leeway),
      NULL },

    { ngx_string("fetch_timeout"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      0,
      provider_offset(fetch_timeout),
      &ngx_http_oauth_token_not_zero },

    { ngx_string("backoff"),
      PROVIDER_CONF|NGX_CONF_TAKE2,
      ngx_http_oauth_token_caching_backoff,
      0,
      0,
      NULL },

    { ngx_string("max_waiting"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      0,
      provider_offset(max_waiting),
      &ngx_http_oauth_token_waiting_bounds },

    { ngx_string("zone"),
      PROVIDER_CONF|NGX_CONF_TAKE1,
      ngx_http_oauth_token_conf_provider_zone,
      0,
      0,
      NULL },

      ngx_null_command
};
