/* A frame that is followed while it is written, as early.c, claim.c, publish.c and follow.c implement it: one
 * producer, which shows some of its frames early, commits another claim first, gives frames up, pauses
 * in mid-frame, or dies; one consumer that follows; N slots. Letters are those of the comments there and
 * of docs/memory-model.md. Pixels are the serial number of the filling, which is what fills stands for.
 *
 * run.sh beside this file checks a consumer of the latest and one of every frame, which must pass, and
 * planted faults, which must be found:
 *   FAULT_NO_STEP_BACK    the producer does not look at the held mask (K2)
 *   FAULT_NO_RECHECK      the consumer does not look again whether the frame still is shown (B4)
 *   FAULT_RECHECK_FILLS   it looks at fills instead, which is raised after K2
 *   FAULT_RETRACT_LATE    a frame is retracted only when it has been published (B1)
 *   FAULT_FILLED_FIRST    filled is raised before the pixels are there (L1)
 *   FAULT_NO_SECOND_LOOK  the consumer says what it waits for and sleeps (L3, L4)
 *   FAULT_WAKE_FIRST      the producer looks who waits before it raises filled (L1, L2)
 *   FAULT_UNTOLD          a frame is given up without a word (T1)
 *   FAULT_ANY_NUMBER      a consumer of every frame takes what it followed, whatever its number
 *   FAULT_LOST_AT_ONCE    who follows a dead one's frame does not take what else was published
 *   FAULT_NO_HEAD         a frame with a number counts as published, also beyond head (H2)
 *
 * Nobody's sleep ends by itself here: a lost wake-up is found when all others wait. */
#ifndef N
#define N 3
#endif
#ifndef FRAMES
#define FRAMES 3 /* that are begun */
#endif
#define NONE 255
#define ALL 9 /* in awaits: more than any frame has */

byte slot_frame[N], fills[N], filled[N], abandoned[N];
byte first_half[N], second_half[N];
byte entry_frame[FRAMES + 1], entry_slot[FRAMES + 1], content[FRAMES + 1];
byte head, early_slot = NONE, early_fills; /* the last two are one word */
byte held, next = NONE, awaits;
bool event, closed, dead, paused, asleep;

byte serial, newest = NONE, claims; /* the producer's own */
byte last, hand = NONE, hand_fills; /* the consumer's own */

/* ---- the producer ---- */

inline take(chosen) {
  byte slot = 0, before;
  chosen = NONE;
  do
  :: slot == N || chosen != NONE -> break
  :: else ->
     before = slot_frame[slot];
     if
     :: slot == newest || (claims >> slot & 1) || (before != 0 && next != NONE && before >= next) -> skip
     :: else ->
        slot_frame[slot] = 0;                                          /* K1 */
        if
#ifndef FAULT_NO_STEP_BACK
        :: (held >> slot) & 1 -> slot_frame[slot] = before             /* K2 */
#endif
        :: else -> chosen = slot
        fi
     fi;
     slot++
  od;
  if
  :: chosen == NONE
  :: else ->
     serial++;
     d_step { filled[chosen] = 0; claims = claims | (1 << chosen) };
     fills[chosen] = serial                                            /* F3 */
  fi
}

inline wake(bytes) {
  if
  :: awaits != 0 && awaits <= bytes -> event = true                    /* L2 */
  :: else
  fi
}

inline retract() { d_step { early_slot = NONE; early_fills = 0 } }      /* B1 */

inline publish(which, shown) {
#ifndef FAULT_RETRACT_LATE
  if :: shown -> retract() :: else fi;
  if :: shown -> may_die() :: else fi;
#endif
  filled[which] = 2;
  content[head + 1] = fills[which];
  slot_frame[which] = head + 1;                                        /* H1 */
  if :: shown -> may_die() :: else fi;
  d_step { entry_frame[head + 1] = head + 1; entry_slot[head + 1] = which };
  head = head + 1;                                                     /* J3, W3 */
#ifdef FAULT_RETRACT_LATE
  if :: shown -> retract() :: else fi;
#endif
  d_step { newest = which; claims = claims & ~(1 << which) };
  if :: shown -> may_die() :: else fi;
  event = true                                                         /* W4 */
}

inline may_die() {
  if
  :: true
  :: dead = true; goto gone
  fi
}

inline may_pause() {
  if
  :: true
  :: paused = true; (!paused)
  fi
}

inline tell(which, bytes) {
#ifdef FAULT_WAKE_FIRST
  wake(bytes);
  filled[which] = bytes;
#else
  filled[which] = bytes;                                               /* L1 */
  wake(bytes);
#endif
  may_die();
  may_pause()
}

inline fill(which) {
  first_half[which] = fills[which];
  second_half[which] = fills[which]
}

