/* rocksdb PORT FILE FOLDER: as `reply`, but each PUT is stored by RocksDB before it is answered, in the rows that
   nestkv writes: the leaf, its older version, the change, and for each group of PUTs one row of state. One thread takes
   all PUTs that wait, writes them as one batch, syncs once, and lets them be answered. Hashes and times in the rows are
   zero; nothing is read, no precondition is checked, and no old change is deleted. */
#include "saved_reply.h"

#include <endian.h>
#include <pthread.h>
#include <rocksdb/c.h>
#include <stdint.h>
#include <unistd.h>

enum { KEY_MAX = 256, VALUE_MAX = 1024, HEADER = 70, ROW_MAX = HEADER + VALUE_MAX, LEAVES = 1 << 16 };
/* The older versions of a leaf that are kept, and how many more may be before they are deleted. */
enum { DEPTH = 64, SLACK = 16 };
enum { INFO, ENTRIES, HISTORY, FEED, FAMILIES };

struct put {
    struct put *next;
    struct MHD_Connection *connection;
    size_t key_size, value_size;
    int is_stored;
    char key[KEY_MAX], value[VALUE_MAX];
};

static struct leaf {
    size_t key_size, row_size;
    uint64_t version;
    char key[KEY_MAX], row[ROW_MAX];
} leaves[LEAVES];

static rocksdb_t *database;
static rocksdb_column_family_handle_t *families[FAMILIES];
static struct put *first, **last = &first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_waiting = PTHREAD_COND_INITIALIZER;
static struct MHD_Response *prepared;

static struct leaf *find(const char *key, size_t size) {
    uint64_t hash = 0xCBF29CE484222325;
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)key[i]) * 0x100000001B3;
    for (size_t place = hash % LEAVES, tries = 0; tries < LEAVES; place = (place + 1) % LEAVES, tries++) {
        struct leaf *leaf = &leaves[place];
        if (leaf->key_size == 0) {
            memcpy(leaf->key, key, size);
            leaf->key_size = size;
        }
        if (leaf->key_size == size && memcmp(leaf->key, key, size) == 0) return leaf;
    }
    die("too many keys");
    return NULL;
}

static char *add(char *row, uint64_t number, size_t size) {
    memcpy(row, &number, size);
    return row + size;
}

static size_t history_row(char *row, const struct leaf *leaf, uint64_t version) {
    memcpy(row, leaf->key, leaf->key_size);
    add(row + leaf->key_size, htobe64(version), 8);
    return leaf->key_size + 8;
}

static void stage(const struct put *put, uint64_t revision, rocksdb_writebatch_t *batch) {
    struct leaf *leaf = find(put->key, put->key_size);
    char key[KEY_MAX + 8], end[KEY_MAX + 8], change[KEY_MAX + 32 + ROW_MAX] = {0}, *row = change;
    if (leaf->version > 0) {
        size_t size = history_row(key, leaf, leaf->version);
        rocksdb_writebatch_put_cf(batch, families[HISTORY], key, size, leaf->row, leaf->row_size);
        if (leaf->version > DEPTH && leaf->version % SLACK == 0) {
            history_row(key, leaf, 0);
            history_row(end, leaf, leaf->version - DEPTH + 1);
            rocksdb_writebatch_delete_range_cf(batch, families[HISTORY], key, size, end, size);
        }
    }
    leaf->version++;
    row = add(row, 0, 1);
    row = add(row, revision, 8);
    row = add(row, 0, 8);
    row = add(row, put->key_size, 4);
    memcpy(row, put->key, put->key_size);
    row += put->key_size;
    char *record = row;
    row = add(row, 1, 2);
    row = add(row, leaf->version, 8);
    row = add(row, revision, 8);
    row = add(row + 16 + 32, put->value_size, 4);
    memcpy(row, put->value, put->value_size);
    row += put->value_size;
    leaf->row_size = (size_t)(row - record);
    memcpy(leaf->row, record, leaf->row_size);
    rocksdb_writebatch_put_cf(batch, families[ENTRIES], put->key, put->key_size, record, leaf->row_size);
    revision = htobe64(revision);
    rocksdb_writebatch_put_cf(batch, families[FEED], (char *)&revision, 8, change, (size_t)(row - change));
}

