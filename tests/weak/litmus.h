/* Small programs whose outcomes are known, to show that the machine is as weak as it says, and no
 * weaker. */
#ifndef FERRY_TEST_WEAK_LITMUS_H
#define FERRY_TEST_WEAK_LITMUS_H

#include <stdbool.h>

/* Runs them all, and tells on standard error what is not as it should be. */
bool litmus_run_all(void);

#endif
