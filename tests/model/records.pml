/* The life of a record (registry.c, attach.c, and what claim.c concludes from it): two consumers of every frame
 * join, take frames and leave, one after the other in the one record that there is. Each of them may die at any
 * step, and so may a second finder who clears away after the dead beside the producer. The letters are those of the
 * code and of docs/memory-model.md.
 *
 * A record is only ever written by the holder of its lease; one who joins misses no frame from its first on; what
 * is in hand is not overwritten; and the producer never stands still for ever. It sleeps until somebody sets its
 * event; that a slice is over, and it looks again, counts only when somebody has died or was cleared away since, so
 * that one who is alive and does not set the event leaves it asleep, which Spin reports as an invalid end state.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_NO_LEASE_TO_JOIN   one who joins sets the record up before it has the lease
 *   FAULT_NO_LEASE_TO_CLEAR  a finder does not take the lease
 *   FAULT_LEASE_FIRST        one who leaves drops the lease before it has cleared the record
 *   FAULT_REST_BY_STATE      a record that is marked free counts as at rest, whatever else it says
 *   FAULT_TAKEN_FIRST        the record is marked taken before it is cleared
 *   FAULT_HEAD_BEFORE_NEXT   head is read before everything is reserved (J1, J2)
 *   FAULT_NEXT_TOO_EARLY     next is advanced before the slot is held (N1)
 *   FAULT_NO_LOOK            a producer that finds no slot does not look for the dead
 *   FAULT_LEAVE_UNTOLD       one who leaves does not set the producer's event
 *   FAULT_LEFT_AT_REST       one that has left with a frame in hand, and died, counts as at rest
 *   FAULT_LEAVING_ENDS_HOLDS one that leaves with a frame in hand clears its mask */
#define SLOTS 2
#define ENTRIES 3
#define FRAMES 3
#ifndef KILLS
#define KILLS 1
#endif
#define NONE 255
#define WRITING 254

/* Who may hold the lease. */
#define PRODUCER 1
#define FINDER 2
#define FIRST 3
#define SECOND 4

#define LEFT 2 /* of taken */

/* The record. */
byte lease; /* the kernel's: dropped when its holder dies */
byte taken; /* the state: free, taken, left */
byte next = NONE;
byte held;

byte slot_frame[SLOTS], pixels[SLOTS];
byte entry_frame[ENTRIES], entry_slot[ENTRIES];
byte head;
bool event; /* the producer's */
bool news;  /* that a look finds which nobody announces */
bool killed[SECOND + 1];

#ifdef FAULT_LEFT_AT_REST
#define AT_REST (taken != true || (held == 0 && next == NONE))
#elif defined(FAULT_REST_BY_STATE)
#define AT_REST (!taken)
#else
#define AT_REST (!taken && held == 0 && next == NONE)
#endif

inline clear(me) {
  d_step { assert(lease == me); taken = false };
  d_step { assert(lease == me); next = NONE };                         /* N1 */
  d_step { assert(lease == me); held = 0 }                             /* R1 */
}

/* ferryi_registry_reclaim. Under the lease nobody else writes, so that looking is one step. */
inline reclaim(me, got, freed) {
  freed = false;
  if
  :: AT_REST || lease != 0 -> skip
  :: else ->
#ifdef FAULT_NO_LEASE_TO_CLEAR
     got = true;
#else
     atomic { got = (lease == 0); if :: got -> lease = me :: else -> skip fi };
#endif
     if
     :: !got -> skip
     :: got ->
        if
        :: AT_REST -> skip
        :: else -> clear(me); freed = true
        fi;
        lease = 0
     fi
  fi
}

