#ifndef FRAMEFERRY_GUARD_H
#define FRAMEFERRY_GUARD_H
#include "status.h"
#include "version.h"
FERRY_BEGIN_DECLS
FERRY_API ferry_status ferry_guard_install(void);
FERRY_END_DECLS
#endif
