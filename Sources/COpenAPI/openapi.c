#include "openapi.h"

// Clang embeds a file in no time, where Swift's compiler takes minutes and gigabytes for a literal of as many bytes.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "openapi.json"
};

const unsigned char *hookline_openapi(void) { return document; }

size_t hookline_openapi_count(void) { return sizeof document; }
