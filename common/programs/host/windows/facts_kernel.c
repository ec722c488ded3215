/* What is asked of Linux here is always there on Windows, or never. */
#include "host/facts_kernel.h"

void host_get_kernel_facts(host_kernel_facts *out) {
    *out = (host_kernel_facts){.release = "Windows"};
}
