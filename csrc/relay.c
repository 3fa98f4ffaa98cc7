/*
** relay.c - see relay.h. All that both threads touch is behind one lock; what
** was written before a thing was handed over is seen by who works it off, and
** what that one wrote by who waited for it.
**
** To be put to sleep and woken takes longer than most waits last. So a thread
** first looks for a while whether it can go on: at a word that says no more
** than that something has changed.
*/
#define _POSIX_C_SOURCE 200809L

#include "relay.h"

#if defined(_WIN32) /* there are no threads of POSIX: the first one does it */

DuRelay *du_relay_begin(DuRelayWork *work, void *context, int most) {
  (void)work;
  (void)context;
  (void)most;
  return NULL;
}

bool du_relay_hand(DuRelay *relay, void *thing) {
  (void)relay;
  (void)thing;
  return false;
}

void du_relay_pause(DuRelay *relay) {
  (void)relay;
}

void du_relay_go_on(DuRelay *relay) {
  (void)relay;
}

bool du_relay_wait(DuRelay *relay) {
  (void)relay;
  return false;
}

bool du_relay_is_second(const DuRelay *relay) {
  (void)relay;
  return false;
}

void du_relay_end(DuRelay *relay) {
  (void)relay;
}

#else

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

/* How often a thread looks before it sleeps: for some fifty microseconds. */
#define LOOKS 100000

struct DuRelay {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t forth, back; /* what the second waits for, and the first */
  DuRelayWork *work;
  void *context;
  int most;
  int first, count; /* of the things that are not worked off */
  bool working, paused, failed, ending;
  atomic_uint changes; /* of what a thread may wait for */
  void *things[];
};

static bool is_idle(const DuRelay *relay) {
  return !relay->ending && (relay->paused || relay->count == 0);
}

/* Inside the lock: waits for a change. */
static void await(DuRelay *relay, pthread_cond_t *condition) {
  unsigned before = atomic_load(&relay->changes);
  bool changed = false;
  pthread_mutex_unlock(&relay->lock);
  for (int i = 0; i < LOOKS && !changed; i++)
    changed = atomic_load(&relay->changes) != before;
  pthread_mutex_lock(&relay->lock);
  if (atomic_load(&relay->changes) == before)
    pthread_cond_wait(condition, &relay->lock);
}

static void tell(DuRelay *relay, pthread_cond_t *condition) {
  atomic_fetch_add(&relay->changes, 1);
  pthread_cond_signal(condition);
}

/* What the first may wait for. It is told once half of the things are worked
** off, not of each. */
static void tell_back(DuRelay *relay) {
  if (relay->paused || relay->failed || relay->count == 0 ||
      relay->count == relay->most / 2)
    tell(relay, &relay->back);
}

/* The second thread. A thing stays among the others while it is worked off. */
static void *run(void *memory) {
  DuRelay *relay = memory;
  pthread_mutex_lock(&relay->lock);
  for (;;) {
    bool good;
    void *thing;
    while (is_idle(relay))
      await(relay, &relay->forth);
    if (relay->ending)
      break;
    thing = relay->things[relay->first];
    good = !relay->failed;
    relay->working = true;
    pthread_mutex_unlock(&relay->lock);
    good = good && relay->work(relay->context, thing);
    pthread_mutex_lock(&relay->lock);
    relay->working = false;
    relay->failed = relay->failed || !good;
    relay->first = (relay->first + 1) % relay->most;
    relay->count--;
    tell_back(relay);
  }
  pthread_mutex_unlock(&relay->lock);
  return NULL;
}

/* Signals are for the thread that the program knows of. */
static bool start(DuRelay *relay) {
  sigset_t all, before;
  bool started;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  started = pthread_create(&relay->thread, NULL, run, relay) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

DuRelay *du_relay_begin(DuRelayWork *work, void *context, int most) {
  DuRelay *relay =
      calloc(1, sizeof *relay + (size_t)most * sizeof *relay->things);
  bool lock, forth, back;
  if (relay == NULL)
    return NULL;
  relay->work = work;
  relay->context = context;
  relay->most = most;
  lock = pthread_mutex_init(&relay->lock, NULL) == 0;
  forth = pthread_cond_init(&relay->forth, NULL) == 0;
  back = pthread_cond_init(&relay->back, NULL) == 0;
  if (lock && forth && back && start(relay))
    return relay;
  if (lock)
    pthread_mutex_destroy(&relay->lock);
  if (forth)
    pthread_cond_destroy(&relay->forth);
  if (back)
    pthread_cond_destroy(&relay->back);
  free(relay);
  return NULL;
}

bool du_relay_hand(DuRelay *relay, void *thing) {
  bool good;
  pthread_mutex_lock(&relay->lock);
  relay->paused = false;
  if (relay->count == relay->most)
    while (relay->count > relay->most / 2) {
      tell(relay, &relay->forth);
      await(relay, &relay->back);
    }
  good = !relay->failed;
  if (good) {
    relay->things[(relay->first + relay->count) % relay->most] = thing;
    relay->count++;
    tell(relay, &relay->forth);
  }
  pthread_mutex_unlock(&relay->lock);
  return good;
}

void du_relay_pause(DuRelay *relay) {
  pthread_mutex_lock(&relay->lock);
  relay->paused = true;
  while (relay->working)
    await(relay, &relay->back);
  pthread_mutex_unlock(&relay->lock);
}

void du_relay_go_on(DuRelay *relay) {
  pthread_mutex_lock(&relay->lock);
  relay->paused = false;
  if (relay->count > 0)
    tell(relay, &relay->forth);
  pthread_mutex_unlock(&relay->lock);
}

bool du_relay_wait(DuRelay *relay) {
  bool good;
  pthread_mutex_lock(&relay->lock);
  relay->paused = false;
  tell(relay, &relay->forth);
  while (relay->count > 0)
    await(relay, &relay->back);
  good = !relay->failed;
  pthread_mutex_unlock(&relay->lock);
  return good;
}

bool du_relay_is_second(const DuRelay *relay) {
  return pthread_equal(relay->thread, pthread_self()) != 0;
}

void du_relay_end(DuRelay *relay) {
  pthread_mutex_lock(&relay->lock);
  relay->ending = true;
  tell(relay, &relay->forth);
  pthread_mutex_unlock(&relay->lock);
  pthread_join(relay->thread, NULL);
  pthread_mutex_destroy(&relay->lock);
  pthread_cond_destroy(&relay->forth);
  pthread_cond_destroy(&relay->back);
  free(relay);
}

#endif
