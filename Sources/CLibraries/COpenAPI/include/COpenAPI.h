// The specification, embedded by the compiler.
#pragma once

#include <stddef.h>

struct copenapi_bytes {
    const unsigned char *start;
    size_t count;
};

// openapi/openapi.yaml and openapi/openapi.json at the time of the build.
struct copenapi_bytes copenapi_yaml(void);
struct copenapi_bytes copenapi_json(void);
