/* Writes to a store on Redis as hiredis alone makes them: so many commits in flight on one connection, in two calls of
 * the driver's script, each answered one followed by the next, over 1,000 keys in turn. One call with all of them, more
 * calls, and a call for each commit are slower.
 *
 *   redis PORT SHA-1 put SECONDS IN-FLIGHT
 *
 * The script with this SHA-1 is loaded, and the store is open. Each commit replaces the value that the last one wrote
 * at its key, and expects no leaf above and below it, as that of a PUT does. Values are load.lua's. Ends with one line:
 * RESULT requests microseconds p50 p99 errors. */
#include <hiredis/hiredis.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS = 1000, CALLS = 2, IN_FLIGHT_MAX = 1000, FIELDS = 7, SAMPLES_MAX = 1 << 24, VALUE_BYTES = 186 };

/* A key, what is written there, and the revision that is there: "" if there is none. */
static struct {
    char name[32], member[32], revision[24], value[VALUE_BYTES + 1], digest[41], hash[65];
    size_t memberBytes;
} keys[KEYS];

static redisContext *connection;
static const char *script;
/* The latest revision that is known. */
static char latest[24] = "0";
static int next, perCall;
static unsigned *samples;
static int sampleCount, errors;

static long long now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static redisReply *reply(void)
{
    void *reply = NULL;
    if (redisGetReply(connection, &reply) != REDIS_OK) {
        fprintf(stderr, "redis: %s\n", connection->errstr);
        exit(1);
    }
    return reply;
}

static void hexadecimal(char *text, const unsigned char *bytes, int count)
{
    for (int i = 0; i < count; i++) sprintf(text + 2 * i, "%02x", bytes[i]);
}

static void make_keys(void)
{
    for (int i = 0; i < KEYS; i++) {
        sprintf(keys[i].name, "bench:items:%d", 10000 + i);
        keys[i].memberBytes = strlen(keys[i].name) + 1;
        for (size_t j = 0; j < keys[i].memberBytes; j++)
            keys[i].member[j] = keys[i].name[j] == ':' ? 0 : keys[i].name[j];
        char *value = keys[i].value;
        int length = sprintf(value, "{\"id\":%d,\"text\":\"", 10000 + i);
        memset(value + length, 'x', VALUE_BYTES - 2 - length);
        strcpy(value + VALUE_BYTES - 2, "\"}");
        unsigned char digest[SHA256_DIGEST_LENGTH];
        hexadecimal(keys[i].digest, SHA1((unsigned char *)value, VALUE_BYTES, digest), SHA_DIGEST_LENGTH);
        hexadecimal(keys[i].hash, SHA256((unsigned char *)value, VALUE_BYTES, digest), SHA256_DIGEST_LENGTH);
    }
    /* The revision is the third word of a key's row. */
    for (int i = 0; i < KEYS; i++) redisAppendCommand(connection, "HGET nestkv:meta %s", keys[i].name);
    for (int i = 0; i < KEYS; i++) {
        redisReply *row = reply();
        if (row->type == REDIS_REPLY_STRING) sscanf(row->str, "%*s %*s %23s", keys[i].revision);
        freeReplyObject(row);
    }
}

static const char *words[4 + IN_FLIGHT_MAX * FIELDS];
static size_t lengths[4 + IN_FLIGHT_MAX * FIELDS];
static int wordCount;

static void add(const char *word, size_t length)
{
    words[wordCount] = word;
    lengths[wordCount++] = length;
}

/* Sends a call with the next commits. */
static void send_call(void)
{
    static char heads[IN_FLIGHT_MAX][64], tails[IN_FLIGHT_MAX][160];
    char clock[32];
    wordCount = 0;
    long long milliseconds = now(CLOCK_REALTIME) / 1000;
    add("EVALSHA", 7);
    add(script, 40);
    add("0", 1);
    add(clock, (size_t)sprintf(clock, "%lld 0", milliseconds));
    for (int i = 0; i < perCall; i++) {
        int key = (next + i) % KEYS;
        add(heads[i], (size_t)sprintf(heads[i], "1 0 0 %s 1", latest));
        add(keys[key].name, strlen(keys[key].name));
        add(keys[key].member, keys[key].memberBytes);
        add(keys[key].revision, strlen(keys[key].revision));
        add(keys[key].value, VALUE_BYTES);
        add("0", 1);
        add(tails[i], (size_t)sprintf(tails[i], "%s %lld - %s -", keys[key].digest, milliseconds, keys[key].hash));
    }
    next = (next + perCall) % KEYS;
    redisAppendCommandArgv(connection, wordCount, words, lengths);
}

/* Reads the answer to a call whose first commit was that of a key. */
static void read_answer(int first, long long sent)
{
    redisReply *answer = reply();
    if (answer->type != REDIS_REPLY_ARRAY || answer->elements != (size_t)perCall) {
        fprintf(stderr, "redis: the script answered %s\n", answer->type == REDIS_REPLY_ERROR ? answer->str : "oddly");
        exit(1);
    }
    unsigned took = (unsigned)(now(CLOCK_MONOTONIC) - sent);
    for (int i = 0; i < perCall; i++) {
        const redisReply *commit = answer->element[i];
        if (commit->type == REDIS_REPLY_STRING) {
            sscanf(commit->str, "%23s", keys[(first + i) % KEYS].revision);
            strcpy(latest, keys[(first + i) % KEYS].revision);
        } else {
            errors++;
        }
        if (sampleCount < SAMPLES_MAX) samples[sampleCount++] = took;
    }
    freeReplyObject(answer);
}

static int ascending(const void *a, const void *b)
{
    unsigned first = *(const unsigned *)a, second = *(const unsigned *)b;
    return first < second ? -1 : first > second;
}

int main(int count, char **arguments)
{
    if (count != 6 || strlen(arguments[2]) != 40 || strcmp(arguments[3], "put") != 0) {
        fprintf(stderr, "usage: redis PORT SHA-1 put SECONDS IN-FLIGHT\n");
        return 2;
    }
    script = arguments[2];
    int inFlight = atoi(arguments[5]);
    if (inFlight < 1 || inFlight > IN_FLIGHT_MAX) {
        fprintf(stderr, "redis: 1 to %d in flight, not '%s'\n", IN_FLIGHT_MAX, arguments[5]);
        return 2;
    }
    perCall = (inFlight + CALLS - 1) / CALLS;
    connection = redisConnect("127.0.0.1", atoi(arguments[1]));
    if (connection == NULL || connection->err) {
        fprintf(stderr, "redis: connect: %s\n", connection ? connection->errstr : "no memory");
        return 1;
    }
    samples = malloc(SAMPLES_MAX * sizeof *samples);
    make_keys();
    long long start = now(CLOCK_MONOTONIC), end = start + atoi(arguments[4]) * 1000000LL, sent[CALLS];
    int firsts[CALLS], pending = 0;
    for (int call = 0; pending > 0 || now(CLOCK_MONOTONIC) < end; call = (call + 1) % CALLS) {
        if (pending == CALLS || now(CLOCK_MONOTONIC) >= end) {
            read_answer(firsts[call], sent[call]);
            pending--;
        }
        if (now(CLOCK_MONOTONIC) < end) {
            firsts[call] = next;
            sent[call] = now(CLOCK_MONOTONIC);
            send_call();
            pending++;
        }
    }
    qsort(samples, (size_t)sampleCount, sizeof *samples, ascending);
    printf("RESULT %d %lld %u %u %d\n", sampleCount, now(CLOCK_MONOTONIC) - start, samples[sampleCount / 2],
        samples[(int)(sampleCount * 0.99)], errors);
    return 0;
}
