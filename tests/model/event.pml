/* The event words of event.c: one producer and two consumers of every frame, with so few slots that each side
 * has to sleep. Nobody sleeps in slices here, so that a wake-up that is lost leaves somebody asleep for ever,
 * which Spin reports as an invalid end state. Now and then a sleep ends by itself, as by a timeout, a signal
 * or ferry_consumer_interrupt.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_SET_FIRST    the event is set before what it announces
 *   FAULT_STORE        setting does not look at what the word was, and so wakes nobody
 *   FAULT_NO_COMPARE   the kernel does not compare the word once more before it lets somebody sleep
 *   FAULT_OVERWRITE    who goes to sleep writes "sleeping" without a look at the word
 *   FAULT_LOOK_LATE    who was woken takes the set after it has looked for news, not before
 *   FAULT_ONE_SETTER   only one of the consumers sets the producer's event */
#define FRAMES 4
#define SLOTS 1
#define EARLY 2 /* sleeps that end by themselves */

#define IDLE 0
#define SET 1
#define SLEEPING 2

/* Events 0 and 1 are the consumers', 2 is the producer's. */
#define PRODUCER 2
byte word[3];
bool asleep[3]; /* in the kernel */
byte head;
byte taken[2]; /* frames that a consumer has given back */
byte early;

inline set(e, before) {
#ifdef FAULT_STORE
  atomic { before = IDLE; word[e] = SET };
#else
  atomic { before = word[e]; word[e] = SET };                          /* E1 */
#endif
  if
  :: before == SLEEPING -> asleep[e] = false                           /* futex wake */
  :: else -> skip
  fi;
  before = IDLE
}

inline take(e) {
  word[e] = IDLE                                                       /* E2 */
}

inline wait(e, before) {
#ifdef FAULT_OVERWRITE
  atomic { before = IDLE; word[e] = SLEEPING };
#else
  atomic { before = word[e]; if :: before == IDLE -> word[e] = SLEEPING :: else -> skip fi };
#endif
  if
  :: before == SET -> skip
  :: else ->
#ifdef FAULT_NO_COMPARE
     asleep[e] = true;
#else
     atomic { if :: word[e] == SLEEPING -> asleep[e] = true :: else -> skip fi };
#endif
     if
     :: !asleep[e]
     :: atomic { asleep[e] && early < EARLY -> early++; asleep[e] = false }
     fi
  fi;
  before = IDLE;
#ifndef FAULT_LOOK_LATE
  take(e)
#endif
}

inline late_take(e) {
#ifdef FAULT_LOOK_LATE
  take(e)
#else
  skip
#endif
}

active proctype producer() {
  byte before;
  do
  :: head == FRAMES -> break
  :: head < FRAMES ->
     if
     :: head - taken[0] < SLOTS && head - taken[1] < SLOTS ->
#ifdef FAULT_SET_FIRST
        set(0, before); set(1, before);
        head++
#else
        head++;
        set(0, before); set(1, before)
#endif
     :: else -> late_take(PRODUCER); wait(PRODUCER, before)
     fi
  od
}

active [2] proctype consumer() {
  byte before;
  byte me = _pid - 1;
  do
  :: taken[me] == FRAMES -> break
  :: taken[me] < FRAMES ->
     if
     :: head > taken[me] ->
        taken[me]++;
#ifdef FAULT_ONE_SETTER
        if :: me == 0 -> set(PRODUCER, before) :: else -> skip fi
#else
        set(PRODUCER, before)
#endif
     :: else -> late_take(me); wait(me, before)
     fi
  od
}
