
/*
 * The configuration: blocks of a provider and of a location, read by the
 * nginx that is linked in, as far as its modules have said that all is well.
 *
 * An input is the lines of the provider up to a NUL, behind it those of the
 * location.  A secret that the provider has must not be in any message, and the
 * URL of an accepted one must lead to just one place.
 */

#define _GNU_SOURCE

#include <netdb.h>
#include <sys/mman.h>

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "fuzz.h"
#include "ngx_http_oauth_token.h"


#define CANARY  "c4n4ry-s3cr3t"


/* see tools/link-fuzz */
int __wrap_getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **res);
void __wrap_freeaddrinfo(struct addrinfo *res);
int __wrap_SSL_CTX_load_verify_locations(SSL_CTX *ctx, const char *file,
    const char *path);

static ngx_cycle_t *new_cycle(ngx_pool_t *pool, ngx_log_t *log);
static ngx_int_t read_conf(ngx_cycle_t *cycle);
static void write_conf(const uint8_t *data, size_t size);
static void put(const char *before, const text_t *text, const char *after);
static void check_providers(ngx_cycle_t *cycle);
static void check_url(ngx_http_oauth_token_provider_t *p);
static int is_here(const ngx_str_t *host);
static void check_message(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len);


static int          conf_fd;
static char         conf_path[64];
static ngx_log_t    conf_log;
static ngx_cycle_t  first_cycle;


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    ngx_uint_t  n;

    (void) argc;
    (void) argv;

    (void) ngx_strerror_init();
    ngx_max_sockets = -1;
    ngx_time_init();
    ngx_pid = ngx_getpid();
    ngx_ssl_init(&conf_log);

    /* what is written there would be most of the work */
    ngx_use_stderr = 0;

    conf_log.writer = check_message;
    conf_log.log_level = NGX_LOG_DEBUG;

    first_cycle.log = &conf_log;
    first_cycle.pool = ngx_create_pool(1024, &conf_log);
    ngx_cycle = &first_cycle;

    /* the rest of ngx_os_init() is about the title of the process */

    ngx_pagesize = (ngx_uint_t) getpagesize();
    ngx_cacheline_size = NGX_CPU_CACHE_LINE;
    ngx_ncpu = 1;

    for (n = ngx_pagesize; n >>= 1; ngx_pagesize_shift++) { /* void */ }

    MUST(ngx_crc32_table_init() == NGX_OK);
    ngx_slab_sizes_init();
    MUST(ngx_preinit_modules() == NGX_OK);

    conf_fd = memfd_create("nginx.conf", 0);
    MUST(conf_fd != -1);
    snprintf(conf_path, sizeof(conf_path), "/proc/self/fd/%d", conf_fd);

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_pool_t   *pool;
    ngx_cycle_t  *cycle;

    /* the fuzzer sees what is looked for, and nginx quotes names */

    if (memmem(data, size, CANARY, 3) != NULL) {
        return 0;
    }

    pool = ngx_create_pool(NGX_CYCLE_POOL_SIZE, &conf_log);
    MUST(pool != NULL);

    write_conf(data, size);

    cycle = new_cycle(pool, &conf_log);
    ngx_cycle = cycle;

    if (read_conf(cycle) == NGX_OK) {
        check_providers(cycle);
    }

    ngx_cycle = &first_cycle;
    ngx_destroy_pool(pool);

    /* nginx itself leaves errors of OpenSSL there while it reads */

    ERR_clear_error();

    return 0;
}


/* what ngx_init_cycle() does before it reads */

static ngx_cycle_t *
new_cycle(ngx_pool_t *pool, ngx_log_t *log)
{
    ngx_cycle_t  *cycle;

    cycle = ngx_pcalloc(pool, sizeof(ngx_cycle_t));
    MUST(cycle != NULL);

    cycle->pool = pool;
    cycle->log = log;
    cycle->old_cycle = &first_cycle;

    ngx_str_set(&cycle->conf_prefix, "/nonexistent/");
    ngx_str_set(&cycle->prefix, "/nonexistent/");
    cycle->conf_file.data = (u_char *) conf_path;
    cycle->conf_file.len = strlen(conf_path);

    MUST(ngx_array_init(&cycle->paths, pool, 10, sizeof(ngx_path_t *))
         == NGX_OK);
    MUST(ngx_array_init(&cycle->config_dump, pool, 1, sizeof(ngx_conf_dump_t))
         == NGX_OK);
    ngx_rbtree_init(&cycle->config_dump_rbtree, &cycle->config_dump_sentinel,
                    ngx_str_rbtree_insert_value);
    MUST(ngx_list_init(&cycle->open_files, pool, 20, sizeof(ngx_open_file_t))
         == NGX_OK);
    MUST(ngx_list_init(&cycle->shared_memory, pool, 1, sizeof(ngx_shm_zone_t))
         == NGX_OK);
    MUST(ngx_array_init(&cycle->listening, pool, 10, sizeof(ngx_listening_t))
         == NGX_OK);
    ngx_queue_init(&cycle->reusable_connections_queue);

    cycle->conf_ctx = ngx_pcalloc(pool, ngx_max_module * sizeof(void *));
    MUST(cycle->conf_ctx != NULL);

    ngx_str_set(&cycle->hostname, "gateway");
    MUST(ngx_cycle_modules(cycle) == NGX_OK);

    return cycle;
}


