/* The channel of one slot (dialect): the newest frame is overwritten in place, a copy counts only if nothing
 * has changed meanwhile. The first producer may die at any step; then another one takes the object over and
 * counts frames and fillings from 1 again. The letters are those of objects.c, claim.c, publish.c and receive.c.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_NO_CHECK          a copy is taken for whole without a second look at the slot
 *   FAULT_NO_GENERATION     the generation is not compared
 *   FAULT_GENERATION_FIRST  it is compared before fills and frame, not after them
 *   FAULT_GENERATION_LATE   the next producer stores its generation after its first frame */
#define FRAMES 3
#define VALUE(g, n) (16 * (g) + (n))

byte generation = 1;
byte slot_frame;
byte fills;
byte first_half, second_half; /* the pixels */
bool dead;

inline publish(g, n) {
  slot_frame = 0;                                                      /* K1 */
  fills = n;                                                           /* F3: as many as frames */
  first_half = VALUE(g, n);
  second_half = VALUE(g, n);
  slot_frame = n                                                       /* H1 */
}

proctype next_producer() {
  byte n;
#ifndef FAULT_GENERATION_LATE
  generation = 2;                                                      /* D1 */
#endif
  slot_frame = 0;
  for (n : 1 .. FRAMES) {
    publish(2, n);
    generation = 2
  }
}

proctype producer() {
  byte n;
  {
    for (n : 1 .. FRAMES) {
      publish(1, n)
    }
  } unless {
    dead
  };
  run next_producer()
}

active proctype killer() {
  if
  :: dead = true
  :: skip
  fi
}

/* Attached to the first producer. */
active proctype consumer() {
  byte number, filled, a, b, last;
  bool same, ours;
  do
  :: slot_frame != 0 && slot_frame != last ->
     number = slot_frame;
     if :: number == 0 || number == last -> goto again :: else -> skip fi;
     filled = fills;
     a = first_half;
     b = second_half;
#ifdef FAULT_GENERATION_FIRST
     ours = (generation == 1);
#endif
     same = (fills == filled);                                         /* F2 */
     same = same && (slot_frame == number);
#ifdef FAULT_NO_CHECK
     same = true;
#endif
#ifndef FAULT_GENERATION_FIRST
     ours = (generation == 1);                                         /* D2 */
#endif
#ifdef FAULT_NO_GENERATION
     ours = true;
#endif
     if
     :: !ours -> break
     :: ours && !same -> skip
     :: ours && same ->
        assert(a == VALUE(1, number) && b == VALUE(1, number));
        last = number
     fi;
again:
     skip
  :: true -> break /* it may leave at any time */
  od
}

init {
  run producer()
}
