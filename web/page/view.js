// The picture on its canvas: zoom, position, grid and cursor. All measures here are device pixels, so that a picture
// at 1:1 has one pixel of the screen for each of its own, whatever the screen.

const LARGEST_SCALE = 128;
const GRID_SCALE = 12; // from here on lines between pixels help
const VALUES_SCALE = 44; // from here on a value of three digits has room in a pixel
const MOST_VALUES = 64; // pixels in a row, and rows, that the server tells at once

export class View {
    #canvas;
    #context;
    #onChange; // a function: the zoom, the position or the size of the canvas has changed
    #bitmap = null;
    #size = null; // {width, height} of the frame; the bitmap may be smaller
    #number = ""; // of the frame
    #scale = 1; // pixels of the canvas for one of the frame
    #left = 0; // where the frame's left edge is on the canvas
    #top = 0;
    #isFit = true;
    #isDue = false; // it will be drawn before the screen shows anything
    cursor = null; // {x, y} of the frame
    values = null; // what the server says of a part of the frame: written into its pixels

    constructor(canvas, onChange) {
        this.#canvas = canvas;
        this.#context = canvas.getContext("2d", { alpha: false });
        this.#onChange = onChange;
        new ResizeObserver(([entry]) => this.#resized(entry)).observe(canvas);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    }

    get scale() {
        return this.#scale;
    }

    get isFit() {
        return this.#isFit;
    }

    get hasPicture() {
        return this.#bitmap !== null;
    }

    // How many pixels wide a picture has to be to be shown as sharp as it can; undefined: as it is.
    get wantedWidth() {
        if (!this.#size) {
            return Math.max(1, Math.round(this.#canvas.clientWidth * devicePixelRatio));
        }
        const width = Math.ceil(this.#size.width * this.#scale);
        return width >= this.#size.width ? undefined : Math.max(1, width);
    }

    get isCoarse() {
        return this.#bitmap !== null && this.#bitmap.width < Math.min(this.#size.width, this.wantedWidth ?? Infinity);
    }

    // Takes the bitmap over.
    show(bitmap, { width, height, number }) {
        const isOther = !this.#size || this.#size.width !== width || this.#size.height !== height;
        this.#bitmap?.close();
        this.#bitmap = bitmap;
        this.#size = { width, height };
        this.#number = number;
        if (isOther) {
            this.cursor = null;
            this.#place(this.#left, this.#top);
        }
        this.draw();
    }

    clear() {
        this.#bitmap?.close();
        this.#bitmap = null;
        this.#size = null;
        this.#isFit = true;
        this.cursor = null;
        this.values = null;
        this.draw();
    }

    fit() {
        this.#isFit = true;
        this.#place(0, 0);
    }

    // A scale around a point of the canvas; its middle if there is none.
    zoomTo(scale, x = this.#canvas.width / 2, y = this.#canvas.height / 2) {
        if (!this.#size) {
            return;
        }
        const before = this.#scale;
        this.#isFit = false;
        this.#scale = Math.min(LARGEST_SCALE, Math.max(Math.min(1, this.#fittingScale() / 2), scale));
        const ratio = this.#scale / before;
        this.#place(x - (x - this.#left) * ratio, y - (y - this.#top) * ratio);
    }

    zoomBy(factor, x, y) {
        this.zoomTo(this.#scale * factor, x, y);
    }

    panBy(dx, dy) {
        this.#place(this.#left + dx, this.#top + dy);
    }

    // By a part of the canvas.
    panByParts(x, y) {
        this.panBy(x * this.#canvas.width, y * this.#canvas.height);
    }

    // The point of the canvas that an event of a pointer is at.
    pointOf(event) {
        const box = this.#canvas.getBoundingClientRect();
        const ratio = this.#canvas.width / box.width;
        return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
    }

    // The pixel of the frame at a point of the canvas, or null.
    pixelAt({ x, y }) {
        if (!this.#size) {
            return null;
        }
        const pixel = { x: Math.floor((x - this.#left) / this.#scale), y: Math.floor((y - this.#top) / this.#scale) };
        return this.#contains(pixel) ? pixel : null;
    }

    // Moves the cursor, which begins in the middle of what is seen, and the picture with it if needed.
    moveCursor(dx, dy) {
        if (!this.#size) {
            return;
        }
        if (!this.cursor) {
            const part = this.visiblePart();
            this.cursor = { x: part.x + (part.w >> 1), y: part.y + (part.h >> 1) };
        } else {
            this.cursor = {
                x: Math.min(this.#size.width - 1, Math.max(0, this.cursor.x + dx)),
                y: Math.min(this.#size.height - 1, Math.max(0, this.cursor.y + dy)),
            };
        }
        this.#bringIntoView(this.cursor);
        this.draw();
    }

    // The pixels that are seen, in part at least.
    visiblePart() {
        const { width, height } = this.#size;
        const x = Math.max(0, Math.floor(-this.#left / this.#scale));
        const y = Math.max(0, Math.floor(-this.#top / this.#scale));
        const right = Math.min(width, Math.ceil((this.#canvas.width - this.#left) / this.#scale));
        const bottom = Math.min(height, Math.ceil((this.#canvas.height - this.#top) / this.#scale));
        return { x, y, w: right - x, h: bottom - y };
    }

    // The part whose values have room on the canvas, or null.
    partWithValues() {
        if (!this.#size || this.#scale < VALUES_SCALE * devicePixelRatio) {
            return null;
        }
        const part = this.visiblePart();
        return part.w > 0 && part.h > 0 && part.w <= MOST_VALUES && part.h <= MOST_VALUES ? part : null;
    }

    draw() {
        if (!this.#isDue) {
            this.#isDue = true;
            requestAnimationFrame(() => {
                this.#isDue = false;
                this.#drawNow();
            });
        }
    }

    #contains({ x, y }) {
        return x >= 0 && y >= 0 && x < this.#size.width && y < this.#size.height;
    }

    #resized(entry) {
        const [css] = entry.contentBoxSize;
        const [exact] = entry.devicePixelContentBoxSize ?? [];
        const pixels = (side) => {
            const rounded = Math.round(css[side] * devicePixelRatio);
            // The exact number knows how the browser has rounded, but not of a ratio that developer tools pretend.
            return exact && Math.abs(exact[side] - rounded) <= 1 ? exact[side] : rounded;
        };
        this.#canvas.width = pixels("inlineSize");
        this.#canvas.height = pixels("blockSize");
        this.#drawNow(); // a canvas that gets another size is empty
        this.#place(this.#left, this.#top);
    }

    #fittingScale() {
        return Math.min(this.#canvas.width / this.#size.width, this.#canvas.height / this.#size.height) || 1;
    }

    // A picture that is larger than the canvas leaves no gap, and a smaller one is in the middle. Whole numbers, so
    // that pixels of the frame begin with pixels of the screen.
    #place(left, top) {
        if (this.#size) {
            if (this.#isFit) {
                this.#scale = this.#fittingScale();
            }
            this.#left = this.#placed(left, this.#size.width * this.#scale, this.#canvas.width);
            this.#top = this.#placed(top, this.#size.height * this.#scale, this.#canvas.height);
        }
        this.draw();
        this.#onChange();
    }

    #placed(at, length, room) {
        return Math.round(length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at)));
    }

    #bringIntoView({ x, y }) {
        const scale = this.#scale;
        const outside = (at, room) => Math.max(0, -at) - Math.max(0, at + scale - room);
        this.panBy(outside(this.#left + x * scale, this.#canvas.width),
                   outside(this.#top + y * scale, this.#canvas.height));
    }

    #drawNow() {
        const style = getComputedStyle(this.#canvas);
        this.#context.fillStyle = style.backgroundColor;
        this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
        // For others to see what is on the canvas by now: for tests.
        this.#canvas.dataset.frame = this.#bitmap ? this.#number : "";
        if (!this.#bitmap) {
            return;
        }
        const { width, height } = this.#size;
        this.#context.imageSmoothingEnabled = this.#scale < 1 || this.#bitmap.width < width;
        this.#context.imageSmoothingQuality = "high";
        this.#context.drawImage(this.#bitmap, this.#left, this.#top, width * this.#scale, height * this.#scale);
        if (this.#scale >= GRID_SCALE * devicePixelRatio) {
            this.#drawGrid();
        }
        if (this.values) {
            this.#drawValues();
        }
        if (this.cursor) {
            this.#drawCursor();
        }
    }

    #drawGrid() {
        const { x, y, w, h } = this.visiblePart();
        const across = (column) => Math.round(this.#left + column * this.#scale);
        const down = (row) => Math.round(this.#top + row * this.#scale);
        this.#context.fillStyle = "rgb(128 128 128 / 50%)";
        for (let column = x; column <= x + w; column++) {
            this.#context.fillRect(across(column), down(y), 1, down(y + h) - down(y));
        }
        for (let row = y; row <= y + h; row++) {
            this.#context.fillRect(across(x), down(row), across(x + w) - across(x), 1);
        }
    }

    // Light letters with a dark edge can be read on any pixel.
    #drawValues() {
        const context = this.#context;
        const lines = this.values.components.length;
        const digits = Math.max(...this.values.values.flat().map((value) => String(value).length), 3);
        const letter = Math.min(this.#scale / (lines + 1), (this.#scale * 1.5) / digits, 16 * devicePixelRatio);
        context.font = `${letter}px ui-monospace, monospace`;
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.lineWidth = letter / 4;
        context.lineJoin = "round";
        context.strokeStyle = "#000";
        context.fillStyle = "#fff";
        this.values.values.forEach((pixel, i) => {
            const x = this.#left + (this.values.x + (i % this.values.w) + 0.5) * this.#scale;
            const y = this.#top + (this.values.y + Math.floor(i / this.values.w) + 0.5) * this.#scale;
            pixel.forEach((value, line) => {
                const down = y + (line - (lines - 1) / 2) * letter;
                const text = value ?? "-"; // not finite
                context.strokeText(text, x, down);
                context.fillText(text, x, down);
            });
        });
    }

    #drawCursor() {
        const context = this.#context;
        const side = Math.max(this.#scale, 3);
        const x = Math.round(this.#left + this.cursor.x * this.#scale) + 0.5;
        const y = Math.round(this.#top + this.cursor.y * this.#scale) + 0.5;
        for (const [color, grow] of [["#000", 2], ["#fff", 1]]) {
            context.strokeStyle = color;
            context.lineWidth = 1;
            context.strokeRect(x - grow, y - grow, side + 2 * grow - 1, side + 2 * grow - 1);
        }
    }
}
