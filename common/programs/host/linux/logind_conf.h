/* The settings of systemd-logind. Source: logind.conf(5), systemd.syntax(7). */
#ifndef HOST_LINUX_LOGIND_CONF_H
#define HOST_LINUX_LOGIND_CONF_H

#include <stdbool.h>

/* Takes RemoveIPC= of the section [Login] out of a file's text, the last one if there are several;
 * *removes stays as it was if the file does not say it, or says nothing that can be understood. */
void host_logind_conf_parse(const char *text, bool *removes);

/* Returns what all files together say. root is "" or the folder that is taken for "/". */
bool host_logind_conf_removes(const char *root);

#endif