active proctype producer() {
  byte mine, other, begun;
  do
  :: begun == FRAMES -> break
  :: else ->
     begun++;
     take(mine);
     if
     :: mine == NONE
     :: else ->
        if
        :: fill(mine); publish(mine, false)
        :: d_step { early_slot = mine; early_fills = fills[mine] };     /* A1 */
           may_die();
           may_pause();
#ifdef FAULT_FILLED_FIRST
           tell(mine, 1);
           first_half[mine] = fills[mine];
#else
           first_half[mine] = fills[mine];
           tell(mine, 1);
#endif
           if
           :: begun == FRAMES
           :: begun < FRAMES ->
              begun++;
              take(other);
              if :: other == NONE :: else -> fill(other); publish(other, false) fi
           fi;
           second_half[mine] = fills[mine];
           if
           :: tell(mine, 2)
           :: true
           fi;
           if
           :: publish(mine, true)
           :: retract();
#ifndef FAULT_UNTOLD
              abandoned[mine] = fills[mine];                           /* T1 */
#endif
              claims = claims & ~(1 << mine);
              wake(ALL)
           fi
        fi
     fi;
     may_pause()
  od;
  closed = true;                                                       /* S1 */
  event = true;
gone: skip
}

/* ---- the consumer ---- */

inline count(number) {
  assert(number > last);
#ifdef EVERY
  assert(number == last + 1);
#endif
  assert(number <= head);
  last = number;
#ifdef EVERY
  next = number + 1                                                    /* N1 */
#endif
}

inline look_whole() {
  assert(first_half[hand] == content[number]);
  assert(second_half[hand] == content[number])
}

inline let_go() { held = 0; hand = NONE }                               /* R1 */

/* Until there is news; with what was heard of the end before the last look. */
inline sleep() {
  asleep = true;
  if
  :: atomic { event -> event = false }
  :: closed || dead
  fi;
  asleep = false
}

active proctype consumer() {
  byte number, seen, bytes;
  bool ended, bereft;
#ifdef EVERY
  next = 1;
#endif
  do
  :: ended = closed || dead;                                           /* S2, before the look */
     seen = head;                                                      /* H2 */
     if
     :: seen != last ->
#ifdef EVERY
        number = last + 1;
#else
        number = seen;
#endif
        assert(entry_frame[number] == number);
        hand = entry_slot[number];
        held = 1 << hand;                                              /* K3 */
        if
        :: slot_frame[hand] != number -> let_go()                      /* K4 */
        :: else -> look_whole(); count(number); look_whole(); let_go()
        fi
     :: else ->
        d_step { hand = (bereft -> NONE : early_slot); hand_fills = early_fills }; /* A2 */
#ifndef FAULT_NO_SECOND_LOOK
        if
        :: hand == NONE && awaits != 1 -> awaits = 1; goto again       /* L3 */
        :: else
        fi;
#else
        awaits = 1;
#endif
        if
        :: hand == NONE && ended -> break
        :: hand == NONE -> sleep()
        :: else ->
           held = 1 << hand;                                           /* B3 */
#ifndef FAULT_NO_RECHECK
           if
#ifdef FAULT_RECHECK_FILLS
           :: fills[hand] != hand_fills ->
#else
           :: early_slot != hand || early_fills != hand_fills ->       /* B4 */
#endif
              let_go(); goto again
           :: else
           fi;
#endif
           awaits = 0;
           bytes = 1;
follow:    ended = closed || dead;
           number = slot_frame[hand];                                  /* H2 */
#ifdef FAULT_NO_HEAD
           if
           :: number != 0 ->
#else
           seen = head;
           if
           :: number != 0 && number <= seen ->
#endif
#if defined(EVERY) && !defined(FAULT_ANY_NUMBER)
              if :: number != last + 1 -> let_go(); goto again :: else fi;
#endif
              count(number);
              assert(content[number] == hand_fills);
              look_whole();
              let_go()
           :: else ->
              if
              :: abandoned[hand] == hand_fills -> let_go()             /* T2 */
              :: else ->
                 if
                 :: filled[hand] >= bytes ->                           /* L4 */
                    assert(first_half[hand] == hand_fills);
                    assert(bytes == 1 || second_half[hand] == hand_fills);
                    awaits = 0;
                    bytes = (bytes < 2 -> bytes + 1 : ALL);
                    goto follow
                 :: else ->
#ifdef FAULT_NO_SECOND_LOOK
                    awaits = bytes;
#else
                    if :: awaits != bytes -> awaits = bytes; goto follow :: else fi; /* L3 */
#endif
                    if
                    :: ended -> let_go();
#ifdef FAULT_LOST_AT_ONCE
                       break
#else
                       bereft = true; goto again /* what others have committed is still to be taken */
#endif
                    :: else -> sleep(); goto follow
                    fi
                 fi
              fi
           fi
        fi
     fi;
again: skip
  od;
  /* Nothing that was published is missed, whether the producer has ended or died. */
  assert(last == head)
}

/* ---- when nobody can go on ---- */

/* There is what it waits for: a frame, the first bytes of one that is shown, or, when it follows one,
 * the bytes that it wants, the number, or the word that the frame has been given up. */
#define is_due (hand == NONE -> head != last || (early_slot != NONE && filled[early_slot] >= 1) : \
    filled[hand] >= awaits || early_slot != hand || early_fills != hand_fills)

active proctype monitor() {
end:
  do
  :: timeout ->
     assert(!(asleep && is_due));
     if
     :: paused -> paused = false
     :: else -> break
     fi
  od
}
