
/*
 * Row 2: the types that the rows above share, and nothing else.
 *
 * Configuration is written while it is parsed and const afterwards, but for the
 * last members of a provider, which each worker has for itself.
 */

#ifndef _NGX_HTTP_OAUTH_TOKEN_H_INCLUDED_
#define _NGX_HTTP_OAUTH_TOKEN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_oauth_token_backoff.h"
#include "ngx_http_oauth_token_pkey.h"
#include "ngx_http_oauth_token_response.h"
#include "ngx_http_oauth_token_signer.h"
#include "ngx_http_oauth_token_stats.h"
#include "ngx_http_oauth_token_store.h"
#include "ngx_http_oauth_token_wait.h"


/* where a parameter goes */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_IN_BODY = 0,
    NGX_HTTP_OAUTH_TOKEN_IN_QUERY,
    NGX_HTTP_OAUTH_TOKEN_IN_HEADER
} ngx_http_oauth_token_in_e;


typedef enum {
    NGX_HTTP_OAUTH_TOKEN_FORMAT_FORM = 0,
    NGX_HTTP_OAUTH_TOKEN_FORMAT_JSON,
    NGX_HTTP_OAUTH_TOKEN_FORMAT_NONE
} ngx_http_oauth_token_format_e;


#define NGX_HTTP_OAUTH_TOKEN_IN_UNSET  NGX_CONF_UNSET_UINT

/* levels of a log at which nginx prints what secrets may be in */
#define NGX_HTTP_OAUTH_TOKEN_LOG_DEBUG                                        \
    (NGX_LOG_DEBUG_ALL|NGX_LOG_DEBUG_CONNECTION)

/* an answer out of nginx's cache, which it may be built without */
#if (NGX_HTTP_CACHE)
#define ngx_http_oauth_token_cached(r)  ((r)->cached)
#else
#define ngx_http_oauth_token_cached(r)  0
#endif


/* what few requests need, out of line: its frame would cost all of them */
#define ngx_http_oauth_token_outline  __attribute__ ((noinline))


/* a place in the configuration, for messages when it was read long ago */
typedef struct {
    ngx_str_t                           file;
    ngx_uint_t                          line;
} ngx_http_oauth_token_where_t;


/* what a VALUE is made of */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_PART_TEXT = 0,
    NGX_HTTP_OAUTH_TOKEN_PART_CLIENT,   /* a variable, by way of a slot */
    NGX_HTTP_OAUTH_TOKEN_PART_LATE,     /* a variable, when it is put on */
    NGX_HTTP_OAUTH_TOKEN_PART_UUID,     /* $oauth_token_uuid */
    NGX_HTTP_OAUTH_TOKEN_PART_TOKEN,    /* $oauth_access_token */
    NGX_HTTP_OAUTH_TOKEN_PART_NAMED     /* see named */
} ngx_http_oauth_token_part_e;


typedef struct {
    ngx_http_oauth_token_part_e         kind;
    ngx_str_t                           text;   /* or the variable's name */
    ngx_uint_t                          slot;   /* CLIENT: of the provider;
                                                   NAMED: see named_e */
    ngx_http_complex_value_t           *late;   /* LATE */
} ngx_http_oauth_token_part_t;


/*
 * A variable that a token depends on: evaluated once for a client's request,
 * what it is then goes into the key of the cache.
 */
typedef struct {
    ngx_http_complex_value_t            value;
    ngx_str_t                           name;       /* without "$" */
    ngx_str_t                           directive;
    ngx_http_oauth_token_where_t        where;
    unsigned                            required:1; /* not empty */
    unsigned                            url:1;      /* a part of a URL */
    unsigned                            secret:1;   /* so may its name be */
    unsigned                            scope:1;    /* of its characters */
} ngx_http_oauth_token_slot_t;


/*
 * A VALUE of the configuration.  parts NULL: a constant, which is text and
 * may be empty.
 */
typedef struct {
    ngx_str_t                           text;
    ngx_array_t                        *parts;
    unsigned                            set:1;
    unsigned                            secret:1;   /* made of such; wiped */
} ngx_http_oauth_token_value_t;


/* more than any known provider needs */
#define NGX_HTTP_OAUTH_TOKEN_COMPUTES  8


