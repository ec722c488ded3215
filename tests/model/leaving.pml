/* Leaving with frames in hand, in one process (hold.c, membership.c): a thread leaves the stream while others release
 * the last frames, each in a thread of its own; another consumer takes the record as soon as it is free. Then the one
 * that left detaches, to attach again. The letters are those of the code and of docs/memory-model.md.
 *
 * The record is given up once, by whoever finds that the last frame is gone. Nobody touches it after that, nor the
 * mapping after it has gone.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_LEFT_FIRST    that it has left is noted before the record says so
 *   FAULT_LOOK_FIRST    the leaver looks at the frames in hand before it notes that it has left
 *   FAULT_NO_EXCHANGE   nothing keeps two from giving the record up
 *   FAULT_COUNT_FIRST   a release counts before it clears the bit in the record
 *   FAULT_NO_AWAIT      detaching does not wait for the one that is giving the record up */
#define HANDS 2
#define OURS 1
#define OTHERS 2

byte owner = OURS; /* who has the record's lease */
bool mapped = true;
byte hands = HANDS; /* in the handle */
bool has_left, gives_up, has_given_up;
bool is_left, wants = true; /* in the record */
byte held = 3;

#define TOUCH assert(mapped && owner == OURS)

/* ferryi_hold_give_record_up */
inline give_up() {
#ifdef FAULT_NO_EXCHANGE
  got = true;
#else
  d_step { got = !gives_up; gives_up = true };
#endif
  if
  :: got ->
     d_step { TOUCH; is_left = false; held = 0 };
     d_step { TOUCH; owner = 0 };
     assert(mapped); /* the producer's event is set */
     has_given_up = true                                               /* Y5 */
  :: else -> skip
  fi
}

active [HANDS] proctype releaser() {
  bool got, last;
#ifdef FAULT_COUNT_FIRST
  d_step { hands--; last = (hands == 0) };
  d_step { TOUCH; held = held & ~(1 << _pid) };
#else
  d_step { TOUCH; held = held & ~(1 << _pid) };                        /* R1 */
  d_step { hands--; last = (hands == 0) };                             /* Y1 */
#endif
  if
  :: last ->
     if
     :: has_left -> give_up()                                          /* Y2 */
     :: else -> skip
     fi
  :: else -> skip
  fi
}

active proctype leaver() {
  bool got, none;
#ifdef FAULT_LEFT_FIRST
  has_left = true;
#endif
  d_step { TOUCH; is_left = true };
  d_step { TOUCH; wants = false };
#ifdef FAULT_LOOK_FIRST
  none = (hands == 0);
#endif
  has_left = true;                                                     /* Y3 */
#ifndef FAULT_LOOK_FIRST
  none = (hands == 0);                                                 /* Y4 */
#endif
  if
  :: none -> give_up()
  :: else -> skip
  fi;
  hands == 0; /* until then attaching again is refused */
#ifndef FAULT_NO_AWAIT
  has_given_up;                                                        /* Y6 */
#endif
  mapped = false
}

active proctype other() {
  atomic { owner == 0 -> owner = OTHERS };
  held = 1;
  assert(owner == OTHERS && held == 1)
}
