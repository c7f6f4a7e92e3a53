/* Declarations for what Swift can't import from <microhttpd.h>. Each has its reason; nothing else belongs here. */
#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h> /* neither is part of Swift's Glibc module */
#include <sys/eventfd.h>

/* `MHD_start_daemon` is variadic, and its callbacks are easier to type-check in a struct than in an option array. */
struct cmhd_callbacks {
    void *context;
    MHD_AccessHandlerCallback handle;
    void *(*target)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_NotifyConnectionCallback connection;
    MHD_RequestCompletedCallback completed;
    /* Takes a formatted line. The library's own logger takes a va_list, which Swift callbacks can't. */
    void (*log)(void *context, const char *line);
};

struct MHD_Daemon *cmhd_start(const struct cmhd_callbacks *callbacks, int listener, unsigned int threads,
                              unsigned int connection_limit, size_t connection_memory);

/* Answers a request that the library itself refuses, in place of the HTML page `page`. The library then closes the
   connection. `socket_context` is the pointer that the connection callback stored. See error_pages.c. */
typedef void (*cmhd_error_page)(void *socket_context, const char *page, unsigned int status);
void cmhd_replace_error_pages(cmhd_error_page replacement);

/* Whether the dynamic linker binds the library's own calls to error_pages.c: true unless the symbol is hidden. */
bool cmhd_error_pages_are_replaced(void);

/* The bytes that the peer has sent and acknowledged on a TCP socket so far. `struct tcp_info` in <netinet/tcp.h> is too
   old to have these fields, and <linux/tcp.h> can't be included together with it. */
struct cmhd_progress {
    uint64_t received;
    uint64_t acknowledged;
    /* Whether the peer has not closed its side. */
    bool is_established;
};
bool cmhd_tcp_progress(int socket, struct cmhd_progress *progress);

/* `MHD_get_connection_info` is variadic. */
static inline int cmhd_socket(struct MHD_Connection *connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static inline void *cmhd_socket_context(struct MHD_Connection *connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static inline const struct sockaddr *cmhd_peer(struct MHD_Connection *connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

/* The bytes from the start of the request line to the end of the header section; 0 if not known yet. */
static inline size_t cmhd_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

/* `pthread_setname_np` needs _GNU_SOURCE, which Swift's Glibc module doesn't define. */
void cmhd_name_thread(unsigned long thread, const char *name);

/* Returns freed blocks of at least this many bytes to the system immediately. Otherwise glibc raises this size up to
   32 MiB by itself, and keeps smaller freed blocks. */
void cmhd_return_blocks_from(int size);

#endif