/* slots of values that have names */
typedef enum {
    NGX_HTTP_OAUTH_TOKEN_NAMED_CAPTURE = 0,  /* the first one */

    /* of an attempt, or of a request that gets its token */
    NGX_HTTP_OAUTH_TOKEN_NAMED_TIME = NGX_HTTP_OAUTH_TOKEN_CAPTURES,
    NGX_HTTP_OAUTH_TOKEN_NAMED_TIME_MS,
    NGX_HTTP_OAUTH_TOKEN_NAMED_TIME_ISO,
    NGX_HTTP_OAUTH_TOKEN_NAMED_NONCE,

    /* of the provider; only what is computed may hold them */
    NGX_HTTP_OAUTH_TOKEN_NAMED_ID,
    NGX_HTTP_OAUTH_TOKEN_NAMED_SECRET,

    NGX_HTTP_OAUTH_TOKEN_NAMED_ASSERTION,    /* of a token request alone */

    NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE,      /* the first one */

    NGX_HTTP_OAUTH_TOKEN_NAMED_MAX = NGX_HTTP_OAUTH_TOKEN_NAMED_COMPUTE
                                     + NGX_HTTP_OAUTH_TOKEN_COMPUTES
} ngx_http_oauth_token_named_e;

/* of a set of slots */
#define ngx_http_oauth_token_bit(slot)  ((ngx_uint_t) 1 << (slot))


/* see compute */
typedef struct {
    ngx_str_t                           name;     /* NUL-terminated */
    ngx_uint_t                          function;
    ngx_uint_t                          base64;   /* else hex */
    ngx_http_oauth_token_value_t        text;
    ngx_http_oauth_token_value_t        key;      /* of a HMAC */
    ngx_uint_t                          needs;    /* slots, as bits */
    ngx_http_oauth_token_where_t        where;
} ngx_http_oauth_token_compute_t;


/* a parameter or a header */
typedef struct {
    ngx_str_t                           name;
    ngx_str_t                           lowcase;      /* headers only */
    ngx_uint_t                          hash;         /* headers only */
    ngx_int_t                           index;        /* see inject */
    ngx_http_oauth_token_value_t        value;
    ngx_uint_t                          in;
} ngx_http_oauth_token_field_t;


typedef enum {
    NGX_HTTP_OAUTH_TOKEN_AUTH_BASIC = 0,  /* one header for id and secret */
    NGX_HTTP_OAUTH_TOKEN_AUTH_FIELDS,     /* a field each */
    NGX_HTTP_OAUTH_TOKEN_AUTH_ID,         /* a field for the id alone */
    NGX_HTTP_OAUTH_TOKEN_AUTH_SECRET_JWT, /* a JWT, signed with the secret */
    NGX_HTTP_OAUTH_TOKEN_AUTH_KEY_JWT     /* the same, with the key */
} ngx_http_oauth_token_auth_e;


/* a method of client_auth, and where it puts id and secret */
typedef struct {
    ngx_str_t                           name;
    ngx_http_oauth_token_auth_e         kind;
    ngx_http_oauth_token_in_e           in;
    ngx_uint_t                          certificate;  /* of TLS */
} ngx_http_oauth_token_method_t;


