/* The channel protocol as claim.c, publish.c, attach.c and receive.c implement it: one producer, two consumers,
 * N slots. Letters (K1, N1, ...) are those of the comments there and of docs/memory-model.md.
 *
 * run.sh beside this file checks three mixes of consumers, which must pass, and five planted faults,
 * which must be found:
 *   FAULT_NO_STEP_BACK     the producer does not look at the held masks (K2)
 *   FAULT_CHECK_THEN_HOLD  a latest consumer looks at the number before it holds the slot (K3, K4)
 *   FAULT_NEXT_TOO_EARLY   an every consumer advances next before it has looked at the number (N1)
 *   FAULT_IGNORE_NEXT      the producer does not look at next (N2)
 *   FAULT_HEAD_BEFORE_NEXT a joiner reads head before it reserves everything (J1, J2)
 *
 * Spin knows only sequential consistency. What it proves is the protocol; that the C code asks for
 * enough ordering is argued, pair by pair, in docs/memory-model.md. */
#ifndef N
#define N 3
#endif
#ifndef FRAMES
#define FRAMES 5
#endif
#define NONE 255

byte slot_frame[N];                  /* the frame that a slot holds; 0 while it is written */
byte first_half[N], second_half[N];  /* its pixels, written in two steps so that a tear shows */
byte entry_frame[N], entry_slot[N];  /* one packed word in C */
byte head;
bool closed;

byte held[2];  /* by consumer: mask of the slots in hand */
byte next[2];  /* by consumer: first frame still wanted, NONE for latest */

inline look_at_next(frame, wanted) {
  atomic {
    wanted = (frame != 0) &&
             ((next[0] != NONE && frame >= next[0]) || (next[1] != NONE && frame >= next[1]))
  }
}

active proctype producer() {
  byte number = 1, slot, before, newest = NONE, chosen;
  bool wanted;
  do
  :: number > FRAMES -> break
  :: else ->
     chosen = NONE;
     slot = 0;
     do
     :: slot == N || chosen != NONE -> break
     :: else ->
        if
        :: slot == newest -> skip
        :: else ->
           before = slot_frame[slot];
#ifdef FAULT_IGNORE_NEXT
           wanted = false;
#else
           look_at_next(before, wanted);                               /* J4, N2 */
#endif
           if
           :: wanted -> skip
           :: else ->
              slot_frame[slot] = 0;                                    /* K1 */
              if
#ifndef FAULT_NO_STEP_BACK
              :: ((held[0] | held[1]) >> slot) & 1 ->                  /* K2 */
                 slot_frame[slot] = before
#endif
              :: else -> chosen = slot
              fi
           fi
        fi;
        slot++
     od;
     if
     :: chosen == NONE -> skip /* full: look again */
     :: else ->
        first_half[chosen] = number;
        second_half[chosen] = number;
        slot_frame[chosen] = number;                                   /* H1 */
        d_step { entry_frame[number % N] = number; entry_slot[number % N] = chosen };
        head = number;                                                 /* J3, W3 */
        newest = chosen;
        number++
     fi
  od;
  closed = true                                                        /* S1 */
}

proctype latest_consumer(byte me) {
  byte seen, frame, slot, last = 0;
end:
  do
  :: head != last ->
     seen = head;                                                      /* H2 */
     d_step { frame = entry_frame[seen % N]; slot = entry_slot[seen % N] };
     if
     :: frame != seen -> skip
     :: else ->
#ifdef FAULT_CHECK_THEN_HOLD
        if :: slot_frame[slot] != seen -> goto again :: else fi;
        held[me] = 1 << slot;
#else
        held[me] = 1 << slot;                                          /* K3 */
        if :: slot_frame[slot] != seen -> held[me] = 0; goto again :: else fi; /* K4 */
#endif
        assert(first_half[slot] == seen);
        assert(second_half[slot] == seen);
        assert(seen > last);
        last = seen;
        held[me] = 0                                                   /* R1 */
     fi;
again: skip
  :: closed && last == FRAMES -> break
  :: true -> break /* it may leave at any time */
  od
}

proctype every_consumer(byte me) {
  byte frame, slot, wanted;
#ifdef FAULT_HEAD_BEFORE_NEXT
  wanted = head + 1;
  next[me] = wanted;
#else
  next[me] = 0;                                                        /* J1 */
  wanted = head + 1;                                                   /* J2 */
  next[me] = wanted;
#endif
  do
  :: head >= wanted ->                                                 /* H2 */
     d_step { frame = entry_frame[wanted % N]; slot = entry_slot[wanted % N] };
     assert(frame == wanted);
     held[me] = 1 << slot;                                             /* K3 */
#ifdef FAULT_NEXT_TOO_EARLY
     next[me] = wanted + 1;
     assert(slot_frame[slot] == wanted);
#else
     assert(slot_frame[slot] == wanted);                               /* K4 */
     next[me] = wanted + 1;                                            /* N1 */
#endif
     assert(first_half[slot] == wanted);
     assert(second_half[slot] == wanted);
     held[me] = 0;                                                     /* R1 */
     wanted++
  :: closed && wanted == FRAMES + 1 -> break
  od
}

init {
  atomic {
    next[0] = NONE;
    next[1] = NONE;
#ifdef TWO_LATEST
    run latest_consumer(0); run latest_consumer(1)
#elif defined TWO_EVERY
    run every_consumer(0); run every_consumer(1)
#else
    run latest_consumer(0); run every_consumer(1)
#endif
  }
}
