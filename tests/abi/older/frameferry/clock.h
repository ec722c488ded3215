#ifndef FRAMEFERRY_CLOCK_H
#define FRAMEFERRY_CLOCK_H
#include "version.h"
#include <stdint.h>
FERRY_BEGIN_DECLS
FERRY_API uint64_t ferry_clock_ns(void);
#define FERRY_FOREVER INT64_MAX
#define FERRY_SECOND_NS INT64_C(1000000000)
FERRY_END_DECLS
#endif
