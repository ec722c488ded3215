/* Waits for ever, so that the Wine in which it runs stays: see scripts/wine.sh. */
#include <windows.h>

int main(void) {
    Sleep(INFINITE);
    return 0;
}
