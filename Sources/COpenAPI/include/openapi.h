#ifndef HOOKLINE_OPENAPI_H
#define HOOKLINE_OPENAPI_H

#include <stddef.h>

/// The description of the API, `openapi.json`, as it is compiled in: UTF-8, without a zero at its end.
const unsigned char *_Nonnull hookline_openapi(void);
size_t hookline_openapi_count(void);

#endif