/* the JWTs that a provider is sent, see assertion */
typedef struct {
    ngx_http_oauth_token_pkey_t        *pkey;         /* NULL: none */
    EVP_PKEY                           *key;          /* see signing_free() */
    const ngx_http_oauth_token_alg_t   *alg;          /* of the key */
    const ngx_http_oauth_token_alg_t   *auth_alg;     /* of client_auth */
    u_char                              digest[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    ngx_array_t                         headers;      /* of members, jose */
    ngx_array_t                         claims;       /* of fields */
    time_t                              lifetime;     /* s */
} ngx_http_oauth_token_signing_t;


/*
 * A token in this worker's memory.  Requests hold references, so that its
 * bytes stay while a newer one has long taken its place.
 */
typedef struct {
    ngx_uint_t                          refs;
    ngx_http_oauth_token_stored_t       stored;  /* its place and times */
    const uint64_t                     *watched; /* of a copy: generation */
    int64_t                             touched; /* ms, by this worker */
    uint64_t                            losses;  /* of the store until then */
    ngx_uint_t                          refused; /* that was logged */
    ngx_str_t                           value;   /* the token */
    ngx_str_t                           header;  /* as injected */
    ngx_http_oauth_token_bytes_t        captured[NGX_HTTP_OAUTH_TOKEN_CAPTURES];
    u_char                              key[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
} ngx_http_oauth_token_t;


/* why there is none, for one request */
typedef struct {
    ngx_http_oauth_token_outcome_e      outcome;
    time_t                              retry_after;   /* s, 0: none */
    ngx_str_t                           challenge;     /* of CHALLENGED */
    char                                reason[
                                            NGX_HTTP_OAUTH_TOKEN_REASON_LEN];
} ngx_http_oauth_token_error_t;


typedef struct ngx_http_oauth_token_memo_s  ngx_http_oauth_token_memo_t;


typedef struct {
    ngx_str_t                           name;
    ngx_http_oauth_token_where_t        where;         /* first named */
    ngx_shm_zone_t                     *shm_zone;      /* NULL: not declared */
    ngx_http_oauth_token_store_t       *store;
    size_t                              size;          /* of the store */
    ngx_uint_t                          nproviders;    /* that name it */

    /* the worker's own */
    ngx_msec_t                          tell_at;       /* of its faults again */
    ngx_msec_t                          busy_since;    /* see attempt */
    ngx_msec_t                          busy_at;       /* the last time */
    ngx_http_oauth_token_memo_t        *memo;          /* NULL: none yet */
    uint32_t                            worker;        /* see counted */
} ngx_http_oauth_token_zone_conf_t;


typedef struct ngx_http_oauth_token_provider_s {
    ngx_str_node_t                      node;          /* of the names */
    ngx_str_t                           name;
    ngx_http_oauth_token_where_t        where;

    /* as written; the preset fills in what is missing */
    const struct ngx_http_oauth_token_preset_s  *preset;
    ngx_str_t                           environment;
    ngx_str_t                           url;
    ngx_http_oauth_token_where_t        url_where;
    ngx_flag_t                          insecure_http;
    ngx_array_t                         options;       /* ngx_keyval_t */
    ngx_array_t                         written;       /* names of directives */
    ngx_array_t                         transport;     /* words of proxy_* */
    ngx_array_t                         lines;         /* so many a line */
    ngx_uint_t                          trusted;       /* lines of a preset */
    ngx_uint_t                          last_line;     /* that was read */
    ngx_uint_t                          doubtful;      /* a value's rest? */

    /* the endpoint */
    ngx_str_t                           scheme;        /* "https://" */
    ngx_str_t                           host;          /* "name[:port]" */
    ngx_http_oauth_token_value_t        uri;           /* with its query */
    ngx_http_conf_ctx_t                *ctx;           /* hidden location */
    const char                         *ca;            /* see tls_share */

    /* the issuer, whose metadata say the uri; see discovery */
    ngx_str_t                           issuer;        /* empty: none */
    ngx_http_oauth_token_where_t        issuer_where;
    struct ngx_http_oauth_token_provider_s  *metadata;   /* NULL: none */
    ngx_str_t                           metadata_uri;  /* its second place */

    /* the request */
    ngx_uint_t                          method;        /* NGX_HTTP_POST */
    ngx_http_oauth_token_value_t        client_id;
    ngx_http_oauth_token_value_t        client_secret;
    const ngx_http_oauth_token_method_t  *auth;
    ngx_str_t                           auth_id;       /* names of fields */
    ngx_str_t                           auth_secret;
    ngx_uint_t                          auth_encode;   /* form-urlencode */
    ngx_str_t                           host_header;   /* empty: its own */
    ngx_http_oauth_token_field_t        grant_type;    /* set: sent */
    const struct ngx_http_oauth_token_grant_s  *grant; /* NULL: as a text */
    ngx_array_t                         grant_fields;  /* of its own */
    ngx_http_oauth_token_signing_t      signing;
    ngx_http_oauth_token_field_t        scope;
    ngx_array_t                         parameters;    /* of fields */
    ngx_array_t                         headers;       /* of fields */
    ngx_uint_t                          format;
    ngx_array_t                         slots;
    ngx_array_t                         computes;

    /* slots of named values that are used, as bits */
    ngx_uint_t                          named_request;
    ngx_uint_t                          named_upstream;

    /* the answer */
    ngx_http_oauth_token_rules_t        rules;

    /* the client's request on its way */
    ngx_http_oauth_token_field_t        inject;
    ngx_str_t                           inject_prefix; /* of a plain value */
    ngx_str_t                           inject_suffix;
    ngx_uint_t                          inject_plain;
    ngx_array_t                         upstream_headers;  /* of fields */
    uint64_t                            lengths;       /* see client */
    ngx_uint_t                          shown;         /* by any variable */

    /* the token's life; ms */
    ngx_msec_t                          refresh_time;  /* unset: percent */
    ngx_uint_t                          refresh_percent;  /* of the lifetime */
    ngx_flag_t                          prefetch;
    ngx_msec_t                          expiry_leeway; /* unset: a default */
    ngx_http_oauth_token_backoff_t      backoff;       /* unset: -1 */
    ngx_msec_t                          fetch_timeout;
    ngx_int_t                           max_waiting;
    ngx_http_oauth_token_zone_conf_t   *zone;

    /* all of it; and with the zone's salt, its key without any slots */
    u_char                              digest[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
    u_char                              key[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];

    /* what all providers share that have the same endpoint, as a key */
    u_char                              endpoint_key[
                                            NGX_HTTP_OAUTH_TOKEN_KEY_LEN];

    /* of all its keys, and not 0 */
    uint64_t                            group;

    /* its counts, of all workers, and its requests that wait in this one */
    ngx_http_oauth_token_stats_t       *stats;
    uint32_t                           *waiting;

    /*
     * The worker's own: a copy of the provider's token (NULL: none), the timer
     * that keeps it fresh, and the end of a pause that the store has no room
     * for.
     */
    ngx_http_oauth_token_t             *copy;
    ngx_event_t                         timer;
    int64_t                             alone_until;
} ngx_http_oauth_token_provider_t;


/* see sweep; how far it has come */
typedef struct {
    ngx_event_t                         timer;
    ngx_uint_t                          zone;
    uint32_t                            entry;
} ngx_http_oauth_token_sweep_t;


typedef struct {
    ngx_array_t                         providers;     /* of pointers */
    ngx_array_t                         zones;         /* of pointers */
    ngx_rbtree_t                        names;         /* of providers */
    ngx_rbtree_node_t                   sentinel;
    ngx_http_conf_ctx_t                *server;        /* NULL: none yet */
    ngx_http_oauth_token_wait_t         wait;
    ngx_http_oauth_token_sweep_t        sweep;
    ngx_uint_t                          used;          /* by any location */
    void                               *cas;           /* see tls_share */
} ngx_http_oauth_token_main_conf_t;


/* oauth_token_retry; no status: off */
typedef struct {
    ngx_uint_t                         *statuses;
    ngx_uint_t                          nstatuses;
    ngx_uint_t                          non_idempotent;
} ngx_http_oauth_token_retry_conf_t;


typedef struct {
    ngx_http_oauth_token_provider_t    *provider;      /* NULL: none */
    ngx_http_complex_value_t           *name;          /* with variables */
    ngx_str_t                           literal;       /* as written */
    ngx_http_oauth_token_where_t        where;
    ngx_flag_t                          log_secrets;
    ngx_http_oauth_token_retry_conf_t  *retry;
    ngx_http_handler_pt                 content;       /* see clone */
    ngx_uint_t                          purge;         /* on */
    const struct ngx_http_oauth_token_format_s  *status;  /* NULL: off */
    ngx_str_t                           purged;        /* empty: see purge */
    ngx_http_oauth_token_where_t        purge_where;

    /* of a hidden location: the provider whose token requests run in it */
    ngx_http_oauth_token_provider_t    *endpoint;
} ngx_http_oauth_token_loc_conf_t;


extern ngx_module_t  ngx_http_oauth_token_module;


#endif /* _NGX_HTTP_OAUTH_TOKEN_H_INCLUDED_ */
