/* Real Qt programs: QSharedMemory, with its own lock, and QSystemSemaphore where --read and --write
 * name some. The command line, the messages and the output are those of dialect_peer (main.c).
 *
 *     qt_peer qt send|receive [OPTIONS]
 *
 * The provider makes the segment once and stays attached; with --size 0 it makes one of the right
 * size for each message. The user attaches, copies all of it and detaches, each time. --linger-ms
 * keeps the provider at its end. */
#include "peer.h"

#include <QByteArray>
#include <QSharedMemory>
#include <QString>
#include <QSystemSemaphore>
#include <QThread>

#include <cstdlib>
#include <memory>

namespace {

constexpr unsigned long look_ms = 1, missing_ms = 20;

void fail(const char *what, const QSharedMemory &memory) {
    peer_say("%s: error %d", what, static_cast<int>(memory.error()));
    std::exit(1);
}

/* The two of a lockstep, or none. The sender makes both. */
struct Turns {
    std::unique_ptr<QSystemSemaphore> read, write;

    Turns(const flow &f, QSystemSemaphore::AccessMode mode) {
        if (f.read == nullptr || f.write == nullptr)
            return;
        read = std::make_unique<QSystemSemaphore>(QString::fromUtf8(f.read), 0, mode);
        write = std::make_unique<QSystemSemaphore>(QString::fromUtf8(f.write), 0, mode);
    }

    static void take(QSystemSemaphore &semaphore) {
        if (!semaphore.acquire())
            give_up("acquire", semaphore);
    }

    static void give(QSystemSemaphore &semaphore) {
        if (!semaphore.release())
            give_up("release", semaphore);
    }

    static void give_up(const char *what, const QSystemSemaphore &semaphore) {
        peer_say("%s: error %d", what, static_cast<int>(semaphore.error()));
        std::exit(1);
    }

    explicit operator bool() const {
        return read != nullptr;
    }
};

std::size_t size_of_segment(const flow &f) {
    const peer_options &o = *f.options;
    return o.size != 0 ? o.size : message_size(&o.payload, f.index);
}

/* Where somebody has left a segment, or is still attached to one, none can be made, nor while a
 * user looks for one: a person starts the program again. */
void create(const flow &f, QSharedMemory &memory, bool again) {
    while (!memory.create(static_cast<int>(size_of_segment(f)))) {
        if (!again || (memory.error() != QSharedMemory::AlreadyExists &&
                       memory.error() != QSharedMemory::KeyError))
            fail("create", memory);
        QThread::msleep(look_ms);
    }
}

void put(const flow &f, QSharedMemory &memory) {
    if (!memory.lock())
        fail("lock", memory);
    peer_step(&f, "waited");
    peer_put(&f, static_cast<uint8_t *>(memory.data()), static_cast<std::size_t>(memory.size()));
    peer_step(&f, "copied");
    memory.unlock();
    peer_step(&f, "released");
}

int run_send(const peer_options *options) {
    flow f = peer_flow(options);
    f.index = options->first;
    Turns turns(f, QSystemSemaphore::Create);
    QSharedMemory memory(QString::fromUtf8(f.memory));
    create(f, memory, options->retry);
    peer_step(&f, "made");
    peer_say("ready");
    while (peer_go_on(&f)) {
        if (options->size == 0 && f.index != options->first) {
            memory.detach();
            create(f, memory, true);
        }
        put(f, memory);
        if (turns) {
            Turns::give(*turns.read);
            Turns::take(*turns.write);
        }
        peer_sent(&f);
    }
    peer_step(&f, "ending");
    QThread::msleep(options->linger_ms);
    peer_step(&f, "ended");
    return 0;
}

/* While a provider makes or removes its key, a user fails with KeyError. */
void attach(const flow &f, QSharedMemory &memory) {
    while (!memory.attach()) {
        bool passes = f.options->retry && memory.error() == QSharedMemory::KeyError;
        if (memory.error() != QSharedMemory::NotFound && !passes)
            fail("attach", memory);
        peer_missing(f.options, f.memory);
        QThread::msleep(missing_ms);
    }
}

/* One look. */
void look(flow &f, QSharedMemory &memory, bool event) {
    attach(f, memory);
    peer_step(&f, "made");
    if (!memory.lock())
        fail("lock", memory);
    peer_step(&f, "waited");
    QByteArray bytes(static_cast<const char *>(memory.constData()), memory.size());
    peer_step(&f, "copied");
    memory.unlock();
    peer_step(&f, "released");
    memory.detach();
    peer_got(&f, reinterpret_cast<const uint8_t *>(bytes.constData()),
             static_cast<std::size_t>(bytes.size()), event);
}

int run_receive(const peer_options *options) {
    flow f = peer_flow(options);
    Turns turns(f, QSystemSemaphore::Open);
    QSharedMemory memory(QString::fromUtf8(f.memory));
    peer_say("waiting");
    while (peer_go_on(&f)) {
        if (turns)
            Turns::take(*turns.read);
        look(f, memory, static_cast<bool>(turns));
        if (turns)
            Turns::give(*turns.write);
        else if (!options->lines)
            QThread::msleep(look_ms);
    }
    peer_step(&f, "ended");
    return 0;
}

/* Tells a test which System V objects a key has: qt_peer qt keys --memory KEY. */
int run_keys(const peer_options *options) {
    QSharedMemory memory(QString::fromUtf8(options->names[NAME_MEMORY]));
    peer_say("%s", memory.nativeKey().toUtf8().constData());
    return 0;
}

convention make_convention() {
    convention qt = {};
    qt.name = "qt";
    qt.names[NAME_MEMORY] = "share";
    qt.size = 250;
    qt.tail = 200;
    qt.roles[0] = {"send", "made waited half copied released ending ended", run_send, nullptr};
    qt.roles[1] = {"receive", "made waited copied released ended", run_receive, nullptr};
    qt.roles[2] = {"keys", "", run_keys, nullptr};
    return qt;
}

} // namespace

int main(int count, char **arguments) {
    const convention qt = make_convention();
    const convention *const conventions[] = {&qt, nullptr};
    peer_options options;
    const peer_role *role = peer_parse(&options, count, arguments, conventions);
    return role->run(&options);
}
