/* All that our own programs need of the operating system beside the library. Not installed and not
 * part of the public interface. Text, and so every path, is UTF-8. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "host/channels.h"
#include "host/command.h"
#include "host/directory.h"
#include "host/facts_cameras.h"
#include "host/facts_kernel.h"
#include "host/facts_login.h"
#include "host/facts_memory.h"
#include "host/facts_objects.h"
#include "host/files.h"
#include "host/input.h"
#include "host/library.h"
#include "host/machine.h"
#include "host/outlet.h"
#include "host/output.h"
#include "host/quote.h"
#include "host/reader.h"
#include "host/screen.h"
#include "host/start.h"
#include "host/stop.h"
#include "host/terminal.h"

#endif
