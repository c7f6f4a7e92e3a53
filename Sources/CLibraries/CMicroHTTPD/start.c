#include "shim.h"

#include <stdarg.h>
#include <stdio.h>

static void log_line(void *cls, const char *format, va_list arguments) {
    const struct cmhd_callbacks *callbacks = cls;
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    callbacks->log(callbacks->context, line);
}

/* Only the raw target is used. Unescaping a copy that is never read would only cost time. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text) {
    (void)cls;
    (void)connection;
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

struct MHD_Daemon *cmhd_start(const struct cmhd_callbacks *callbacks, int listener, unsigned int threads,
                              unsigned int connection_limit, size_t connection_memory) {
    return MHD_start_daemon(
        /* Without MHD_USE_TURBO the library shuts its side down before it reports the close, which is too early. */
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | MHD_USE_TURBO, 0, NULL, NULL,
        callbacks->handle, callbacks->context, MHD_OPTION_EXTERNAL_LOGGER, log_line, (void *)callbacks,
        MHD_OPTION_LISTEN_SOCKET, listener,
        /* The library refuses a pool of one thread; without a pool there is one thread. */
        MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0, MHD_OPTION_CONNECTION_LIMIT, connection_limit,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory, MHD_OPTION_URI_LOG_CALLBACK, callbacks->target,
        callbacks->context, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_NOTIFY_CONNECTION,
        callbacks->connection, callbacks->context, MHD_OPTION_NOTIFY_COMPLETED, callbacks->completed,
        callbacks->context, MHD_OPTION_END);
}
