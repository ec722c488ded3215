/* Eviction (claim.c, receive.c, registry.c): a consumer of every frame is slow, or stops for ever at any step, and
 * the producer may evict it whenever it stands in the way. It has two lives in the one record, so that what is meant
 * for the first must not hit the second. The letters are those of the code and of docs/memory-model.md.
 *
 * What is in hand stays untouched, also after an eviction; a frame is missing only for one who has been evicted, and
 * who then finds that out; one who has not been evicted gets every frame; and the producer goes on beside one that
 * is stopped, wherever that is. How long one has to stand still is left out: an eviction may come at any time.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_TOLD_LATE       "evicted" is stored after a slot was taken away on the strength of it (V1)
 *   FAULT_NO_SECOND_LOOK  one whose frame is missing does not look once more whether it was evicted (V2)
 *   FAULT_HOLDS_END       what an evicted consumer holds no longer counts
 *   FAULT_BY_RECORD       whoever has the record is evicted, not the one who had it then
 *   FAULT_NAMED_LATE      one who joins says who it is after it has said what it wants
 *   FAULT_NAMELESS_FIRST  one who leaves no longer says who it is, and still says what it wants
 *   FAULT_NO_EVICTION     nobody is evicted */
#define SLOTS 3
#define ENTRIES 3
#ifndef FRAMES
#define FRAMES 4
#endif
#define NONE 255
#define WRITING 254

/* The record. */
byte join_id; /* 1, then 2 */
byte next = NONE;
byte held;
byte evicted; /* a join_id */

byte slot_frame[SLOTS], pixels[SLOTS];
byte entry_frame[ENTRIES], entry_slot[ENTRIES];
byte head;
bool event; /* the producer's */
bool stopped;

active proctype producer() {
  byte mine[SLOTS];
  byte number = 1, slot, newest = NONE, wanted, who, gone;
  bool is_held, looked;
  do
  :: number > FRAMES -> break
  :: else ->
     wanted = next;                                                    /* J4, N2 */
     who = join_id;
     d_step {
#ifdef FAULT_BY_RECORD
       if :: gone != 0 -> wanted = NONE :: else -> skip fi;
#else
       if :: gone != 0 && gone == who -> wanted = NONE :: else -> skip fi;
#endif
       slot = 0
     };
     do
     :: true ->
        d_step {
          do
          :: slot < SLOTS && (slot == newest || (mine[slot] != 0 && mine[slot] >= wanted)) -> slot++
          :: else -> break
          od
        };
        if
        :: slot == SLOTS -> break
        :: else ->
           slot_frame[slot] = 0;                                       /* K1 */
           d_step {                                                    /* K2, R2 */
#ifdef FAULT_HOLDS_END
             is_held = wanted != NONE && ((held >> slot) & 1)
#else
             is_held = (held >> slot) & 1
#endif
           };
           if
           :: is_held -> d_step { slot_frame[slot] = mine[slot]; slot++ }
           :: else -> break
           fi
        fi
     od;
     if
     :: slot < SLOTS ->
        pixels[slot] = WRITING;
        pixels[slot] = number;
        slot_frame[slot] = number;                                     /* H1 */
        d_step { entry_frame[number % ENTRIES] = number; entry_slot[number % ENTRIES] = slot };
        d_step { head = number; mine[slot] = number; newest = slot; number++ } /* J3 */
#ifdef FAULT_TOLD_LATE
        ; evicted = gone
#endif
     :: else -> /* asleep */
        if
        :: event -> event = false
        :: stopped && !looked -> looked = true /* a slice is over */
#ifndef FAULT_NO_EVICTION
        :: atomic { next < head && join_id != 0 && join_id != gone -> wanted = next };
           who = join_id;
           if
           :: who == 0 || wanted >= head -> skip
           :: else ->
              gone = who;
#ifndef FAULT_TOLD_LATE
              evicted = who                                            /* V1 */
#endif
           fi
#endif
        fi
     fi
  od
}

inline clear() {
#ifdef FAULT_NAMELESS_FIRST
  join_id = 0;
  next = NONE;
#else
  next = NONE;                                                         /* N1 */
  join_id = 0;
#endif
  held = 0                                                             /* R1 */
}

inline join(me) {
  clear();
#ifndef FAULT_NAMED_LATE
  join_id = me;
#endif
  next = 0;                                                            /* J1 */
  wanted = head + 1;                                                   /* J2 */
  next = wanted;
#ifdef FAULT_NAMED_LATE
  join_id = me;
#endif
  event = true
}

/* explain_missing: it is FERRY_EVICTED, or the values cannot be. */
inline explain(me) {
#ifdef FAULT_NO_SECOND_LOOK
  assert(false)
#else
  assert(evicted == me)                                                /* V2 */
#endif
}

inline life(me) {
  join(me);
  do
  :: evicted == me -> break                                            /* V2 */
  :: head >= wanted ->                                                 /* H2 */
     d_step { frame = entry_frame[wanted % ENTRIES]; slot = entry_slot[wanted % ENTRIES] };
     if
     :: frame != wanted -> explain(me); break
     :: else -> skip
     fi;
     held = 1 << slot;                                                 /* K3 */
     d_step { ours = (slot_frame[slot] == wanted); frame = 0 };        /* K4 */
     if
     :: !ours ->
        held = 0;
        event = true;
        explain(me);
        break
     :: else -> skip
     fi;
     next = wanted + 1;                                                /* N1 */
     event = true;
     assert(pixels[slot] == wanted);
     assert(pixels[slot] == wanted);
     held = 0;                                                         /* R1 */
     d_step { event = true; wanted++; slot = 0 }
  :: true -> break /* it leaves when it likes */
  od;
  clear();
  event = true
}

active proctype consumer() {
  byte wanted, frame, slot;
  bool ours;
  {
    life(1);
    life(2)
  } unless {
    stopped ->
end: false
  }
}

active proctype stopper() {
  if
  :: stopped = true
  :: skip
  fi
}
