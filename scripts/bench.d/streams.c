/* Load for streams of events: many subscribers on one thread, a publisher on another.
   usage: streams PORT [-s subscribers] [-e events] [-r events/s, 0: as fast as it is answered] [-b bytes of a value]
                  [-i id of the server's process] [-w seconds to stay silent instead of publishing]
   prints: RESULT deliveries seconds server-CPU-us-each p50-us p99-us KB-each publishes/s faults
   Every value has a mark in it, @@T<16 hex digits of ns>,<8 digits>; by which each subscriber's order and latency are
   checked whatever else an event holds. A fault is a gap, a double or an end. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MARK = 3 + 16 + 1 + 8 + 1 };
struct subscriber {
    int fd, is_open, tail;
    uint32_t next;
    char keep[MARK];
};

static struct sockaddr_in address;
static int subscribers = 1000, events = 1000, bytes = 186, rate, silence;
static const char *pid;
static uint32_t *latencies;
static size_t latency_count;
static uint64_t faults, publish_ns;
static _Atomic int is_publishing;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int dial(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void put(int fd, const char *text, size_t length) {
    while (length) {
        ssize_t n = send(fd, text, length, MSG_NOSIGNAL);
        if (n <= 0) die("send");
        text += n, length -= n;
    }
}

/* A number of the server's process: its CPU time in us, or its resident memory in KB. */
static double server(int wants_memory) {
    char path[64], text[4096];
    if (!pid) return 0;
    snprintf(path, sizeof path, "/proc/%s/%s", pid, wants_memory ? "status" : "stat");
    FILE *f = fopen(path, "r");
    if (!f) die(path);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    if (wants_memory) return atof(strstr(text, "VmRSS:") + 6);
    unsigned long long user, system;
    sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system);
    return (user + system) * 1e6 / sysconf(_SC_CLK_TCK);
}

static void note(struct subscriber *s, const char *mark, uint64_t at) {
    char time[17] = {0}, number[9] = {0};
    memcpy(time, mark + 3, 16), memcpy(number, mark + 20, 8);
    uint32_t n = strtoul(number, NULL, 10);
    if (n != s->next) faults++;
    s->next = n + 1;
    if (latency_count < (size_t)subscribers * events)
        latencies[latency_count++] = (at - strtoull(time, NULL, 16)) / 1000;
}

/* Finds the marks in what has come; one may be cut by the end of what was read. */
static void take(struct subscriber *s, char *data, size_t length, uint64_t at) {
    memcpy(data - s->tail, s->keep, s->tail);
    char *p = data - s->tail, *end = data + length, *mark;
    while ((mark = memmem(p, end - p, "@@T", 3)) && mark + MARK <= end) note(s, mark, at), p = mark + MARK;
    s->tail = end - p < MARK - 1 ? end - p : MARK - 1;
    memcpy(s->keep, end - s->tail, s->tail);
}

static void *publish(void *unused) {
    int fd = dial();
    char request[8192], answer[4096];
    uint64_t start = now();
    for (int number = 0; number < events; number++) {
        uint64_t due = rate ? start + number * 1000000000ull / rate : 0, at = now();
        if (due > at) usleep((due - at) / 1000);
        char value[4096];
        int n = snprintf(value, sizeof value, "{\"mark\":\"@@T%016llx,%08d;\",\"fill\":\"", (unsigned long long)now(), number);
        while (n < bytes - 2) value[n++] = 'x';
        n += snprintf(value + n, sizeof value - n, "\"}");
        n = snprintf(request, sizeof request,
                     "PUT /bench/live HTTP/1.1\r\nHost: localhost\r\nPrefer: return=minimal\r\n"
                     "Content-Length: %d\r\n\r\n%s", n, value);
        put(fd, request, n);
        ssize_t got = recv(fd, answer, sizeof answer - 1, 0);
        if (got <= 0) die("answer");
        if (strncmp(answer, "HTTP/1.1 20", 11)) fprintf(stderr, "%.*s\n", (int)got, answer), exit(1);
    }
    publish_ns = now() - start;
    close(fd);
    is_publishing = 0;
    return unused;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
    if (argc < 2) return fprintf(stderr, "usage: streams PORT [option]...\n"), 2;
    address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    optind = 2;
    for (int o; (o = getopt(argc, argv, "s:e:r:b:i:w:")) != -1;) switch (o) {
        case 's': subscribers = atoi(optarg); break;
        case 'e': events = atoi(optarg); break;
        case 'r': rate = atoi(optarg); break;
        case 'b': bytes = atoi(optarg) < 4000 ? atoi(optarg) : 4000; break;
        case 'i': pid = optarg; break;
        case 'w': silence = atoi(optarg); break;
        default: return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files), files.rlim_cur = files.rlim_max, setrlimit(RLIMIT_NOFILE, &files);
    double memory = server(1), cpu = 0;
    int poll = epoll_create1(0), waiting = subscribers, has_started = 0;
    static const char request[] = "GET /bench HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    struct subscriber *all = calloc(subscribers + 1, sizeof *all);
    for (int i = 0; i < subscribers; i++) {
        put(all[i].fd = dial(), request, sizeof request - 1);
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &all[i]});
    }
    size_t expected = (size_t)subscribers * events;
    latencies = malloc(expected * sizeof *latencies + 1);
    static char room[MARK + (256 << 10)];
    struct epoll_event ready[512];
    uint64_t begin = 0, last = 0;
    pthread_t thread;
    while (!has_started || is_publishing || (latency_count < expected && now() - last < 5000000000ull)) {
        if (!has_started && waiting == 0) {
            usleep(300000);
            memory = subscribers ? (server(1) - memory) / subscribers : 0;
            if (silence) {
                printf("READY\n"), fflush(stdout), sleep(silence);
                return 0;
            }
            cpu = server(0), begin = last = now(), has_started = is_publishing = 1;
            pthread_create(&thread, NULL, publish, NULL);
        }
        int n = epoll_wait(poll, ready, 512, 50);
        for (int i = 0; i < n; i++) {
            struct subscriber *s = ready[i].data.ptr;
            ssize_t got = recv(s->fd, room + MARK, sizeof room - MARK, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) {
                faults++, close(s->fd);
                continue;
            }
            last = now();
            if (!s->is_open) s->is_open = 1, waiting--;
            take(s, room + MARK, got, last);
        }
    }
    cpu = server(0) - cpu;
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    faults += expected - latency_count;
    printf("RESULT %zu %.3f %.2f %u %u %.2f %.0f %llu\n", latency_count, (last - begin) / 1e9,
           latency_count ? cpu / latency_count : 0, latency_count ? latencies[latency_count / 2] : 0,
           latency_count ? latencies[(size_t)(.99 * (latency_count - 1))] : 0, memory,
           events / (publish_ns / 1e9), (unsigned long long)faults);
    return 0;
}
