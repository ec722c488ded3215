// The mouse, a pen and fingers on the picture: hover, drag, wheel, and two fingers that zoom.

const WHEEL_STEP = 0.0018; // of the logarithm of the zoom for a pixel of the wheel
const LINE_PIXELS = 33; // a wheel that counts lines

export function listen(canvas, view, onHover) {
    const pointers = new Map(); // those that are down, by their ids: points of the canvas
    canvas.addEventListener("wheel", (event) => {
        event.preventDefault(); // the page shall not scroll
        const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PIXELS : event.deltaY;
        const { x, y } = view.pointOf(event);
        view.zoomBy(Math.exp(-pixels * WHEEL_STEP), x, y);
        onHover(view.pixelAt({ x, y }));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        pointers.set(event.pointerId, view.pointOf(event));
        onHover(view.pixelAt(view.pointOf(event)));
    });
    canvas.addEventListener("pointermove", (event) => {
        const point = view.pointOf(event);
        if (pointers.has(event.pointerId)) {
            drag(view, pointers, event.pointerId, point);
        } else {
            onHover(view.pixelAt(point));
        }
    });
    for (const end of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
    }
    canvas.addEventListener("pointerleave", (event) => {
        // A finger that is lifted leaves too; what it has pointed at stays.
        if (event.pointerType === "mouse") {
            onHover(null);
        }
    });
}

function drag(view, pointers, id, point) {
    const before = pointers.get(id);
    const other = [...pointers].find(([key]) => key !== id)?.[1];
    if (other) {
        const length = ({ x, y }) => Math.max(1, Math.hypot(x - other.x, y - other.y));
        view.zoomBy(length(point) / length(before), other.x, other.y);
    } else {
        view.panBy(point.x - before.x, point.y - before.y);
    }
    pointers.set(id, point);
}
