/* The library treats white space at the end of a field's value as a part of the value, although RFC 9112 §5.1 excludes
   it. `Transfer-Encoding: chunked ` is then an unknown coding, and the library waits for a body without an end. The
   library looks fields up by the function below through its procedure linkage table (see error_pages.c), and reads the
   result immediately. */
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <string.h>

typedef enum MHD_Result (*lookup_function)(struct MHD_Connection *, enum MHD_ValueKind, const char *, size_t,
                                           const char **, size_t *);

static lookup_function library_lookup;

/* The values that the library itself compares are shorter than this. */
static _Thread_local char trimmed[32];

__attribute__((constructor)) static void find_library_function(void) {
    library_lookup = (lookup_function)dlsym(RTLD_NEXT, "MHD_lookup_connection_value_n");
}

enum MHD_Result MHD_lookup_connection_value_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                              const char *key, size_t key_size, const char **value,
                                              size_t *value_size) {
    size_t size = 0;
    enum MHD_Result result = library_lookup(connection, kind, key, key_size, value, &size);
    if (result == MHD_YES && kind == MHD_HEADER_KIND && value && *value && size > 0) {
        size_t end = size;
        while (end > 0 && ((*value)[end - 1] == ' ' || (*value)[end - 1] == '\t'))
            end--;
        if (end < size && end < sizeof trimmed) {
            memcpy(trimmed, *value, end);
            trimmed[end] = 0;
            *value = trimmed;
            size = end;
        }
    }
    if (value_size)
        *value_size = size;
    return result;
}
