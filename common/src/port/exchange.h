/* Sending and receiving, as all conventions have it. */
#ifndef FERRYI_PORT_EXCHANGE_H
#define FERRYI_PORT_EXCHANGE_H

#include "port/port_handle.h"
#include "port/wait.h"

/* Connects a port, as long as the wait lasts; anew if names have gone. FERRY_TIMEOUT: the other
 * side has not made its objects. */
ferry_status ferryi_exchange_connect(ferryi_wait *wait);

/* As the calls in port.h, whose arguments have been checked. */
ferry_status ferryi_exchange_send(ferry_port *port, const ferry_frame_info *info,
                                  const uint8_t *pixels, int64_t timeout_ns, ferry_error *error);
ferry_status ferryi_exchange_receive(ferry_port *port, ferry_image *image, int64_t timeout_ns,
                                     ferry_error *error);
ferry_status ferryi_exchange_drain(ferry_port *port, int64_t timeout_ns, ferry_error *error);

#endif
