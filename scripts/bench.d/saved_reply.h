/* A response as `curl -i` saved it in a file, for the programs that send it. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct {
    char *name, *value;
} fields[32];
static size_t field_count, body_size;
static char *body;
static unsigned status;

static void die(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
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
