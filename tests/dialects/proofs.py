"""Which property a test proves: what the table of results is made of."""

STRAIGHT_FROM = "straight from an old sender, each message whole"
STRAIGHT_TO = "straight to an old receiver, each message whole"
ONTO_CHANNEL = "from an old sender onto a channel"
FROM_CHANNEL = "from a channel to an old receiver"
BOTH_WAYS = "both directions at once, by the port of the library"
ORDERS = "either side first"
SIZES = "images of changing sizes"
OLD_DIES = "an old program killed at each step and started again"
IN_TIME = "an old program killed at each step, and nobody comes: an end in time, with a message"
OUR_DEATH = "ours killed at any time and started again"
OUR_STEPS = "ours killed at each step and started again"
NONSENSE = "nonsense in headers, texts, sizes and counts"
REFUSED = "names, sizes and options that are wrong"
READERS = "two receivers"
WRITERS = "two senders"
INTERRUPTED = "Ctrl-C while it waits"
NOTHING_LEFT = "no object of ours is left"
FOREIGN = "what belongs to somebody else is not written"
NAMES = "the conventional names are the defaults"

PROPERTIES = (STRAIGHT_FROM, STRAIGHT_TO, ONTO_CHANNEL, FROM_CHANNEL, BOTH_WAYS, ORDERS, SIZES, OLD_DIES, IN_TIME,
              OUR_DEATH, OUR_STEPS, NONSENSE, REFUSED, READERS, WRITERS, INTERRUPTED, NOTHING_LEFT, FOREIGN, NAMES)


def proves(what):
    def mark(test):
        test.proves = what
        return test

    return mark
