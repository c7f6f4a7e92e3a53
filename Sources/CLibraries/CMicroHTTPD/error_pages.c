/* The library answers what it refuses by itself (400, 413, 414, 431, 500, 505) with HTML pages that are compiled into
   it; no option changes them. Internally it makes each with `MHD_create_response_from_buffer` and sends it with
   `MHD_queue_response`, and calls both through its procedure linkage table (Debian's libmicrohttpd.so.12: two
   R_X86_64_JUMP_SLOT relocations, no -Bsymbolic). So these two definitions, being in the program itself, take precedence:
   the first notices a page, the second has the server answer and tells the library that its own answer can't be sent, so
   that it closes the connection. All other calls go on to the library.
   Linking libmicrohttpd.a instead would define both twice and fail, loudly. */
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

/* Text of the page this thread is about to send: the library makes and queues it in one go. */
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
