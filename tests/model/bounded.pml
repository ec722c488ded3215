/* Bounded delivery, and giving memory back (slots.c, receive.c, registry.c): one producer, one consumer of every frame
 * that may be LAG frames behind, and another one of any kind, or none. Letters as in the code and in
 * docs/memory-model.md.
 *
 * What is in hand stays untouched; frames come in their order, and each is received or counted as skipped; one that is
 * as far behind as it may be, or less, misses nothing while there is another slot; the newest frame can always be had;
 * and the producer finds a slot for each frame as long as there are two more slots than frames in hand, but for those
 * that a consumer without a bound still wants. Slots that nobody wants give their memory back at any time.
 *
 * OTHER is LATEST, EVERY or NOBODY. run.sh checks mixes, which must pass, and planted faults, which must be found:
 *   FAULT_CHECK_THEN_HOLD  the bounded consumer looks at the number before it holds the slot (K3, K4)
 *   FAULT_NO_STEP_BACK     the producer does not look at the held masks (K2)
 *   FAULT_TAKE_NEWEST      the newest frame gives way, too
 *   FAULT_TAKE_FIRM        what one without a bound wants gives way, too
 *   FAULT_WAIT             the producer waits for the bounded consumer
 *   FAULT_NOT_KEPT         the bounded consumer keeps nothing
 *   FAULT_ONE_LOOK         a producer that met somebody at a slot does not look for another one again
 *   FAULT_GIVE_BACK_HELD   memory goes back without a look at the masks (K1, K2)
 *   FAULT_GIVE_BACK_WANTED memory goes back although somebody wants the frame
 *   FAULT_UNCOUNTED        what is passed over is not counted */
#ifndef SLOTS
#define SLOTS 3
#endif
#ifndef FRAMES
#define FRAMES 4
#endif
#ifndef LAG
#define LAG 2
#endif
#define NOBODY 0
#define LATEST 1
#define EVERY 2
#ifndef OTHER
#define OTHER NOBODY
#endif
#define ENTRIES 4 /* at least SLOTS */
#define NONE 255
#define WRITING 254
#define PUNCHED 253

byte slot_frame[SLOTS], pixels[SLOTS];
byte entry_frame[ENTRIES], entry_slot[ENTRIES]; /* one packed word in C */
byte head;
bool closed;
byte held[2]; /* of the bounded one, of the other */
byte next[2] = NONE; /* of the bounded one; of the other, NONE unless it wants every frame */

byte mine[SLOTS]; /* the producer's own account: the frame that it has put there */
byte newest = NONE;

/* Whether the slots suffice for one that is as far behind as it may be, and whether the producer finds one in any
 * case. Each consumer has one frame in hand, or is trying for it. */
#define ROOMY (SLOTS >= LAG + 2 && OTHER != EVERY)
#define FINDS_ONE (SLOTS >= 3 + (OTHER != NOBODY))

/* What the consumers want, as the producer has seen it. */
#define IS_FIRM(slot) (mine[slot] != 0 && mine[slot] >= firm)
#define IS_WANTED(slot) (mine[slot] != 0 && mine[slot] >= all)

inline look_at_wishes() {
  firm = next[1];                                                      /* J4, N2 */
  d_step {
    all = next[0];                                                     /* J4, N2 */
    if
    :: all != NONE && head >= LAG && head - LAG + 1 > all -> all = head - LAG + 1 /* first_kept */
    :: else -> skip
    fi;
#ifdef FAULT_NOT_KEPT
    all = NONE;
#endif
#ifdef FAULT_WAIT
    if :: next[0] < firm -> firm = next[0] :: else -> skip fi;
#endif
    if :: firm < all -> all = firm :: else -> skip fi
  }
}

/* took, or somebody holds the slot. */
inline take(s) {
  slot_frame[s] = 0;                                                   /* K1 */
  if
#ifndef FAULT_NO_STEP_BACK
  :: ((held[0] | held[1]) >> s) & 1 -> slot_frame[s] = mine[s]         /* K2 */
#endif
  :: else -> d_step { mine[s] = 0; took = true }
  fi
}

/* The first slot that nobody wants; else the one with the oldest frame that gives way; NONE. */
inline find_candidate() {
  d_step {
    slot = NONE;
    s = 0;
    do
    :: s == SLOTS -> break
    :: else ->
       if
#ifndef FAULT_TAKE_NEWEST
       :: s == newest -> skip
#endif
       :: ((tried | hint) >> s) & 1 -> skip
       :: else ->
          if
          :: !IS_WANTED(s) ->
             if :: slot == NONE || IS_WANTED(slot) -> slot = s :: else -> skip fi
#ifdef FAULT_TAKE_FIRM
          :: IS_WANTED(s) && !met ->
#else
          :: IS_WANTED(s) && !met && !IS_FIRM(s) ->
#endif
             if
             :: slot == NONE || (IS_WANTED(slot) && mine[s] < mine[slot]) -> slot = s
             :: else -> skip
             fi
          :: else -> skip
          fi
       fi;
       s++
    od;
    s = 0
  }
}

