/* Source: _beginthreadex in the manual of the C run-time library. */
#include "../helper.h"

#include <errno.h>
#include <process.h>
#include <stdlib.h>
#include <windows.h>

#include "../../support/error.h"

struct ferryi_helper {
    HANDLE thread;
    void (*run)(void *argument);
    void *argument;
};

static unsigned __stdcall begin(void *argument) {
    ferryi_helper *helper = argument;
    helper->run(helper->argument);
    return 0;
}

ferry_status ferryi_helper_start(ferryi_helper **out, void (*run)(void *argument), void *argument,
                                 ferry_error *error) {
    ferryi_helper *helper = malloc(sizeof *helper);
    if (helper == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    helper->run = run;
    helper->argument = argument;
    helper->thread = (HANDLE)_beginthreadex(NULL, 0, begin, helper, 0, NULL);
    if (helper->thread == NULL) {
        int code = errno;
        free(helper);
        return ferryi_fail_errno(error, code, "cannot start a thread");
    }
    *out = helper;
    return FERRY_OK;
}

void ferryi_helper_join(ferryi_helper **helper) {
    WaitForSingleObject((*helper)->thread, INFINITE);
    ferryi_helper_forget(helper);
}

void ferryi_helper_forget(ferryi_helper **helper) {
    CloseHandle((*helper)->thread);
    free(*helper);
    *helper = NULL;
}