static void *write_groups(void *unused) {
    (void)unused;
    rocksdb_writeoptions_t *synced = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(synced, 1);
    rocksdb_set_perf_level(rocksdb_disable);
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    char state[49] = {0}, *error = NULL;
    for (uint64_t revision = 0;;) {
        pthread_mutex_lock(&lock);
        while (!first) pthread_cond_wait(&is_waiting, &lock);
        struct put *group = first;
        first = NULL;
        last = &first;
        pthread_mutex_unlock(&lock);
        for (struct put *put = group; put; put = put->next) stage(put, ++revision, batch);
        add(state, revision, 8);
        rocksdb_writebatch_put_cf(batch, families[INFO], "state", 5, state, sizeof state);
        rocksdb_write(database, synced, batch, &error);
        if (error) die(error);
        rocksdb_writebatch_clear(batch);
        while (group) {
            struct put *put = group;
            group = put->next;
            put->is_stored = 1;
            MHD_resume_connection(put->connection);
        }
    }
    return NULL;
}

static void store(struct put *put) {
    MHD_suspend_connection(put->connection);
    pthread_mutex_lock(&lock);
    int wakes = !first;
    *last = put;
    last = &put->next;
    pthread_mutex_unlock(&lock);
    if (wakes) pthread_cond_signal(&is_waiting);
}

/* A key is the path's segments, each followed by NUL. */
static void begin(struct put *put, struct MHD_Connection *connection, const char *url) {
    put->connection = connection;
    put->key_size = strlen(url);
    if (put->key_size >= KEY_MAX) die("the path is too long");
    memcpy(put->key, url + 1, put->key_size);
    for (size_t i = 0; i < put->key_size; i++)
        if (put->key[i] == '/') put->key[i] = 0;
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state) {
    (void)cls, (void)version;
    struct put *put = *state;
    if (!put) {
        *state = put = calloc(1, sizeof *put);
        if (!put) die("no memory");
        begin(put, connection, url);
        return MHD_YES;
    }
    if (*size > 0) {
        if (put->value_size + *size > VALUE_MAX) die("the value is too long");
        memcpy(put->value + put->value_size, data, *size);
        put->value_size += *size;
        *size = 0;
        return MHD_YES;
    }
    if (put->is_stored || strcmp(method, "PUT") != 0) return MHD_queue_response(connection, status, prepared);
    store(put);
    return MHD_YES;
}

static void completed(void *cls, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code) {
    (void)cls, (void)connection, (void)code;
    free(*state);
    *state = NULL;
}

static void open_database(const char *folder) {
    const char *names[] = {"default", "entries", "history", "feed"};
    const rocksdb_options_t *each[FAMILIES];
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_options_set_create_missing_column_families(options, 1);
    /* The same memory and compression as in nestkv. */
    rocksdb_options_set_db_write_buffer_size(options, 16 << 20);
    rocksdb_options_set_max_total_wal_size(options, 32 << 20);
    rocksdb_options_set_compression(options, rocksdb_lz4_compression);
    rocksdb_options_set_max_background_jobs(options, 2);
    for (int i = 0; i < FAMILIES; i++) each[i] = options;
    char *error = NULL;
    database = rocksdb_open_column_families(options, folder, FAMILIES, names, each, families, &error);
    if (error) die(error);
}

int main(int count, char **arguments) {
    if (count != 4) die("usage: rocksdb PORT FILE FOLDER");
    read_reply(arguments[2]);
    prepared = make(MHD_RESPMEM_PERSISTENT);
    open_database(arguments[3]);
    pthread_t writer;
    if (pthread_create(&writer, NULL, write_groups, NULL) != 0) die("can't start a thread");
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    /* The same memory for a connection as in nestkv. */
    if (!MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
                          (uint16_t)atoi(arguments[1]), NULL, NULL, answer, NULL, MHD_OPTION_THREAD_POOL_SIZE,
                          cores > 1 ? (unsigned)cores : 0u, MHD_OPTION_CONNECTION_LIMIT, 4096u,
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16 << 10, MHD_OPTION_NOTIFY_COMPLETED, completed,
                          NULL, MHD_OPTION_END))
        die("can't listen");
    for (;;) pause();
}
