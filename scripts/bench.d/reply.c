/* reply PORT FILE [copy]: answers every request with the response that FILE holds, as `curl -i` saved it, straight on
   libmicrohttpd. This is as fast as the library gets, and what nestkv is measured against: same header fields, same bytes.
   The response is made once and sent again and again; with `copy` it is made for each request, its body copied. */
#include "saved_reply.h"

#include <unistd.h>

static struct MHD_Response *prepared;

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
