#include "CPCRE2.h"

#include <pthread.h>
#include <stdlib.h>

// What a match needs besides the pattern. PCRE2 permits one match at a time for each, so every thread has its own.
typedef struct {
    pcre2_match_data_8 *data;
    pcre2_match_context_8 *context;
    pcre2_jit_stack_8 *stack;
} matcher;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local matcher *own;

static void release(void *pointer) {
    matcher *old = pointer;
    pcre2_match_data_free_8(old->data);
    pcre2_match_context_free_8(old->context);
    pcre2_jit_stack_free_8(old->stack);
    free(old);
}

static void make_key(void) { pthread_key_create(&key, release); }

static matcher *make(void) {
    matcher *new = calloc(1, sizeof *new);
    if (new == NULL) return NULL;
    // Only whether a subject matches is asked for, so there is room for no group.
    new->data = pcre2_match_data_create_8(1, NULL);
    new->context = pcre2_match_context_create_8(NULL);
    new->stack = pcre2_jit_stack_create_8(32 * 1024, 512 * 1024, NULL);
    if (new->data == NULL || new->context == NULL) {
        release(new);
        return NULL;
    }
    if (new->stack != NULL) pcre2_jit_stack_assign_8(new->context, NULL, new->stack);
    // In KiB, for the interpreter.
    pcre2_set_heap_limit_8(new->context, 4096);
    pthread_once(&once, make_key);
    pthread_setspecific(key, new);
    own = new;
    return new;
}

pcre2_code_8 *nestkv_pcre2_compile(const uint8_t *pattern, size_t length, int *error, size_t *offset) {
    const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                             PCRE2_NEVER_BACKSLASH_C;
    pcre2_code_8 *code = pcre2_compile_8(pattern, length, options, error, offset, NULL);
    // A system that forbids machine code made at run time leaves the interpreter.
    if (code != NULL) pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE);
    return code;
}

int nestkv_pcre2_match(const pcre2_code_8 *code, const uint8_t *subject, size_t length, uint32_t limit) {
    matcher *mine = own;
    if (mine == NULL && (mine = make()) == NULL) return -1;
    pcre2_set_match_limit_8(mine->context, limit);
    int result = pcre2_match_8(code, subject, length, 0, 0, mine->data, mine->context);
    // 0: it matches, and there are more groups than room for them.
    if (result >= 0) return 1;
    return result == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

void nestkv_pcre2_message(int error, char *buffer, size_t size) {
    pcre2_get_error_message_8(error, (uint8_t *)buffer, size);
}
