/* Several open claims (claim.c, publish.c): one thread of the producer claims slots, it and another one fill, commit and abort
 * them in any order; one consumer of every frame, or of the latest (LATEST). The letters are those of the code and
 * of docs/memory-model.md.
 *
 * Numbers are given at the commit and without a gap; each frame has the pixels that were filled in for it; an aborted
 * slot shows nothing; no more than SLOTS - 1 claims are open; a consumer of every frame gets each once and in order,
 * to the last; one of the latest is overtaken only by a newer frame; and nobody sleeps for ever.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_NUMBER_AT_CLAIM  the number is given when the slot is claimed
 *   FAULT_NO_LOCK          two commits are not kept apart
 *   FAULT_ABORT_RESTORES   an abort puts the number back that the slot had
 *   FAULT_TAKE_NEWEST      the newest frame's slot may be claimed
 *   FAULT_TAKE_CLAIMED     a slot may be claimed that has been
 *   FAULT_NUMBER_FIRST     head is stored before the entry (H1) */
#define SLOTS 3
#define ENTRIES 3
#ifndef CLAIMS
#define CLAIMS 4
#endif
#define NONE 255
#define WRITING 254

byte next = NONE, held; /* the record */

byte slot_frame[SLOTS], pixels[SLOTS];
byte entry_frame[ENTRIES], entry_slot[ENTRIES];
byte head;
bool event; /* the producer's */

/* The producer's own, under its lock. */
bool locked;
byte mine[SLOTS];
byte newest = NONE;
byte open;    /* mask of slots */
byte numbers; /* given so far */
bool wants;   /* a claim has found no slot, and sleeps or is about to */

byte ready;                /* claims that are filled and that nobody has taken up: mask of slots */
byte picture[CLAIMS + 1];  /* by frame: what has been filled in */
byte early[SLOTS], before[SLOTS]; /* for the faults */
bool claims_over;

#define IS_SET(mask, slot) (((mask) >> (slot)) & 1)

inline lock() {
#ifdef FAULT_NO_LOCK
  skip
#else
  atomic { !locked -> locked = true }
#endif
}

inline unlock() {
  locked = false
}

inline commit() {
  lock();
#ifdef FAULT_NUMBER_AT_CLAIM
  number = early[slot];
#else
  number = numbers + 1;
#endif
  d_step { picture[number] = pixels[slot] };
  slot_frame[slot] = number;                                           /* H1 */
#ifdef FAULT_NUMBER_FIRST
  head = number;
  d_step { entry_frame[number % ENTRIES] = number; entry_slot[number % ENTRIES] = slot };
#else
  d_step { entry_frame[number % ENTRIES] = number; entry_slot[number % ENTRIES] = slot };
  head = number;                                                       /* J3 */
#endif
  d_step {
#ifndef FAULT_NUMBER_AT_CLAIM
    numbers = number;
#endif
    mine[slot] = number;
    newest = slot;
    open = open & ~(1 << slot);
    number = 0;
    waited = wants
  };
  unlock();
  if
  :: waited -> event = true
  :: else -> skip
  fi
}

inline abort() {
  lock();
#ifdef FAULT_ABORT_RESTORES
  slot_frame[slot] = before[slot];
#endif
  open = open & ~(1 << slot);
  unlock();
  event = true
}

/* Takes up a claim that is ready, and ends it. */
inline end_one() {
  atomic {
    ready != 0 ->
    if
    :: IS_SET(ready, 0) -> slot = 0
    :: IS_SET(ready, 1) -> slot = 1
    :: IS_SET(ready, 2) -> slot = 2
    fi;
    ready = ready & ~(1 << slot)
  };
  if
  :: commit()
  :: abort()
  fi
}

inline choose() {
  lock();
  d_step { wanted = next; slot = 0 };                                  /* J4, N2 */
  do
  :: true ->
     d_step {
       do
       :: slot < SLOTS && (
#ifndef FAULT_TAKE_NEWEST
            slot == newest ||
#endif
#ifndef FAULT_TAKE_CLAIMED
            IS_SET(open, slot) ||
#endif
            (mine[slot] != 0 && mine[slot] >= wanted)) -> slot++
       :: else -> break
       od
     };
     if
     :: slot == SLOTS -> break
     :: else ->
        slot_frame[slot] = 0;                                          /* K1 */
        is_held = IS_SET(held, slot);                                  /* K2, R2 */
        if
        :: is_held -> d_step { slot_frame[slot] = mine[slot]; slot++ }
        :: else -> break
        fi
     fi
  od;
  skip;
  d_step {
    if
    :: slot < SLOTS ->
       before[slot] = mine[slot];
       mine[slot] = 0;
       open = open | (1 << slot);
#ifdef FAULT_NUMBER_AT_CLAIM
       numbers++;
       early[slot] = numbers
#endif
    :: else -> skip
    fi;
    wants = (slot == SLOTS)
  };
  unlock()
}

#define OPEN_COUNT (IS_SET(open, 0) + IS_SET(open, 1) + IS_SET(open, 2))

active proctype claimer() {
  byte slot, wanted, number, claim;
  bool is_held, waited;
  do
  :: claim == CLAIMS -> break
  :: claim < CLAIMS && OPEN_COUNT < SLOTS - 1 ->
     choose();
     if
     :: slot == SLOTS -> event -> event = false /* asleep */
     :: else ->
        assert(OPEN_COUNT <= SLOTS - 1);
        pixels[slot] = WRITING;
        d_step { claim++; pixels[slot] = 100 + claim; ready = ready | (1 << slot) }
     fi
  :: end_one()
  od;
  claims_over = true
}

active proctype other_thread() {
  byte slot, number;
  bool waited;
end:
  do
  :: end_one()
  :: claims_over && open == 0 -> break
  od
}

#ifdef LATEST
active proctype latest() {
  byte seen, frame, slot, last;
end:
  do
  :: head != last ->
     seen = head;                                                      /* H2 */
     d_step { frame = entry_frame[seen % ENTRIES]; slot = entry_slot[seen % ENTRIES] };
     if
     :: frame != seen -> assert(head != seen)
     :: else ->
        held = 1 << slot;                                              /* K3 */
        if
        :: slot_frame[slot] != seen ->                                 /* K4 */
           assert(head != seen); /* overtaken */
           held = 0
        :: else ->
           assert(pixels[slot] == picture[seen]);
           assert(pixels[slot] == picture[seen] && seen > last);
           last = seen;
           held = 0                                                    /* R1 */
        fi;
        event = true
     fi;
     d_step { seen = 0; frame = 0; slot = 0 }
  :: claims_over && open == 0 && head == last -> break
  od
}
#else
active proctype every() {
  byte wanted, frame, slot;
  next = 0;                                                            /* J1 */
  wanted = head + 1;                                                   /* J2 */
  next = wanted;
  event = true;
end:
  do
  :: head >= wanted ->                                                 /* H2 */
     d_step {
       frame = entry_frame[wanted % ENTRIES];
       slot = entry_slot[wanted % ENTRIES];
       assert(frame == wanted);
       frame = 0
     };
     held = 1 << slot;                                                 /* K3 */
     assert(slot_frame[slot] == wanted);                               /* K4 */
     next = wanted + 1;                                                /* N1 */
     event = true;
     assert(pixels[slot] == picture[wanted]);
     held = 0;                                                         /* R1 */
     d_step { event = true; wanted++; slot = 0 }
  :: claims_over && open == 0 && wanted == head + 1 -> break
  od
}
#endif
