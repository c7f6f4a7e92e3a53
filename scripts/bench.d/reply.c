/* reply PORT FILE [copy]: answers every request with the response that FILE holds, as `curl -i` saved it, straight on
   libmicrohttpd. This is as fast as the library gets, and what nestkv is measured against: same header fields, same bytes.
   The response is made once and sent again and again; with `copy` it is made for each request, its body copied. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static struct {
    char *name, *value;
} fields[32];
static size_t field_count, body_size;
static char *body;
static unsigned status;
static struct MHD_Response *prepared;

static void die(const char *what) {
    fprintf(stderr, "reply: %s\n", what);
    exit(1);
}

static void read_reply(const char *path) {
    static char text[4 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) die("can't open the file");
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    char *line = text;
    if (sscanf(line, "HTTP/1.1 %u", &status) != 1) die("the file is not an HTTP response");
    while ((line = strstr(line, "\r\n")) != NULL) {
        *line = 0;
        line += 2;
        if (strncmp(line, "\r\n", 2) == 0) break;
        char *colon = strchr(line, ':');
        if (!colon || field_count == sizeof fields / sizeof *fields) die("the response's header is invalid");
        *colon = 0;
        if (strcasecmp(line, "Date") == 0 || strcasecmp(line, "Content-Length") == 0) {
            line = colon + 1;
            continue;
        }
        fields[field_count].name = line;
        line = colon + 1 + strspn(colon + 1, " ");
        fields[field_count++].value = line;
    }
    if (!line) die("the response's header has no end");
    body = line + 2;
    body_size = size - (size_t)(body - text);
}

static struct MHD_Response *make(enum MHD_ResponseMemoryMode mode) {
    struct MHD_Response *response = MHD_create_response_from_buffer(body_size, body, mode);
    for (size_t i = 0; i < field_count; i++) MHD_add_response_header(response, fields[i].name, fields[i].value);
    return response;
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state) {
    (void)cls, (void)url, (void)method, (void)version, (void)data;
    static char seen;
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    if (*size > 0) {
        *size = 0;
        return MHD_YES;
    }
    if (prepared) return MHD_queue_response(connection, status, prepared);
    struct MHD_Response *response = make(MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

int main(int count, char **arguments) {
    if (count < 3) die("usage: reply PORT FILE [copy]");
    read_reply(arguments[2]);
    if (count == 3) prepared = make(MHD_RESPMEM_PERSISTENT);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    /* The same memory for a connection as in nestkv. */
    if (!MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, (uint16_t)atoi(arguments[1]), NULL, NULL,
                          answer, NULL, MHD_OPTION_THREAD_POOL_SIZE, cores > 1 ? (unsigned)cores : 0u,
                          MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16 << 10,
                          MHD_OPTION_END))
        die("can't listen");
    for (;;) pause();
}
