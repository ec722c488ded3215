#define _GNU_SOURCE
#include <string.h>

#include "machine_inside.h"

static message messages[WEAK_MESSAGES];
static const weak_change *changes;
static bool met[WEAK_CHANGES];
static int lines[WEAK_CHANGES][WEAK_LINES]; /* of the sites that fit, as they were met */

/* ---- views ---- */

static void join(view *to, const view *from) {
    for (int i = 0; i < m.place_count; i++)
        to->at[i] = from->at[i] > to->at[i] ? from->at[i] : to->at[i];
    for (int i = 0; i < WEAK_ACTORS; i++)
        to->clock[i] = from->clock[i] > to->clock[i] ? from->clock[i] : to->clock[i];
}

static actor *me(void) {
    return &m.actors[m.turn];
}

static bool acquires(weak_order order) {
    return order == ACQUIRE || order == ACQ_REL || order == SEQ_CST;
}

static bool releases(weak_order order) {
    return order == RELEASE || order == ACQ_REL || order == SEQ_CST;
}

/* ---- places ---- */

static uint64_t peek(const volatile void *word, size_t bytes) {
    return bytes == 8   ? *(const volatile uint64_t *)word
           : bytes == 4 ? *(const volatile uint32_t *)word
                        : *(const volatile uint8_t *)word;
}

static void poke(volatile void *word, size_t bytes, uint64_t value) {
    if (bytes == 8)
        *(volatile uint64_t *)word = value;
    else if (bytes == 4)
        *(volatile uint32_t *)word = (uint32_t)value;
    else
        *(volatile uint8_t *)word = (uint8_t)value;
}

static bool is_shared(const volatile void *word) {
    if (!m.running)
        return false;
    for (int i = 0; i < m.range_count; i++)
        if ((uintptr_t)word - m.ranges[i].start < m.ranges[i].bytes)
            return true;
    return false;
}

static uint32_t new_message(uint64_t value, uint32_t before) {
    if (m.message_count == WEAK_MESSAGES)
        weak_broken("out of messages");
    message *new = &messages[m.message_count];
    new->value = value;
    new->before = before;
    memset(&new->seen, 0, sizeof new->seen);
    return m.message_count++;
}

/* The place of a word; what is in memory is its first message. */
static place *place_of(volatile void *word, size_t bytes) {
    size_t b = ((uintptr_t)word >> 2) * 2654435761u % BUCKETS;
    for (; m.bucket[b] != 0; b = (b + 1) % BUCKETS)
        if (m.places[m.bucket[b] - 1].word == word)
            return &m.places[m.bucket[b] - 1];
    if (m.place_count == WEAK_PLACES)
        weak_broken("out of places");
    place *p = &m.places[m.place_count++];
    *p = (place){.word = word, .bytes = bytes, .writer = -1};
    p->newest = new_message(peek(word, bytes), 0);
    m.bucket[b] = (uint16_t)m.place_count;
    return p;
}

static size_t index_of(const place *p) {
    return (size_t)(p - m.places);
}

/* Any message that is no older than the index; its own index in *chosen. */
static message *choose(const place *p, instant oldest, instant *chosen) {
    uint32_t found = p->newest;
    *chosen = p->last;
    if (p->last > oldest && weak_random((uint64_t)m.stale_in) < (uint64_t)m.of_stale)
        for (uint64_t back = weak_random(p->last - oldest + 1u); back > 0; back--) {
            found = messages[found].before;
            --*chosen;
        }
    return &messages[found];
}

static void take_in(const place *p, const message *read, instant at, weak_order order) {
    actor *a = me();
    size_t i = index_of(p);
    a->now.at[i] = at > a->now.at[i] ? at : a->now.at[i];
    join(&a->acquired, &read->seen);
    if (acquires(order))
        join(&a->now, &read->seen);
}

static message *append(place *p, uint64_t value, weak_order order) {
    actor *a = me();
    uint32_t new = new_message(value, p->newest);
    p->newest = new;
    p->last++;
    a->now.at[index_of(p)] = p->last;
    if (order == SEQ_CST)
        p->last_sc = p->last;
    messages[new].seen = releases(order) ? a->now : a->released;
    messages[new].seen.at[index_of(p)] = p->last;
    poke(p->word, p->bytes, value);
    return &messages[new];
}

/* ---- weakening ---- */

void weak_weaken(const weak_change *list) {
    changes = list;
    memset(met, 0, sizeof met);
    memset(lines, 0, sizeof lines);
}

