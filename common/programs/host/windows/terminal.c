/* Source: GetConsoleMode, GetConsoleScreenBufferInfo in the Win32 manual. */
#include "host/terminal.h"

#include <io.h>
#include <windows.h>

bool host_is_terminal(FILE *stream) {
    DWORD mode; /* _isatty would take every device for one */
    int descriptor = _fileno(stream);
    return descriptor >= 0 && GetConsoleMode((HANDLE)_get_osfhandle(descriptor), &mode);
}

unsigned host_terminal_columns(FILE *stream) {
    CONSOLE_SCREEN_BUFFER_INFO about;
    int descriptor = _fileno(stream);
    if (descriptor < 0 || !GetConsoleScreenBufferInfo((HANDLE)_get_osfhandle(descriptor), &about) ||
        about.srWindow.Right < about.srWindow.Left)
        return 0;
    return (unsigned)(about.srWindow.Right - about.srWindow.Left + 1);
}
