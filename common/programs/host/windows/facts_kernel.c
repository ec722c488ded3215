/* Windows always has, or never has, the features that Linux is asked for. */
#include "host/facts_kernel.h"

void host_get_kernel_facts(host_kernel_facts *out) {
    *out = (host_kernel_facts){.release = "Windows"};
}
