
#include "ngx_http_oauth_token_memo.h"

#include "ngx_http_oauth_token_key.h"
#include "ngx_http_oauth_token_secret.h"


/* values together, bytes: ids, names and scopes, but no tokens */
#define NGX_HTTP_OAUTH_TOKEN_MEMO_TEXT   200

/* not asked for in this time, ms, is not in use */
#define NGX_HTTP_OAUTH_TOKEN_MEMO_IDLE   60000

/* their order is as good as this, ms; a hot one is not moved all the time */
#define NGX_HTTP_OAUTH_TOKEN_MEMO_ORDER  1000

/* so many are forgotten at once, about a millisecond */
#define NGX_HTTP_OAUTH_TOKEN_MEMO_STEP   8192


typedef struct {
    ngx_str_node_t            node;        /* of the text behind it */
    ngx_queue_t               queue;
    ngx_msec_t                used;
    u_char                    key[NGX_HTTP_OAUTH_TOKEN_KEY_LEN];
} ngx_http_oauth_token_memo_entry_t;


struct ngx_http_oauth_token_memo_s {
    ngx_rbtree_t              tree;
    ngx_rbtree_node_t         sentinel;
    ngx_queue_t               queue;       /* the latest first */
    ngx_uint_t                entries;
    ngx_uint_t                most;
};


static size_t ngx_http_oauth_token_memo_text(
    ngx_http_oauth_token_provider_t *provider, ngx_str_t *slots, u_char *text);
static ngx_http_oauth_token_memo_t *ngx_http_oauth_token_memo_create(
    ngx_http_oauth_token_zone_conf_t *zone);
static void ngx_http_oauth_token_memo_use(ngx_http_oauth_token_memo_t *memo,
    ngx_http_oauth_token_memo_entry_t *entry);
static void ngx_http_oauth_token_memo_add(
    ngx_http_oauth_token_zone_conf_t *zone, ngx_str_t *text, uint32_t hash,
    const u_char *key);
static void ngx_http_oauth_token_memo_forget(
    ngx_http_oauth_token_memo_t *memo,
    ngx_http_oauth_token_memo_entry_t *entry);


