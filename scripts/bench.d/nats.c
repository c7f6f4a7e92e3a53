/* Load on a NATS server as libnats alone makes it: so many requests in flight on one connection, each answered one
 * followed by the next, over 1,000 keys of a KV bucket in turn.
 *
 *   nats PORT get | get-one | put | make SECONDS IN-FLIGHT
 *
 * "get-one" reads one key only. "put" sends the messages that nestkv sends for as many PUTs: each with its metadata in
 * headers, the condition that its key's last message is the one that is known, and the condition that the bucket's last
 * message is the one before it. "make" makes the bucket as nestkv does. Values are load.lua's. Ends with one line:
 * RESULT requests microseconds p50 p99 errors. */
#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KEYS = 1000, IN_FLIGHT_MAX = 1024, SAMPLES_MAX = 1 << 24, VALUE_BYTES = 186 };

static natsConnection *connection;
static char *inbox;
static int isPut, next, keyCount = KEYS;
/* The number of each key's last message; 0 if there is none. */
static unsigned long long sequences[KEYS];
static int keyAt[IN_FLIGHT_MAX];
static char values[KEYS][VALUE_BYTES + 1];
static long long sentAt[IN_FLIGHT_MAX];
static unsigned *samples;
static int sampleCount, errors;
static atomic_int isOver, inFlight;

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void check(natsStatus status, const char *what)
{
    if (status == NATS_OK) return;
    fprintf(stderr, "nats: %s: %s\n", what, natsStatus_GetText(status));
    exit(1);
}

static void set_header(natsMsg *message, const char *name, const char *format, long long number)
{
    char value[64];
    snprintf(value, sizeof value, format, number);
    check(natsMsgHeader_Set(message, name, value), "header");
}

static void send_put(const char *subject, const char *reply, int key)
{
    static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static long long run, count;
    natsMsg *message = NULL;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    long long milliseconds = time.tv_sec * 1000LL + time.tv_nsec / 1000000;
    if (count == 0) run = milliseconds;
    check(natsMsg_Create(&message, subject, reply, values[key], VALUE_BYTES), "message");
    set_header(message, "Nestkv-Version", "%lld", count / KEYS + 1);
    set_header(message, "Nestkv-Created", "%lld", run);
    set_header(message, "Nestkv-Updated", "%lld", milliseconds);
    check(natsMsgHeader_Set(message, "Nestkv-Data-Hash", hash), "header");
    set_header(message, "Nats-Expected-Last-Subject-Sequence", "%lld", (long long)sequences[key]);
    char ids[2][64];
    for (int i = 0; i < 2; i++) snprintf(ids[i], sizeof ids[i], "%lld-%lld", run, count - i);
    check(natsMsgHeader_Set(message, "Nats-Msg-Id", ids[0]), "header");
    if (count > 0) check(natsMsgHeader_Set(message, "Nats-Expected-Last-Msg-Id", ids[1]), "header");
    count++;
    check(natsConnection_PublishMsg(connection, message), "publish");
    natsMsg_Destroy(message);
}

/* Sends the next request in place of one in flight. Called first at the start, then by the thread that gets answers;
 * for a moment by both. */
static void send_next(int slot)
{
    static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
    char subject[128], reply[128];
    pthread_mutex_lock(&order);
    int key = next++ % keyCount;
    snprintf(subject, sizeof subject, "%s$KV.bench.items.%d", isPut ? "" : "$JS.API.DIRECT.GET.KV_bench.", 10000 + key);
    snprintf(reply, sizeof reply, "%s.%d", inbox, slot);
    sentAt[slot] = now();
    keyAt[slot] = key;
    if (isPut)
        send_put(subject, reply, key);
    else
        check(natsConnection_PublishRequest(connection, subject, reply, NULL, 0), "publish");
    pthread_mutex_unlock(&order);
}

/* Reads the numbers of the keys' last messages. */
static void read_sequences(void)
{
    for (int key = 0; key < KEYS; key++) {
        char subject[128];
        natsMsg *reply = NULL;
        const char *number = NULL;
        snprintf(subject, sizeof subject, "$JS.API.DIRECT.GET.KV_bench.$KV.bench.items.%d", 10000 + key);
        check(natsConnection_Request(&reply, connection, subject, NULL, 0, 5000), "read");
        if (natsMsgHeader_Get(reply, "Nats-Sequence", &number) == NATS_OK) sequences[key] = strtoull(number, NULL, 10);
        natsMsg_Destroy(reply);
    }
}

