/* Source: SetConsoleOutputCP in the Win32 manual. */
#include "host/windows/console.h"

#include <stdlib.h>
#include <windows.h>

static UINT code_page; /* what the console had; 0: it has been left as it was */

void host_console_restore(void) {
    if (code_page != 0)
        SetConsoleOutputCP(code_page);
}

void host_console_use_utf8(void) {
    UINT before = GetConsoleOutputCP();
    if (before == CP_UTF8 || atexit(host_console_restore) != 0)
        return;
    code_page = before;
    SetConsoleOutputCP(CP_UTF8);
}
