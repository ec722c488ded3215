/* Leaving with frames in hand, in one process (hold.c, membership.c): a thread leaves the stream while others release
 * the last frames, each in a thread of its own; another consumer takes the record as soon as it is free. Then the one
 * that left detaches, attaches again, and leaves once more with a frame in hand. The letters are those of the code and
 * of docs/memory-model.md.
 *
 * The record is given up once, by whoever finds that the last frame is gone. Nobody touches it after that, nor the
 * mapping after it has gone.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_LEFT_FIRST    that it has left is noted before the record says so
 *   FAULT_LOOK_FIRST    the leaver looks at the frames in hand before it notes that it has left
 *   FAULT_TWO_WORDS     that it has left is a word of its own, which a release looks at after it has counted
 *   FAULT_COUNT_FIRST   a release counts before it clears the bit in the record
 *   FAULT_NO_AWAIT      detaching does not wait for the one that is giving the record up */
#define HANDS 2
#define OURS 1
#define OTHERS 2

byte owner = OURS; /* who has the record's lease */
bool mapped = true;
byte hands = HANDS; /* in the handle */
bool has_left; /* in the same word */
bool has_given_up;
bool is_left, wants = true; /* in the record */
byte held = 3;

#define TOUCH assert(mapped && owner == OURS)

/* ferryi_hold_give_record_up */
inline give_up() {
  d_step { TOUCH; is_left = false; held = 0 };
  d_step { TOUCH; owner = 0 };
  assert(mapped); /* the producer's event is set */
  has_given_up = true                                                  /* Y4 */
}

active [HANDS] proctype releaser() {
  bool last;
#ifdef FAULT_COUNT_FIRST
  d_step { hands--; last = (hands == 0 && has_left) };
  d_step { TOUCH; held = held & ~(1 << _pid) };
#else
  d_step { TOUCH; held = held & ~(1 << _pid) };                        /* R1 */
#ifdef FAULT_TWO_WORDS
  d_step { hands--; last = (hands == 0) };
  last = last && has_left;
#else
  d_step { hands--; last = (hands == 0 && has_left) };                 /* Y1 */
#endif
#endif
  if
  :: last -> give_up()
  :: else -> skip
  fi
}

active proctype leaver() {
  bool none;
#ifdef FAULT_LEFT_FIRST
  has_left = true;
#endif
  d_step { TOUCH; is_left = true };
  d_step { TOUCH; wants = false };
#ifdef FAULT_LOOK_FIRST
  none = (hands == 0);
  has_left = true;
#else
  d_step { has_left = true; none = (hands == 0) };                     /* Y2 */
#endif
  if
  :: none -> give_up()
  :: else -> skip
  fi;
  hands == 0; /* until then attaching again is refused */              /* Y3 */
#ifndef FAULT_NO_AWAIT
  has_given_up;                                                        /* Y5 */
#endif
  mapped = false;
  /* The next attachment has another record. A release that still has to end touches nothing of it. */
  d_step { has_left = false; has_given_up = false };
  hands = 1;
  has_left = true
}

active proctype other() {
  atomic { owner == 0 -> owner = OTHERS };
  held = 1;
  assert(owner == OTHERS && held == 1)
}
