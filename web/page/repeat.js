// Something that is asked for again and again, one at a time, and not while nobody looks at the page.

export class Repeat {
    #task; // an async function of an AbortSignal
    #pauseMs; // from the end of one to the beginning of the next, at least
    #timer = null;
    #running = null; // AbortController of the one under way
    #again = false;
    #last = -Infinity;
    #isOn = false;

    constructor(task, pauseMs) {
        this.#task = task;
        this.#pauseMs = pauseMs;
        document.addEventListener("visibilitychange", () => (document.hidden ? this.#halt() : this.ask()));
    }

    start() {
        this.#isOn = true;
        this.ask();
    }

    stop() {
        this.#isOn = false;
        this.#halt();
    }

    // As soon as the one under way is done and the pause is over.
    ask() {
        if (!this.#isOn || document.hidden) {
            return;
        }
        if (this.#running) {
            this.#again = true;
        } else if (this.#timer === null) {
            const wait = Math.max(0, this.#last + this.#pauseMs - performance.now());
            this.#timer = setTimeout(() => this.#run(), wait);
        }
    }

    #halt() {
        clearTimeout(this.#timer);
        this.#timer = null;
        this.#running?.abort();
        this.#running = null;
        this.#again = false;
    }

    async #run() {
        this.#timer = null;
        const controller = new AbortController();
        this.#running = controller;
        try {
            await this.#task(controller.signal);
        } catch (error) {
            if (!controller.signal.aborted) {
                throw error;
            }
        } finally {
            if (this.#running === controller) {
                this.#running = null;
                this.#last = performance.now();
                if (this.#again) {
                    this.#again = false;
                    this.ask();
                }
            }
        }
    }
}