static ngx_int_t
read_conf(ngx_cycle_t *cycle)
{
    char               *rv;
    ngx_int_t           rc;
    ngx_uint_t          i;
    ngx_conf_t          conf;
    ngx_core_module_t  *module;

    for (i = 0; cycle->modules[i]; i++) {
        module = cycle->modules[i]->ctx;

        if (cycle->modules[i]->type == NGX_CORE_MODULE
            && module->create_conf)
        {
            cycle->conf_ctx[cycle->modules[i]->index]
                = module->create_conf(cycle);
        }
    }

    ngx_memzero(&conf, sizeof(ngx_conf_t));

    conf.args = ngx_array_create(cycle->pool, 10, sizeof(ngx_str_t));
    conf.temp_pool = ngx_create_pool(NGX_CYCLE_POOL_SIZE, cycle->log);
    conf.ctx = cycle->conf_ctx;
    conf.cycle = cycle;
    conf.pool = cycle->pool;
    conf.log = cycle->log;
    conf.module_type = NGX_CORE_MODULE;
    conf.cmd_type = NGX_MAIN_CONF;

    MUST(conf.args != NULL && conf.temp_pool != NULL);

    rv = ngx_conf_parse(&conf, &cycle->conf_file);
    rc = rv == NGX_CONF_OK ? NGX_OK : NGX_ERROR;

    ngx_destroy_pool(conf.temp_pool);

    return rc;
}


static void
write_conf(const uint8_t *data, size_t size)
{
    input_t  in;
    text_t   provider, location;

    in = input(data, size);
    provider = take_text(&in, '\0');
    location = take_text(&in, '\0');

    MUST(ftruncate(conf_fd, 0) == 0 && lseek(conf_fd, 0, SEEK_SET) == 0);

    put("events {}\nhttp {\noauth_provider p {\nclient_secret " CANARY ";\n",
        &provider, "\n}\n");
    put("server {\nlisten 127.0.0.1:1;\nlocation / {\n", &location,
        "\nproxy_pass http://127.0.0.1:1;\n}\n}\n}\n");

    free(provider.data);
    free(location.data);
}


static void
put(const char *before, const text_t *text, const char *after)
{
    MUST(dprintf(conf_fd, "%s%.*s%s", before, (int) text->len,
                 (char *) text->data, after) > 0);
}


static void
check_providers(ngx_cycle_t *cycle)
{
    ngx_uint_t                         i;
    ngx_http_conf_ctx_t               *ctx;
    ngx_http_oauth_token_provider_t  **p;
    ngx_http_oauth_token_main_conf_t  *mcf;

    ctx = (ngx_http_conf_ctx_t *) cycle->conf_ctx[ngx_http_module.index];
    MUST(ctx != NULL);

    mcf = ctx->main_conf[ngx_http_oauth_token_module.ctx_index];
    p = mcf->providers.elts;

    for (i = 0; i < mcf->providers.nelts; i++) {
        check_url(p[i]);
    }
}


/* nothing that a client has a say in but the path; no secret */

static void
check_url(ngx_http_oauth_token_provider_t *p)
{
    size_t         i;
    ngx_str_t     *uri;
    const u_char  *h;

    uri = &p->uri.text;
    h = p->host.data;

    MUST(p->scheme.len == 7 || p->scheme.len == 8);
    MUST(p->host.len > 0 && h[0] != ':');

    for (i = 0; i < p->host.len; i++) {
        MUST(h[i] > ' ' && h[i] < 0x7f
             && strchr("@$\\/?#{", h[i]) == NULL);
    }

    MUST(p->scheme.len == 8 || p->insecure_http == 1 || is_here(&p->host));

    for (i = 0; i < uri->len; i++) {
        MUST(uri->data[i] > ' ' && uri->data[i] < 0x7f && uri->data[i] != '#');
    }

    MUST(uri->len == 0 || uri->data[0] == '/');
    MUST(memmem(uri->data, uri->len, CANARY, strlen(CANARY)) == NULL);
}


/* whether the name is one of this machine, with a port or without */

static int
is_here(const ngx_str_t *host)
{
    int       end;
    char      name[256], again[64];
    unsigned  a, b, c, d;

    snprintf(name, sizeof(name), "%.*s", (int) host->len, host->data);

    if (strncmp(name, "[::1]", 5) == 0) {
        return name[5] == '\0' || name[5] == ':';
    }

    name[strcspn(name, ":")] = '\0';
    end = 0;

    if (sscanf(name, "%3u.%3u.%3u.%3u%n", &a, &b, &c, &d, &end) != 4) {
        return strcasecmp(name, "localhost") == 0;
    }

    /* as it is always written: some read 0127 as octal */

    snprintf(again, sizeof(again), "%u.%u.%u.%u", a, b, c, d);

    return strcmp(name, again) == 0 && a == 127;
}


static void
check_message(ngx_log_t *log, ngx_uint_t level, u_char *buf, size_t len)
{
    (void) log;
    (void) level;

    MUST(memmem(buf, len, CANARY, strlen(CANARY)) == NULL);
}


/* every name has an address, and nobody is asked for it */

int
__wrap_getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
    struct addrinfo     *info;
    struct sockaddr_in  *sin;

    (void) name;
    (void) service;
    (void) hints;

    info = calloc(1, sizeof(*info) + sizeof(*sin));
    MUST(info != NULL);

    sin = (struct sockaddr_in *) (info + 1);
    sin->sin_family = AF_INET;
    sin->sin_addr.s_addr = htonl(0xc0000201);      /* 192.0.2.1 */

    info->ai_family = AF_INET;
    info->ai_socktype = SOCK_STREAM;
    info->ai_addrlen = sizeof(*sin);
    info->ai_addr = (struct sockaddr *) sin;

    *res = info;

    return 0;
}


void
__wrap_freeaddrinfo(struct addrinfo *res)
{
    free(res);
}


/* reading all authorities of the system would take most of the time */

int
__wrap_SSL_CTX_load_verify_locations(SSL_CTX *ctx, const char *file,
    const char *path)
{
    (void) ctx;
    (void) file;
    (void) path;

    return 1;
}
