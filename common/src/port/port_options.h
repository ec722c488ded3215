/* The options of a port: checked, completed and copied into its handle. */
#ifndef FERRYI_PORT_PORT_OPTIONS_H
#define FERRYI_PORT_PORT_OPTIONS_H

#include "port/port_handle.h"

/* Fills in a port's convention, options, names and sharing. Failures as ferry_port_open. What has
 * been allocated is freed by ferryi_port_options_free, also after a failure. */
ferry_status ferryi_port_options_read(ferry_port *port, const ferry_port_options *given,
                                      ferry_error *error);
void ferryi_port_options_free(ferry_port *port);

#endif
