// The values of the pixel under the pointer or the cursor, as they are in the frame: the picture on the canvas has been
// through a window, a conversion and JPEG.

import * as api from "./api.js";
import { Repeat } from "./repeat.js";

const PAUSE_MS = 100; // between two looks at a frame that changes

// A pixel of a sensor has one value, of the color that the sensor has there.
function namesOf({ components, colors, x, y }) {
    return colors ? [colors[2 * (y % 2) + (x % 2)]] : components;
}

function inWords(answer) {
    const names = namesOf(answer);
    const values = answer.values[0].map((value, i) => `${names[i]} ${value ?? "not finite"}`);
    return `${values.join("  ")} (${answer.format}, frame ${answer.frame})`;
}

export class Readout {
    #element;
    #which; // a function: the channel, and the parameters that mean the frame
    #pixel = null;
    #speak = null; // a function for the next answer, of a cursor that is moved by keys
    #repeat = new Repeat((signal) => this.#look(signal), PAUSE_MS);

    constructor(element, which) {
        this.#element = element;
        this.#which = which;
    }

    // Of a pixel, or of none.
    show(pixel, speak = null) {
        this.#pixel = pixel;
        this.#speak = speak;
        if (pixel) {
            this.#repeat.start();
        } else {
            this.#repeat.stop();
            this.#element.textContent = "\u00a0";
        }
    }

    // There is another frame.
    refresh() {
        if (this.#pixel) {
            this.#repeat.ask();
        }
    }

    async #look(signal) {
        const { x, y } = this.#pixel;
        const place = `x ${x}, y ${y}: `;
        const speak = this.#speak;
        const { channel, frame } = this.#which();
        try {
            const answer = await api.pixels(channel, { ...frame, x, y, w: 1, h: 1 }, signal);
            this.#element.textContent = place + (answer ? inWords(answer) : "no frame yet");
        } catch (error) {
            if (!(error instanceof api.Refusal)) {
                throw error;
            }
            this.#element.textContent = place + error.sentence;
        }
        speak?.(this.#element.textContent);
        if (this.#speak === speak) {
            this.#speak = null;
        }
    }
}
