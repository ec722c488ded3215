/* What a peer of a stress test needs of the operating system. peer_linux.c and peer_windows.c. */
#ifndef FERRY_STRESS_PEER_SYSTEM_H
#define FERRY_STRESS_PEER_SYSTEM_H

/* Called first. The process does not outlive its driver. on_end is called when it is asked to end,
 * which on Windows nobody does. */
void peer_begin(void (*on_end)(int number));

void peer_pause_us(unsigned long us);

/* What happens at an armed point: the process stops until the driver lets it go on. */
void peer_stop(const char *point);

/* Whether a name that belongs to the channel is in use, as far as one can tell without a listing of
 * names: where there is one, the driver looks itself, and this says no. */
int peer_has_names(const char *channel);

#endif
