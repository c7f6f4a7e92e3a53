/* Load on a NATS server as libnats alone makes it: so many requests in flight on one connection, each answered one
 * followed by the next, over 1,000 keys of a KV bucket in turn.
 *
 *   nats PORT get | put | make SECONDS IN-FLIGHT
 *
 * "make" makes the bucket as nestkv does. Values are load.lua's. Ends with one line: RESULT requests microseconds p50 p99
 * errors. */
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
static int isPut, next;
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

/* Sends the next request in place of one in flight. Called first at the start, then by the thread that gets answers. */
static void send_next(int slot)
{
    char subject[128], reply[128];
    int key = next++ % KEYS;
    snprintf(subject, sizeof subject, "%s$KV.bench.items.%d", isPut ? "" : "$JS.API.DIRECT.GET.KV_bench.", 10000 + key);
    snprintf(reply, sizeof reply, "%s.%d", inbox, slot);
    sentAt[slot] = now();
    check(natsConnection_PublishRequest(connection, subject, reply, values[key], isPut ? VALUE_BYTES : 0), "publish");
}

static void answered(natsConnection *, natsSubscription *, natsMsg *message, void *)
{
    int slot = atoi(strrchr(natsMsg_GetSubject(message), '.') + 1);
    int length = natsMsg_GetDataLength(message);
    const char *data = natsMsg_GetData(message);
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
        fprintf(stderr, "usage: nats PORT get|put|make SECONDS IN-FLIGHT\n");
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
