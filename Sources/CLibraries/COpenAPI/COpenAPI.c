#include "COpenAPI.h"

// SwiftPM has no setting for C23. A change of the files causes a rebuild: the compiler lists them as dependencies.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char yaml[] = {
#embed "../../../openapi/openapi.yaml"
};

static const unsigned char json[] = {
#embed "../../../openapi/openapi.json"
};

struct copenapi_bytes copenapi_yaml(void) { return (struct copenapi_bytes){yaml, sizeof yaml}; }

struct copenapi_bytes copenapi_json(void) { return (struct copenapi_bytes){json, sizeof json}; }
