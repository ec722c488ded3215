/* How a stream ends (producer.c, attach.c, receive.c): a producer publishes frames, and then stays, ends the stream,
 * or dies at any step; two consumers, one of every frame and one of the latest, join when they like, and sleep when
 * there is no frame. The letters are those of the code and of docs/memory-model.md.
 *
 * Who is told that the stream has ended, or that the producer is lost, has had the last frame that was published, and
 * none is published after that. Nobody sleeps for ever beside a producer that has ended or died, nor while a frame
 * is there: a sleeper wakes by its event, or finds the lease dropped when a slice is over. (That it looks for a
 * frame then as well is left out, so that no slice hides a wake-up that was lost. One that ends drops its lease, or is
 * stopped with it, so that the lease hides none either.) Nobody is told "lost" of one that has ended.
 *
 * run.sh checks that it passes, and that each planted fault is found:
 *   FAULT_NO_LAST_LOOK    the end is reported without one more look for a frame
 *   FAULT_END_UNTOLD      nobody is woken when the stream ends
 *   FAULT_END_LATE        they are woken before the end is announced
 *   FAULT_LEASE_IGNORED   a sleeper does not look at the lease
 *   FAULT_STATE_ONCE      the state is not looked at again when the lease is found dropped
 *   FAULT_TAKEN_LATE      the record is marked taken after the last look for a frame (W1)
 *   FAULT_WAKE_FIRST      consumers are woken before head is stored (W3, W4) */
#ifndef FRAMES
#define FRAMES 2
#endif

#define CONSUMERS 2

byte head;
bool ended;        /* the producer's state */
bool lease = true; /* the producer's */
bool stays;        /* all frames are published, and more might come */
bool killed;
bool taken[CONSUMERS], event[CONSUMERS];

inline wake_all() {
  if :: taken[0] -> event[0] = true :: else -> skip fi;                /* W4 */
  if :: taken[1] -> event[1] = true :: else -> skip fi
}

active proctype producer() {
  {
    do
    :: head < FRAMES ->
#ifdef FAULT_WAKE_FIRST
       wake_all();
       head++
#else
       head++;                                                         /* W3 */
       wake_all()
#endif
    :: head == FRAMES -> break
    od;
    if
    :: true ->
#ifdef FAULT_END_LATE
       wake_all();
       ended = true
#else
       ended = true;                                                   /* S1 */
#ifndef FAULT_END_UNTOLD
       wake_all()
#endif
#endif
       ;
       if
       :: lease = false                                                /* ferryi_objects_end */
       :: skip
       fi
    :: true -> stays = true
    fi
  } unless {
    killed -> lease = false
  }
}

active proctype killer() {
  if
  :: killed = true
  :: skip
  fi
}

#define IS_RUNNING (lease && !ended)

inline attempt() {
  got = false;
  d_step {
    if
    :: head == last -> skip
    :: else -> got = true; if :: every -> last++ :: else -> last = head fi
    fi
  }
}

active [CONSUMERS] proctype consumer() {
  byte last;
  bool got, every, is_end, is_lost;
  byte me = _pid - 2;
  every = (me == 0);
  if :: IS_RUNNING :: !IS_RUNNING -> goto done fi;                      /* attach_to_block */
#ifndef FAULT_TAKEN_LATE
  taken[me] = true;                                                    /* W1 */
#endif
  last = head;                                                         /* W2, J2 */
  if :: !every && last > 0 -> last-- :: else -> skip fi;
  if :: IS_RUNNING :: !IS_RUNNING -> goto done fi;                      /* S2 */
  do
  :: attempt();                                                        /* H2 */
     if
     :: got -> skip
     :: else ->
        /* look_at_producer: the state, then the lease */
        is_end = ended;                                                /* S2 */
        is_lost = !is_end && !lease;
#ifndef FAULT_STATE_ONCE
        if :: is_lost -> is_end = ended; is_lost = !is_end :: else -> skip fi;
#endif
        assert(!is_lost || !ended);
        if
        :: is_end || is_lost ->
#ifndef FAULT_NO_LAST_LOOK
           attempt();
#endif
           if
           :: got -> skip
           :: else -> assert(last == head); goto done
           fi
        :: else ->
#ifdef FAULT_TAKEN_LATE
           taken[me] = true;
#endif
           if
           :: event[me] -> event[me] = false
           :: stays && head == last -> goto done /* it would sleep until the next frame */
#ifndef FAULT_LEASE_IGNORED
           :: !lease -> skip
#endif
           fi
        fi
     fi
  od;
done:
  taken[me] = false
}