active proctype producer() {
  byte mine[SLOTS]; /* what it knows of its slots by itself */
  byte number = 1, slot;
  bool none, got, freed;
  do
  :: number > FRAMES -> break
  :: else ->
     /* Of two slots, the one that is not the newest. */
     atomic { none = (mine[slot] != 0 && mine[slot] >= next && taken != LEFT) }; /* J4, N2 */
     if
     :: none -> skip
     :: else ->
        slot_frame[slot] = 0;                                          /* K1 */
        atomic { none = (held >> slot) & 1 };                          /* K2, R2 */
        if :: none -> slot_frame[slot] = mine[slot] :: else -> skip fi
     fi;
     if
     :: !none ->
        pixels[slot] = WRITING;
        pixels[slot] = number;
        slot_frame[slot] = number;                                     /* H1 */
        d_step { entry_frame[number % ENTRIES] = number; entry_slot[number % ENTRIES] = slot };
        d_step { head = number; mine[slot] = number; slot = 1 - slot; number++ } /* J3 */
     :: else ->
        freed = false;
#ifndef FAULT_NO_LOOK
        reclaim(PRODUCER, got, freed);
#endif
        if
        :: freed -> skip
        :: else -> /* asleep */
           if
           :: event -> event = false
           :: news -> news = false /* a slice is over */
           fi
        fi
     fi
  od
}

inline join(me) {
#ifdef FAULT_NO_LEASE_TO_JOIN
  lease == 0;
  taken = false; next = NONE; held = 0;
  taken = true;
  atomic { lease == 0 -> lease = me };
#else
  atomic { lease == 0 -> lease = me };
#ifdef FAULT_TAKEN_FIRST
  taken = true;
  clear(me);
#else
  clear(me);
  taken = true;                                                        /* W1 */
#endif
#endif
#ifdef FAULT_HEAD_BEFORE_NEXT
  wanted = head + 1;
#else
  next = 0;                                                            /* J1 */
  wanted = head + 1;                                                   /* J2 */
#endif
  next = wanted;
  event = true
}

inline leave(me) {
#ifdef FAULT_LEASE_FIRST
  lease = 0;
  taken = false; next = NONE; held = 0;
#else
  clear(me);
  lease = 0;
#endif
#ifndef FAULT_LEAVE_UNTOLD
  event = true
#endif
}

/* What is in the record, and in hand, is its own. */
#define OURS (lease == me && taken && next == wanted)

inline take() {
  d_step {
    frame = entry_frame[wanted % ENTRIES];
    slot = entry_slot[wanted % ENTRIES];
    assert(frame == wanted)
  };
#ifdef FAULT_NEXT_TOO_EARLY
  next = wanted + 1;
  held = 1 << slot;
  assert(slot_frame[slot] == wanted);
#else
  held = 1 << slot;                                                    /* K3 */
  d_step { assert(slot_frame[slot] == wanted); assert(OURS) };         /* K4 */
  next = wanted + 1;                                                   /* N1 */
#endif
  d_step { event = true; wanted++ };
  if
  :: skip
  :: d_step { assert(lease == me); taken = LEFT }; /* it leaves with the frame in hand */
     d_step { assert(lease == me); next = NONE; wanted = NONE };       /* N1 */
#ifdef FAULT_LEAVING_ENDS_HOLDS
     held = 0;
#endif
     event = true
  fi;
  d_step { assert(pixels[slot] == frame); assert(OURS && held == 1 << slot); frame = 0 };
  held = 0;                                                            /* R1 */
  event = true
}

/* The kernel drops the lease. */
inline die(me) {
  if :: lease == me -> lease = 0 :: else -> skip fi;
  news = true
}

proctype consumer(byte me) {
  byte wanted, frame, slot;
  {
    join(me);
    do
    :: head >= wanted -> take()                                        /* H2 */
    :: assert(OURS) -> break /* it leaves when it likes */
    od;
    leave(me)
  } unless {
    killed[me] -> die(me)
  }
}

proctype finder() {
  bool got, freed;
  {
    reclaim(FINDER, got, freed);
    news = true
  } unless {
    killed[FINDER] -> die(FINDER)
  }
}

active proctype killer() {
  byte kills;
  do
  :: kills < KILLS ->
     if
     :: killed[FIRST] = true
     :: killed[SECOND] = true
     :: killed[FINDER] = true
     fi;
     kills++
  :: break
  od
}

init {
  atomic {
    run consumer(FIRST);
#ifdef WITH_FINDER
    run finder()
#else
    run consumer(SECOND)
#endif
  }
}
