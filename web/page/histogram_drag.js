// Drags in the histogram: the nearer end of the window goes with the pointer, or with shift the whole window.

export function listenToHistogram(canvas, histogram, levels) {
    let drag = null;
    const valueOf = (event) => {
        const box = canvas.getBoundingClientRect();
        return histogram.valueAt(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    };
    canvas.addEventListener("pointerdown", (event) => {
        if (histogram.isThere && levels.window) {
            canvas.setPointerCapture(event.pointerId);
            const value = valueOf(event);
            const [low, high] = levels.window;
            drag = { isWhole: event.shiftKey, isLow: Math.abs(value - low) < Math.abs(value - high), low, high, value };
        }
    });
    canvas.addEventListener("pointermove", (event) => {
        if (!drag || !histogram.isThere) {
            return;
        }
        const value = valueOf(event);
        if (drag.isWhole) {
            levels.choose(drag.low + value - drag.value, drag.high + value - drag.value);
        } else {
            levels.choose(drag.isLow ? value : drag.low, drag.isLow ? drag.high : value);
        }
    });
    for (const end of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(end, () => {
            drag = null;
        });
    }
}