static void answered(natsConnection *, natsSubscription *, natsMsg *message, void *)
{
    int slot = atoi(strrchr(natsMsg_GetSubject(message), '.') + 1);
    int length = natsMsg_GetDataLength(message);
    const char *data = natsMsg_GetData(message);
    const char *number = isPut && length > 0 ? strstr(data, "\"seq\":") : NULL;
    if (number != NULL) sequences[keyAt[slot]] = strtoull(number + 6, NULL, 10);
    if (length == 0 || strstr(data, "\"error\"") != NULL || (!isPut && length != VALUE_BYTES)) errors++;
    natsMsg_Destroy(message);
    if (sampleCount < SAMPLES_MAX) samples[sampleCount++] = (unsigned)(now() - sentAt[slot]);
    if (atomic_load(&isOver))
        atomic_fetch_sub(&inFlight, 1);
    else
        send_next(slot);
}

static void make_bucket(void)
{
    static const char config[] =
        "{\"name\":\"KV_bench\",\"subjects\":[\"$KV.bench.>\"],\"storage\":\"file\",\"num_replicas\":1,"
        "\"max_msgs_per_subject\":64,\"discard\":\"new\",\"allow_direct\":true,\"allow_rollup_hdrs\":true,"
        "\"deny_delete\":true,\"allow_msg_ttl\":true,\"allow_atomic\":true}";
    natsMsg *reply = NULL;
    check(natsConnection_RequestString(&reply, connection, "$JS.API.STREAM.CREATE.KV_bench", config, 5000), "create");
    if (strstr(natsMsg_GetData(reply), "\"error\"") != NULL) {
        fprintf(stderr, "nats: create: %s\n", natsMsg_GetData(reply));
        exit(1);
    }
    natsMsg_Destroy(reply);
}

static int ascending(const void *a, const void *b)
{
    unsigned first = *(const unsigned *)a, second = *(const unsigned *)b;
    return first < second ? -1 : first > second;
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "usage: nats PORT get|get-one|put|make SECONDS IN-FLIGHT\n");
        return 2;
    }
    int slots = atoi(arguments[4]);
    if (slots < 1 || slots > IN_FLIGHT_MAX) {
        fprintf(stderr, "nats: 1 to %d in flight, not '%s'\n", IN_FLIGHT_MAX, arguments[4]);
        return 2;
    }
    char url[64];
    snprintf(url, sizeof url, "nats://127.0.0.1:%d", atoi(arguments[1]));
    natsOptions *options = NULL;
    check(natsOptions_Create(&options), "options");
    check(natsOptions_SetURL(options, url), "url");
    check(natsOptions_SetSendAsap(options, true), "options");
    check(natsConnection_Connect(&connection, options), "connect");
    if (strcmp(arguments[2], "make") == 0) {
        make_bucket();
        return 0;
    }
    isPut = strcmp(arguments[2], "put") == 0;
    if (isPut) read_sequences();
    if (strcmp(arguments[2], "get-one") == 0) keyCount = 1;
    for (int i = 0; i < KEYS; i++) {
        int length = snprintf(values[i], sizeof values[i], "{\"id\":%d,\"text\":\"", 10000 + i);
        memset(values[i] + length, 'x', VALUE_BYTES - 2 - length);
        strcpy(values[i] + VALUE_BYTES - 2, "\"}");
    }
    samples = malloc(SAMPLES_MAX * sizeof *samples);
    check(natsInbox_Create(&inbox), "inbox");
    char pattern[128];
    snprintf(pattern, sizeof pattern, "%s.*", inbox);
    natsSubscription *subscription = NULL;
    check(natsConnection_Subscribe(&subscription, connection, pattern, answered, NULL), "subscribe");
    check(natsConnection_Flush(connection), "flush");
    atomic_store(&inFlight, slots);
    long long start = now();
    for (int slot = 0; slot < slots; slot++) send_next(slot);
    sleep((unsigned)atoi(arguments[3]));
    atomic_store(&isOver, 1);
    long long end = now();
    for (int i = 0; i < 2000 && atomic_load(&inFlight) > 0; i++) usleep(1000);
    if (atomic_load(&inFlight) > 0) errors += atomic_load(&inFlight);
    qsort(samples, (size_t)sampleCount, sizeof *samples, ascending);
    printf("RESULT %d %lld %u %u %d\n", sampleCount, end - start, samples[sampleCount / 2],
        samples[(int)(sampleCount * 0.99)], errors);
    return 0;
}
