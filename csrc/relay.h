/*
** relay.h - a second thread that works off, in their order, the things that it
** is handed, while the first goes on. Knows neither Lua nor SQLite.
*/
#ifndef DU_RELAY_H
#define DU_RELAY_H

#include <stdbool.h>
#include <stddef.h>

/* Hidden even where the compiler is not told so, as under LuaRocks. */
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

typedef struct DuRelay DuRelay;

/* Works off one thing, in the second thread. What it returns false for is
** the last. */
typedef bool DuRelayWork(void *context, void *thing);

/* Begins with a thread that waits, and receives no signals. At most so many
** things are handed over and not worked off. NULL where there can be none. */
DuRelay *du_relay_begin(DuRelayWork *work, void *context, int most);
/* Hands a thing over; waits while there are as many as may be. The second
** thread goes on, if it paused. Returns false where one before it failed: then
** nobody works off this one, or any after. */
bool du_relay_hand(DuRelay *relay, void *thing);
/* Waits until the thing that is being worked off is: from then on the second
** thread touches nothing, until it is to go on. */
void du_relay_pause(DuRelay *relay);
/* Lets it go on. */
void du_relay_go_on(DuRelay *relay);
/* Lets it go on, and waits until all is worked off. Returns false where one
** failed. */
bool du_relay_wait(DuRelay *relay);
/* Is this the second thread? */
bool du_relay_is_second(const DuRelay *relay);
/* Ends the thread. What is not worked off then never is. */
void du_relay_end(DuRelay *relay);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