u_char *
ngx_http_oauth_token_memo_key(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *slots, u_char *dst)
{
    u_char                              own[NGX_HTTP_OAUTH_TOKEN_MEMO_TEXT];
    u_char                             *key;
    uint32_t                            hash;
    ngx_str_t                           text;
    ngx_http_oauth_token_memo_t        *memo;
    ngx_http_oauth_token_memo_entry_t  *entry;

    text.data = own;
    text.len = ngx_http_oauth_token_memo_text(provider, slots, own);

    if (text.len == 0) {
        return ngx_http_oauth_token_key(provider, slots, dst);
    }

    hash = ngx_murmur_hash2(text.data, text.len);
    memo = provider->zone->memo;

    entry = memo ? (ngx_http_oauth_token_memo_entry_t *)
                       ngx_str_rbtree_lookup(&memo->tree, &text, hash)
                 : NULL;

    if (entry) {
        ngx_http_oauth_token_memo_use(memo, entry);
        ngx_memcpy(dst, entry->key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

        return dst;
    }

    key = ngx_http_oauth_token_key(provider, slots, dst);

    if (key == dst) {
        ngx_http_oauth_token_memo_add(provider->zone, &text, hash, key);
    }

    return key;
}


/* each with its length, so that no two lists run together; 0: too long */

static size_t
ngx_http_oauth_token_memo_text(ngx_http_oauth_token_provider_t *provider,
    ngx_str_t *slots, u_char *text)
{
    u_char      *p, *end;
    uintptr_t    whose;
    ngx_uint_t   i;

    end = text + NGX_HTTP_OAUTH_TOKEN_MEMO_TEXT;
    whose = (uintptr_t) provider;

    p = ngx_cpymem(text, &whose, sizeof(uintptr_t));

    for (i = 0; i < provider->slots.nelts; i++) {

        if (slots[i].len >= (size_t) (end - p)) {
            return 0;
        }

        *p++ = (u_char) slots[i].len;
        p = ngx_cpymem(p, slots[i].data, slots[i].len);
    }

    return p - text;
}


static ngx_http_oauth_token_memo_t *
ngx_http_oauth_token_memo_create(ngx_http_oauth_token_zone_conf_t *zone)
{
    ngx_http_oauth_token_memo_t        *memo;
    ngx_http_oauth_token_store_room_t   room;

    memo = ngx_http_oauth_token_secret_alloc(
               sizeof(ngx_http_oauth_token_memo_t));

    if (memo == NULL) {
        return NULL;
    }

    ngx_http_oauth_token_store_room(zone->store, &room);

    ngx_rbtree_init(&memo->tree, &memo->sentinel, ngx_str_rbtree_insert_value);
    ngx_queue_init(&memo->queue);

    memo->entries = 0;
    memo->most = room.entries;

    zone->memo = memo;

    return memo;
}


static void
ngx_http_oauth_token_memo_use(ngx_http_oauth_token_memo_t *memo,
    ngx_http_oauth_token_memo_entry_t *entry)
{
    if (ngx_current_msec - entry->used < NGX_HTTP_OAUTH_TOKEN_MEMO_ORDER) {
        return;
    }

    entry->used = ngx_current_msec;

    ngx_queue_remove(&entry->queue);
    ngx_queue_insert_head(&memo->queue, &entry->queue);
}


/* without memory it is made again the next time */

static void
ngx_http_oauth_token_memo_add(ngx_http_oauth_token_zone_conf_t *zone,
    ngx_str_t *text, uint32_t hash, const u_char *key)
{
    ngx_queue_t                        *q;
    ngx_http_oauth_token_memo_t        *memo;
    ngx_http_oauth_token_memo_entry_t  *entry;

    memo = zone->memo ? zone->memo : ngx_http_oauth_token_memo_create(zone);
    if (memo == NULL) {
        return;
    }

    if (memo->entries >= memo->most) {
        q = ngx_queue_last(&memo->queue);

        ngx_http_oauth_token_memo_forget(memo,
               ngx_queue_data(q, ngx_http_oauth_token_memo_entry_t, queue));
    }

    entry = ngx_http_oauth_token_secret_alloc(
                sizeof(ngx_http_oauth_token_memo_entry_t) + text->len);
    if (entry == NULL) {
        return;
    }

    entry->node.node.key = hash;
    entry->node.str.len = text->len;
    entry->node.str.data = (u_char *) (entry + 1);
    entry->used = ngx_current_msec;

    ngx_memcpy(entry->node.str.data, text->data, text->len);
    ngx_memcpy(entry->key, key, NGX_HTTP_OAUTH_TOKEN_KEY_LEN);

    ngx_rbtree_insert(&memo->tree, &entry->node.node);
    ngx_queue_insert_head(&memo->queue, &entry->queue);

    memo->entries++;
}


static void
ngx_http_oauth_token_memo_forget(ngx_http_oauth_token_memo_t *memo,
    ngx_http_oauth_token_memo_entry_t *entry)
{
    ngx_rbtree_delete(&memo->tree, &entry->node.node);
    ngx_queue_remove(&entry->queue);

    memo->entries--;

    ngx_http_oauth_token_secret_free(entry);
}


void
ngx_http_oauth_token_memo_tidy(ngx_http_oauth_token_zone_conf_t *zone)
{
    ngx_uint_t                          n;
    ngx_queue_t                        *q;
    ngx_http_oauth_token_memo_t        *memo;
    ngx_http_oauth_token_memo_entry_t  *entry;

    memo = zone->memo;

    if (memo == NULL) {
        return;
    }

    for (n = 0; n < NGX_HTTP_OAUTH_TOKEN_MEMO_STEP; n++) {

        if (ngx_queue_empty(&memo->queue)) {
            return;
        }

        q = ngx_queue_last(&memo->queue);
        entry = ngx_queue_data(q, ngx_http_oauth_token_memo_entry_t, queue);

        if (ngx_current_msec - entry->used < NGX_HTTP_OAUTH_TOKEN_MEMO_IDLE) {
            return;
        }

        ngx_http_oauth_token_memo_forget(memo, entry);
    }
}


void
ngx_http_oauth_token_memo_free(ngx_http_oauth_token_zone_conf_t *zone)
{
    ngx_queue_t                  *q;
    ngx_http_oauth_token_memo_t  *memo;

    memo = zone->memo;

    if (memo == NULL) {
        return;
    }

    while (!ngx_queue_empty(&memo->queue)) {
        q = ngx_queue_head(&memo->queue);

        ngx_http_oauth_token_memo_forget(memo,
               ngx_queue_data(q, ngx_http_oauth_token_memo_entry_t, queue));
    }

    ngx_http_oauth_token_secret_free(memo);

    zone->memo = NULL;
}