bool weak_all_met(void) {
    for (int i = 0; changes != NULL && i < WEAK_CHANGES && changes[i].file != NULL; i++)
        if (!met[i])
            return false;
    return true;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Whether a site is the one meant, of those in its function that fit. */
static bool is_nth(int change, int line) {
    int n = 0;
    while (n < WEAK_LINES && lines[change][n] != 0 && lines[change][n] != line)
        n++;
    if (n == WEAK_LINES)
        weak_broken("too many sites fit a change");
    lines[change][n] = line;
    return changes[change].nth == 0 || changes[change].nth == n + 1;
}

static weak_order changed(weak_order order, const weak_site *site) {
    for (int i = 0; changes != NULL && i < WEAK_CHANGES && changes[i].file != NULL; i++) {
        if (changes[i].from != order || strcmp(changes[i].function, site->function) != 0 ||
            strstr(site->word, changes[i].word) == NULL ||
            !ends_with(site->file, changes[i].file) || !is_nth(i, site->line))
            continue;
        met[i] = true;
        return changes[i].to;
    }
    return order;
}

/* ---- accesses ---- */

uint64_t weak_load(const volatile void *word, size_t bytes, weak_order order, weak_site site) {
    if (!is_shared(word))
        return peek(word, bytes);
    order = changed(order, &site);
    weak_step();
    place *p = place_of((volatile void *)(uintptr_t)word, bytes);
    instant oldest = me()->now.at[index_of(p)], at;
    if (order == SEQ_CST && p->last_sc > oldest)
        oldest = p->last_sc;
    message *read = choose(p, oldest, &at);
    take_in(p, read, at, order);
    return read->value;
}

void weak_store(volatile void *word, size_t bytes, uint64_t value, weak_order order,
                weak_site site) {
    if (!is_shared(word)) {
        poke(word, bytes, value);
        return;
    }
    order = changed(order, &site);
    weak_step();
    append(place_of(word, bytes), value, order);
}

static uint64_t result(weak_op op, uint64_t before, uint64_t value) {
    switch (op) {
    case OP_OR: return before | value;
    case OP_AND: return before & value;
    case OP_ADD: return before + value;
    case OP_SUB: return before - value;
    default: return value;
    }
}

static uint64_t modify(place *p, weak_op op, uint64_t value, weak_order order) {
    const message *read = &messages[p->newest];
    take_in(p, read, p->last, order);
    message *new = append(p, result(op, read->value, value), order);
    join(&new->seen, &read->seen);
    return read->value;
}

uint64_t weak_modify(volatile void *word, size_t bytes, weak_op op, uint64_t value,
                     weak_order order, weak_site site) {
    if (!is_shared(word)) {
        uint64_t before = peek(word, bytes);
        poke(word, bytes, result(op, before, value));
        return before;
    }
    order = changed(order, &site);
    weak_step();
    return modify(place_of(word, bytes), op, value, order);
}

uint64_t weak_compare(volatile void *word, size_t bytes, uint64_t expected, uint64_t value,
                      weak_order order, weak_order failing, weak_site site) {
    if (!is_shared(word)) {
        uint64_t before = peek(word, bytes);
        if (before == expected)
            poke(word, bytes, value);
        return before;
    }
    weak_order changed_to = changed(order, &site);
    failing = changed_to == order ? failing : changed_to;
    weak_step();
    place *p = place_of(word, bytes);
    instant at;
    instant oldest = me()->now.at[index_of(p)];
    if (failing == SEQ_CST && p->last_sc > oldest)
        oldest = p->last_sc;
    message *read = choose(p, oldest, &at);
    if (read->value == expected) /* to succeed it has to be the newest */
        read = &messages[p->newest], at = p->last;
    if (read->value == expected)
        return modify(p, OP_SET, value, changed_to);
    take_in(p, read, at, failing);
    return read->value;
}

void weak_fence(weak_order order, weak_site site) {
    if (!m.running)
        return;
    order = changed(order, &site);
    weak_step();
    actor *a = me();
    if (acquires(order))
        join(&a->now, &a->acquired);
    if (order == SEQ_CST) {
        join(&a->now, &m.fences);
        join(&m.fences, &a->now);
    }
    if (releases(order))
        a->released = a->now;
}

/* ---- plain memory ---- */

static bool has_seen(instant at, int actor_number) {
    return at <= me()->now.clock[actor_number];
}

static uint64_t read_plain(const uint64_t *word) {
    weak_step();
    place *p = place_of((volatile void *)(uintptr_t)word, sizeof *word);
    if (!m.races_allowed && p->writer >= 0 && !has_seen(p->written, p->writer))
        weak_fault("a race: read while, or before it is known that, another wrote");
    p->read[m.turn] = ++me()->now.clock[m.turn];
    instant at;
    const message *read = choose(p, me()->now.at[index_of(p)], &at);
    take_in(p, read, at, RELAXED);
    return read->value;
}

static void write_plain(uint64_t *word, uint64_t value) {
    weak_step();
    place *p = place_of(word, sizeof *word);
    for (int i = 0; i < m.count && !m.races_allowed; i++)
        if (!has_seen(p->read[i], i))
            weak_fault("a race: overwritten while another read");
    if (!m.races_allowed && p->writer >= 0 && !has_seen(p->written, p->writer))
        weak_fault("a race: written by two at once");
    p->writer = m.turn;
    p->written = ++me()->now.clock[m.turn];
    append(p, value, RELAXED);
}

void weak_copy(void *to, const void *from, size_t bytes) {
    bool reads = is_shared(from), writes = is_shared(to);
    if (!reads && !writes) {
        memcpy(to, from, bytes);
        return;
    }
    if (bytes % sizeof(uint64_t) != 0)
        weak_broken("a copy of parts of words");
    for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
        uint64_t value;
        memcpy(&value, (const uint8_t *)from + i, sizeof value);
        if (reads)
            value = read_plain((const uint64_t *)(const void *)((const uint8_t *)from + i));
        if (writes)
            write_plain((uint64_t *)(void *)((uint8_t *)to + i), value);
        else
            memcpy((uint8_t *)to + i, &value, sizeof value);
    }
}

/* ---- what the system does ---- */

static view *view_of(const void *object) {
    for (int i = 0; i < m.object_count; i++)
        if (m.objects[i].object == object)
            return &m.objects[i].seen;
    if (m.object_count == OBJECTS)
        weak_broken("out of objects");
    m.objects[m.object_count].object = object;
    memset(&m.objects[m.object_count].seen, 0, sizeof(view));
    return &m.objects[m.object_count++].seen;
}

void weak_hand_over(const void *object) {
    if (m.running)
        join(view_of(object), &me()->now);
}

void weak_take_over(const void *object) {
    if (m.running)
        join(&me()->now, view_of(object));
}