/* took: slot is the producer's. */
inline choose() {
  look_at_wishes();
  took = false;
  do
  :: d_step { hint = held[0] | held[1]; tried = 0; met = false; again = false };
     do
     :: true ->
        find_candidate();
        if
        :: slot == NONE -> break
        :: else ->
           take(slot);
           if
           :: took -> break
           :: else ->
              /* One that gives way is not tried for after an unwanted one was found held. */
              d_step {
                if :: !IS_WANTED(slot) -> met = true :: else -> skip fi;
                tried = tried | (1 << slot);
                again = true
              }
           fi
        fi
     od;
#ifdef FAULT_ONE_LOOK
     break
#else
     if :: took || !again -> break :: else -> skip fi
#endif
  od
}

inline give_back() {
  look_at_wishes();
  took = false;
  hint = held[0] | held[1];
  slot = 0;
  do
  :: slot < SLOTS - 1 -> slot++
  :: break
  od;
  if
#ifdef FAULT_GIVE_BACK_WANTED
  :: slot != newest && mine[slot] != 0 && !((hint >> slot) & 1) ->
#else
  :: slot != newest && mine[slot] != 0 && !IS_WANTED(slot) && !((hint >> slot) & 1) ->
#endif
#ifdef FAULT_GIVE_BACK_HELD
     took = true;
#else
     take(slot);
#endif
     if :: took -> pixels[slot] = PUNCHED :: else -> skip fi
  :: else -> skip
  fi
}

/* No slot was found: then somebody without a bound wants one. */
inline assert_full() {
  d_step {
    assert(!FINDS_ONE || OTHER == EVERY);
    if
    :: FINDS_ONE && next[1] != NONE ->
       s = 0;
       do
       :: s < SLOTS && (s == newest || !IS_FIRM(s)) -> s++
       :: else -> break
       od;
       assert(s < SLOTS);
       s = 0
    :: else -> skip
    fi
  }
}

active proctype producer() {
  byte number = 1, slot, s, firm, all, tried, hint;
  bool took, met, again, gave;
  do
  :: number > FRAMES -> break
  :: number <= FRAMES && !gave -> gave = true; give_back()
  :: number <= FRAMES ->
     choose();
     if
     :: !took -> assert_full()
     :: else ->
        pixels[slot] = WRITING;
        pixels[slot] = number;
        slot_frame[slot] = number;                                     /* H1 */
        d_step { entry_frame[number % ENTRIES] = number; entry_slot[number % ENTRIES] = slot };
        d_step { head = number; mine[slot] = number; newest = slot; number++ } /* J3 */
     fi
  od;
  closed = true                                                        /* S1 */
}

/* got: frame "number" is in hand. */
inline hold(me) {
  d_step { frame = entry_frame[number % ENTRIES]; slot = entry_slot[number % ENTRIES]; got = false };
  if
  :: frame == number ->
#ifdef FAULT_CHECK_THEN_HOLD
     got = (slot_frame[slot] == number);
     if :: got -> held[me] = 1 << slot :: else -> skip fi
#else
     held[me] = 1 << slot;                                             /* K3 */
     got = (slot_frame[slot] == number);                               /* K4 */
     if :: !got -> held[me] = 0 :: else -> skip fi
#endif
  :: else -> skip
  fi;
  d_step { frame = 0; if :: !got -> slot = 0 :: else -> skip fi }
}

active proctype bounded() {
  byte first, last, seen, number, frame, slot, received, skipped;
  bool got;
  next[0] = 0;                                                         /* J1 */
  first = head + 1;                                                    /* J2 */
  next[0] = first;
  last = first - 1;
  do
  :: head != last ->
     seen = head;                                                      /* H2 */
     d_step {
       number = last + 1;
       if :: seen >= LAG && seen - LAG + 1 > number -> number = seen - LAG + 1 :: else -> skip fi
     };
     do
     :: number > seen -> break
     :: else ->
        hold(0);
        if
        :: got -> break
        :: else ->
           d_step { assert(!ROOMY || number + LAG <= head); number++ }
        fi
     od;
     if
     :: !got -> assert(head != seen)                                   /* explain_passed */
     :: else ->
        d_step {
          assert(number > last);
#ifndef FAULT_UNCOUNTED
          skipped = skipped + number - last - 1;
#endif
          received++;
          last = number
        };
        next[0] = number + 1;                                          /* N1 */
        assert(pixels[slot] == number);
        held[0] = 0                                                    /* R1 */
     fi;
     d_step { seen = 0; number = 0; slot = 0; got = false }
  :: closed && head == last -> break                                   /* S2 */
  od;
  assert(first - 1 + received + skipped == FRAMES)
}

proctype latest() {
  byte last, number, frame, slot;
  bool got;
end:
  do
  :: head != last ->
     number = head;                                                    /* H2 */
     hold(1);
     if
     :: !got -> assert(head != number)                                 /* explain_passed */
     :: else ->
        assert(pixels[slot] == number);
        last = number;
        held[1] = 0                                                    /* R1 */
     fi;
     d_step { number = 0; slot = 0; got = false }
  od
}

proctype every() {
  byte number, frame, slot;
  bool got;
  next[1] = 0;                                                         /* J1 */
  number = head + 1;                                                   /* J2 */
  next[1] = number;
  do
  :: head >= number ->                                                 /* H2 */
     hold(1);
     assert(got);
     next[1] = number + 1;                                             /* N1 */
     assert(pixels[slot] == number);
     held[1] = 0;                                                      /* R1 */
     d_step { number++; slot = 0; got = false }
  :: closed && number == FRAMES + 1 -> break
  od
}

init {
#if OTHER == LATEST
  run latest()
#elif OTHER == EVERY
  run every()
#else
  skip
#endif
}
