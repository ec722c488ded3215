/* Leaving with frames in hand, in one process (hold.c, membership.c): a thread leaves the stream while others release
 * the last frames, each in a thread of its own; another consumer takes the record as soon as it is free. Then the one
 * that left detaches, and attaches again. The letters are those of the code and of docs/memory-model.md.
 *
 * The record is given up once, by the one that finds that the last frame is gone. Nobody touches it after that, nor the
 * mapping after it has gone, nor what the next attachment has.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_LEFT_FIRST    that it has left is noted before the record says so
 *   FAULT_LOOK_FIRST    the leaver looks at the frames in hand before it notes that it has left
 *   FAULT_TWO_WORDS     the note is no part of the number of frames; an exchange keeps two from giving the record up
 *   FAULT_COUNT_FIRST   a release counts before it clears the bit in the record
 *   FAULT_NO_AWAIT      detaching does not wait for the one that is giving the record up */
#define HANDS 2
#define OURS 1
#define OTHERS 2
#define LEFT 128

byte owner = OURS; /* who has the record's lease */
bool mapped = true;
byte attachment = 1;
byte hands = HANDS; /* in the handle: frames in hand, and LEFT */
bool has_given_up;
bool has_left, gives_up; /* of FAULT_TWO_WORDS */
bool is_left, wants = true; /* in the record */
byte held = 3;

#define TOUCH assert(mapped && attachment == 1 && owner == OURS)

/* ferryi_hold_give_record_up */
inline give_up() {
  d_step { TOUCH; is_left = false; held = 0 };
  d_step { TOUCH; owner = 0 };
  assert(mapped && attachment == 1); /* the producer's event is set */
  has_given_up = true                                                  /* Y3 */
}

inline give_up_if_first() {
  d_step { got = !gives_up; gives_up = true };
  if
  :: got -> give_up()
  :: else -> skip
  fi
}

active [HANDS] proctype releaser() {
  bool got;
  byte before;
#ifdef FAULT_COUNT_FIRST
  d_step { before = hands; hands-- };
  d_step { TOUCH; held = held & ~(1 << _pid) };
#else
  d_step { TOUCH; held = held & ~(1 << _pid) };                        /* R1 */
  d_step { before = hands; hands-- };                                  /* Y1 */
#endif
#ifdef FAULT_TWO_WORDS
  if
  :: before == 1 ->
     if
     :: has_left -> give_up_if_first()
     :: else -> skip
     fi
  :: else -> skip
  fi
#else
  if
  :: before == (LEFT | 1) -> give_up()
  :: else -> skip
  fi
#endif
}

active proctype leaver() {
  bool got;
  byte before;
#ifdef FAULT_LEFT_FIRST
  d_step { before = hands; hands = hands | LEFT };
#endif
  d_step { TOUCH; is_left = true };
  d_step { TOUCH; wants = false };
#ifdef FAULT_LOOK_FIRST
  before = hands;
  hands = hands | LEFT;
#endif
#ifdef FAULT_TWO_WORDS
  has_left = true;
  before = hands;
  if
  :: before == 0 -> give_up_if_first()
  :: else -> skip
  fi;
#else
#if !defined(FAULT_LEFT_FIRST) && !defined(FAULT_LOOK_FIRST)
  d_step { before = hands; hands = hands | LEFT };                     /* Y2 */
#endif
  if
  :: before == 0 -> give_up()
  :: else -> skip
  fi;
#endif
  (hands & ~LEFT) == 0; /* Q2; until then attaching again is refused */
#ifndef FAULT_NO_AWAIT
  has_given_up;                                                        /* Y4 */
#endif
  mapped = false;
  d_step { hands = 0; has_given_up = false; has_left = false; gives_up = false; attachment = 2; mapped = true };
  /* The record of this attachment is another one. It leaves again, with a frame in hand. */
  hands = 1;
  has_left = true;
  hands = hands | LEFT;
  assert(!has_given_up)
}

active proctype other() {
  atomic { owner == 0 -> owner = OTHERS };
  held = 1;
  assert(owner == OTHERS && held == 1)
}
