// PCRE2 10.42, for patterns of 8-bit code units.
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stddef.h>
#include <stdint.h>

// Compiles a pattern to machine code where the system permits it, and for the interpreter otherwise. NULL: `error` and
// `offset` say why and where.
pcre2_code_8 *nestkv_pcre2_compile(const uint8_t *pattern, size_t length, int *error, size_t *offset);

// Whether a subject matches: 1, 0, or -1 if the limit was reached, or the stack or memory that a match may take. The
// match data belong to the calling thread, which keeps them until it ends.
int nestkv_pcre2_match(const pcre2_code_8 *code, const uint8_t *subject, size_t length, uint32_t limit);

// Appends PCRE2's text for an error to a buffer that the caller owns.
void nestkv_pcre2_message(int error, char *buffer, size_t size);
