/* When the library itself refuses a request (400, 413, 414, 431, 500, 505), it answers with HTML pages that are
   compiled into it; no option changes them. It makes each page with `MHD_create_response_from_buffer`, sends it with
   `MHD_queue_response`, and calls both through its procedure linkage table (Debian's libmicrohttpd.so.12: two
   R_X86_64_JUMP_SLOT relocations, no -Bsymbolic). These two definitions in the program itself therefore take
   precedence. The first one detects a page. The second one lets the server answer, and reports to the library that
   its own answer can't be sent, so that it closes the connection. All other calls are passed to the library.
   Linking libmicrohttpd.a instead would define both functions twice, and the linker would fail. */
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

typedef struct MHD_Response *(*create_function)(size_t, void *, enum MHD_ResponseMemoryMode);
typedef enum MHD_Result (*queue_function)(struct MHD_Connection *, unsigned int, struct MHD_Response *);

static create_function library_create;
static queue_function library_queue;
static _Atomic(cmhd_error_page) replacement;

/* The text of the page that this thread is about to send. The library makes and queues it without a break. */
static _Thread_local const char *page;

__attribute__((constructor)) static void find_library_functions(void) {
    library_create = (create_function)dlsym(RTLD_NEXT, "MHD_create_response_from_buffer");
    library_queue = (queue_function)dlsym(RTLD_NEXT, "MHD_queue_response");
}

struct MHD_Response *MHD_create_response_from_buffer(size_t size, void *buffer, enum MHD_ResponseMemoryMode mode) {
    static const char start[] = "<html>";
    if (mode == MHD_RESPMEM_PERSISTENT && size >= sizeof start - 1 && memcmp(buffer, start, sizeof start - 1) == 0)
        page = buffer;
    return library_create(size, buffer, mode);
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned int status,
                                   struct MHD_Response *response) {
    const char *text = page;
    if (text == NULL)
        return library_queue(connection, status, response);
    page = NULL;
    cmhd_error_page replace = atomic_load(&replacement);
    void *context = cmhd_socket_context(connection);
    if (!replace || !context)
        return library_queue(connection, status, response);
    replace(context, text, status);
    return MHD_NO;
}

void cmhd_replace_error_pages(cmhd_error_page function) { atomic_store(&replacement, function); }

bool cmhd_error_pages_are_replaced(void) {
    /* RTLD_DEFAULT searches in the order in which the library's own calls are bound. */
    return library_queue && library_create &&
           dlsym(RTLD_DEFAULT, "MHD_queue_response") == (void *)MHD_queue_response &&
           dlsym(RTLD_DEFAULT, "MHD_create_response_from_buffer") == (void *)MHD_create_response_from_buffer;
}
