#!/usr/bin/env python3
"""The page of ferry-web in a browser: what it shows of a frame is what its producer has sent."""

import json
import os
import subprocess

from page_case import GONE, PageCase, main  # first: it says where the others are

import pictures
from browser import READ_CANVAS
from support import wait_until


def decoded(jpeg, channels):
    """The pixels of a JPEG, by another decoder's program."""
    kind = {1: "gray", 3: "rgb"}[channels]
    return subprocess.run(["convert", "jpg:-", "-depth", "8", f"{kind}:-"], input=jpeg, capture_output=True,
                          check=True).stdout


def gray_as_rgb(pixels):
    return bytes(value for value in pixels for _ in range(3))


def gradient(width, height):
    """Colors without edges, which JPEG keeps well."""
    return pictures.Picture(width, height, 3, bytes(
        value for y in range(height) for x in range(width)
        for value in (40 + x * 150 // width, 60 + y * 150 // height, 90 + (x + y) * 100 // (width + height))))


class Canvas(PageCase):
    def show_exactly(self, channel, quality):
        """At one pixel of the screen for each of the frame."""
        self.open(channel)
        self.page.run(f"""(() => {{
            const quality = document.querySelector("#quality");
            quality.value = "{quality}";
            quality.dispatchEvent(new Event("change"));
        }})()""")
        self.page.press("1")
        self.wait_shown_as(rf"[?&]q={quality}\b")

    def test_canvas_has_the_gray_frame(self):
        picture = pictures.noise(61, 47, 1, "gray")
        channel = self.channel()
        self.send(channel, pictures.png(picture))
        self.serve()
        self.show_exactly(channel, 100)
        left, top, _ = self.place_of(61, 47, 1)
        found = self.canvas_part(61, 47, left, top)
        self.assert_close(found, gray_as_rgb(picture.pixels), 2, "the canvas is not the picture")
        _, jpeg = self.get(f"/{channel}/frame.jpg?q=100")
        self.assert_close(found, gray_as_rgb(decoded(jpeg, 1)), 1, "the canvas is not the JPEG")

    def test_canvas_has_the_colored_frame(self):
        picture = gradient(64, 48)
        channel = self.channel()
        self.send(channel, pictures.png(picture))
        self.serve()
        self.show_exactly(channel, 95)
        left, top, _ = self.place_of(64, 48, 1)
        found = self.canvas_part(64, 48, left, top)
        self.assert_close(found, picture.pixels, 6, "the canvas is not the picture")
        _, jpeg = self.get(f"/{channel}/frame.jpg?q=95")
        self.assert_close(found, decoded(jpeg, 3), 3, "the canvas is not the JPEG")

    def test_large_frame_comes_as_small_as_the_canvas(self):
        channel = self.channel()
        self.producer(channel, "--no-wait", "--fps", 10, "pattern:2400x1600:gray")
        self.serve()
        self.open(channel)
        self.wait_shown_as("[?&]w=")
        across = self.page.run("document.querySelector('#picture').width")
        widths = [int(url.partition("w=")[2].partition("&")[0]) for url in self.page.requests_for("/frame.jpg")]
        self.assertLessEqual(widths[-1], across)
        self.assertGreater(widths[-1], across // 2)
        # At full size it comes whole.
        asked = len(self.page.requests_for("/frame.jpg"))
        self.page.press("1")
        self.wait_shown_as("^(?!.*[?&]w=)", since=asked)

    def test_enlarged_pixels_are_crisp(self):
        picture = pictures.noise(16, 12, 1, "crisp")
        channel = self.channel()
        self.send(channel, pictures.png(picture))
        self.serve()
        self.show_exactly(channel, 100)
        for _ in range(8):
            self.page.press("+")
        scale = 1.25 ** 8
        self.page.wait_text("#zoom", rf"^{100 * scale:.3g}")
        left, top, _ = self.place_of(16, 12, scale)
        self.page.run("new Promise(requestAnimationFrame)")
        across, _, data = self.page.canvas("#picture")
        for y in range(12):
            for x in range(16):
                for part in (0.2, 0.5, 0.8):  # near the edges of a pixel there is nothing of its neighbour
                    at = 4 * (int(top + (y + part) * scale) * across + int(left + (x + part) * scale))
                    self.assertAlmostEqual(data[at], picture.pixels[16 * y + x], delta=2)

    def test_producer_that_starts_again_with_another_size_and_format(self):
        channel = self.channel()
        self.expected = [GONE]  # where the next one is late
        first = self.send(channel, pictures.png(gradient(64, 48)), "--fps", 100)
        self.serve()
        self.open(channel)
        self.page.wait_text("#figures", "64x48")
        self.wait_shown(after=300)  # numbers begin anew, and these are far away
        self.interrupt(first)
        self.page.wait_text("#notice", "waits for|no channel")
        picture = pictures.noise(30, 50, 1, "second")
        self.send(channel, pictures.png(picture), "--fps", 2, name="second.png")
        self.page.wait_text("#figures", "30x50")
        self.page.wait_text("#figures", "gray")
        # The list has the new one too, so that nothing brings the sentence back, which would move the picture.
        self.page.wait("document.querySelector('#channels [aria-current=page] span')?.textContent.includes('30x50')")
        self.page.wait("document.querySelector('#notice').hidden")
        place = self.place_of(30, 50)
        self.hover(29, 49, place)
        self.assertEqual(self.read_values(29, 49)[0], [picture.pixels[-1]])


class Values(PageCase):
    def check(self, channel, size, expected):
        """The read-out of some pixels, by the mouse; expected is a function of x and y."""
        width, height = size
        self.serve()
        self.open(channel)
        place = self.place_of(width, height)
        for x, y in ((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1), (width // 2, height // 3)):
            self.hover(x, y, place)
            self.assertEqual(self.read_values(x, y)[0], expected(x, y), f"{x}, {y}")

    def test_rgb24(self):
        picture = pictures.noise(40, 30, 3, "rgb24")
        channel = self.channel()
        self.send(channel, pictures.png(picture), "--format", "rgb24")
        self.check(channel, (40, 30), lambda x, y: list(picture.pixel(x, y)))

    def test_gray(self):
        picture = pictures.noise(40, 30, 1, "gray")
        channel = self.channel()
        self.send(channel, pictures.png(picture))
        self.check(channel, (40, 30), lambda x, y: list(picture.pixel(x, y)))

    def test_gray16le(self):
        picture = pictures.noise(40, 30, 1, "gray16", depth=16)
        channel = self.channel()
        self.send(channel, pictures.png(picture))
        self.check(channel, (40, 30), lambda x, y: [int.from_bytes(bytes(picture.pixel(x, y)), "big")])

    def test_yuv420p(self):
        luma, *chroma = (pictures.noise(w, h, 1, f"yuv {w}{i}").pixels
                         for i, (w, h) in enumerate(((40, 30), (20, 15), (20, 15))))
        channel = self.channel()
        self.send_raw(channel, "40x30:yuv420p", luma + b"".join(chroma))
        self.check(channel, (40, 30), lambda x, y: [luma[40 * y + x], *(c[20 * (y // 2) + x // 2] for c in chroma)])

    def test_cursor_that_keys_move(self):
        picture = pictures.noise(40, 30, 1, "cursor")
        channel = self.channel()
        self.send(channel, pictures.png(picture))
        self.serve()
        self.open(channel)
        self.page.press("ArrowRight", shift=True)  # which brings it out, in the middle
        self.assertEqual(self.read_values(20, 15)[0], [picture.pixels[40 * 15 + 20]])
        self.page.press("ArrowRight", shift=True)
        self.page.press("ArrowUp", shift=True)
        self.assertEqual(self.read_values(21, 14)[0], [picture.pixels[40 * 14 + 21]])
        self.page.wait_text("#spoken", "^x 21, y 14: ")
        self.page.press("Escape")
        self.page.wait("!document.querySelector('#readout').textContent.trim()")

    def test_histogram(self):
        picture = pictures.noise(40, 30, 1, "histogram")
        channel = self.channel()
        self.send(channel, pictures.png(picture))
        self.serve()
        self.open(channel)
        self.page.press("h")
        self.page.wait_text("#histogram-text", r"^From \d+ to \d+;")
        # The highest bar reaches the top, and values that the picture has not have none.
        counts = [picture.pixels.count(value) for value in range(256)]
        width, height, data = self.page.canvas("#histogram")
        top = max(range(256), key=counts.__getitem__)
        for value in (top, *(v for v in range(256) if counts[v] == 0)):
            column = [data[4 * (y * width + int((value + 0.5) * width / 256)) + 3] for y in range(height)]
            self.assertEqual(any(column), counts[value] > 0, f"value {value}")
            self.assertEqual(all(column), value == top, f"value {value}")


class Pause(PageCase):
    def send_steps(self, channel):
        """Pictures of one gray each: frame N has 8 times N, modulo 16 pictures."""
        for i in range(16):
            self.write(f"steps/{i:02}.png", pictures.png(pictures.Picture(40, 30, 1, bytes([8 * i + 8]) * 1200)))
        return self.producer(channel, "--no-wait", "--loop", "--fps", 20, self.path("steps"))

    @staticmethod
    def gray_of(number):
        return 8 * ((number - 1) % 16) + 8

    def pause(self):
        self.page.press(" ")
        return int(self.page.wait_text("#spoken", r"^Paused at frame (\d+)$")[1])

    def assert_shows(self, number):
        self.page.wait(f"document.querySelector('#picture').dataset.frame === '{number}'")
        width, height, data = self.page.canvas("#picture")
        self.assertAlmostEqual(data[4 * (height // 2 * width + width // 2 + 20)], self.gray_of(number), delta=2)

    def test_paused_picture_and_values_stay(self):
        channel = self.channel()
        self.send_steps(channel)
        self.serve()
        self.open(channel)
        number = self.pause()
        wait_until(lambda: self.listed(channel)["frames"] > number + 20, "the producer does not go on")
        self.assert_shows(number)
        place = self.place_of(40, 30)
        for x in (3, 30):
            self.hover(x, 7, place)
            self.assertEqual(self.read_values(x, 7), ([self.gray_of(number)], number))
        self.page.press("h")
        self.page.wait_text("#histogram-text", rf"\(frame {number}\)")
        self.page.press(" ")
        self.assertGreater(self.wait_shown(after=number + 1), number + 10)

    def test_values_in_pixels(self):
        channel = self.channel()
        self.send_steps(channel)
        self.serve()
        self.open(channel)
        number = self.pause()
        self.page.press("1")
        for _ in range(20):
            self.page.press("+")
        # The frame has one gray; letters are white, with black edges.
        self.page.wait(f"""(() => {{
            {READ_CANVAS}
            const data = readCanvas(document.querySelector("#picture"));
            return [0, 255].every((value) => data.some((each, i) => i % 4 === 0 && each === value));
        }})()""", "values in the pixels")
        asked = self.page.requests_for("/pixels")
        self.assertTrue(asked and all(f"frame={number}&" in url for url in asked), asked)
        # A moving picture has none, and asks for none.
        self.page.press(" ")
        number = self.wait_shown(after=number + 1)
        asked = len(self.page.requests_for("/pixels"))
        self.wait_shown(after=number + 10)
        self.assertEqual(len(self.page.requests_for("/pixels")), asked)
        _, _, data = self.page.canvas("#picture")
        self.assertNotIn(255, data[0::4])

    def test_saved_file_is_the_frame(self):
        picture = pictures.noise(33, 21, 1, "deep", depth=16)
        channel = self.channel()
        self.send(channel, pictures.png(picture))
        self.serve()
        folder = self.path("downloads")
        self.page.save_files_in(folder)
        self.open(channel)
        self.page.press("s")
        number = int(self.page.wait_text("#spoken", r"^Frame (\d+) saved$")[1])
        name = f"{channel}-{number:06}.png"
        self.page.wait_file(name)
        self.assertEqual(pictures.read_png(os.path.join(folder, name)), picture)

    def test_saved_file_of_a_moving_picture(self):
        channel = self.channel()
        self.send_steps(channel)
        self.serve()
        folder = self.path("downloads")
        self.page.save_files_in(folder)
        self.open(channel)
        self.page.click("#save")
        number = int(self.page.wait_text("#spoken", r"^Frame (\d+) saved$")[1])
        name = f"{channel}-{number:06}.png"
        self.page.wait_file(name)
        self.assertEqual(set(pictures.read_png(os.path.join(folder, name)).pixels), {self.gray_of(number)})
        self.assertRegex(self.page.requests_for("/frame.png")[-1], rf"[?&]frame={number}&")
        self.wait_shown(after=number + 5)  # and it goes on


class Zoom(PageCase):
    def setUp(self):
        super().setUp()
        self.picture = pictures.noise(80, 60, 1, "zoom")
        channel = self.channel()
        self.send(channel, pictures.png(self.picture))
        self.serve()
        self.open(channel)

    def scale(self):
        return float(self.page.text("#zoom").split()[0]) / 100

    def test_wheel_zooms_to_the_pointer(self):
        place = self.place_of(80, 60)
        point = self.point_of(20, 40, place)
        self.page.move(*point)
        self.read_values(20, 40)
        before = self.scale()
        for _ in range(4):
            self.page.mouse("mouseWheel", *point, deltaX=0, deltaY=-200)
        self.page.wait(f"parseFloat(document.querySelector('#zoom').textContent) > {100 * before * 1.5}")
        # The pixel under the pointer is the same one.
        self.page.move(point[0] + 1, point[1])
        self.assertEqual(self.read_values(20, 40)[0], [self.picture.pixels[80 * 40 + 20]])

    def test_keys_zoom_and_move(self):
        fitting = self.scale()
        self.assertEqual(self.page.run("document.querySelector('#fit').ariaPressed"), "true")
        self.page.press("1")
        self.assertEqual(self.scale(), 1)
        self.page.press("+")
        self.assertEqual(self.scale(), 1.25)
        self.page.press("-")
        self.assertEqual(self.scale(), 1)
        self.page.press("f")
        self.assertEqual(self.scale(), fitting)
        for _ in range(8):
            self.page.press("+")
        # The pixel that was in the middle is a tenth of the canvas further left.
        box = self.page.middle("#picture")
        across = self.page.run("document.querySelector('#picture').width")
        self.page.move(*box)
        x = int(self.page.wait_text("#readout", r"^x (\d+)")[1])
        self.page.press("ArrowRight")
        self.page.move(2, 2)
        self.page.wait("!document.querySelector('#readout').textContent.trim()")
        self.page.move(box[0] - across // 10, box[1])
        self.page.wait_text("#readout", rf"^x {x}, ")

    def test_drag_moves_the_picture(self):
        for _ in range(8):
            self.page.press("+")
        x, y = self.page.middle("#picture")
        self.page.move(x, y)
        pixel = self.page.wait_text("#readout", r"^x \d+, y \d+:")[0]
        self.page.drag((x, y), (x + 70, y - 30))
        self.page.move(x, y)
        self.page.wait(f"!document.querySelector('#readout').textContent.startsWith({json.dumps(pixel)})")
        self.page.move(x + 70, y - 30)
        self.page.wait_text("#readout", "^" + pixel)


class Window(PageCase):
    """A ramp of 16 bits: column x has 1000 and 100 times x."""

    WIDTH, HEIGHT = 41, 8

    def setUp(self):
        super().setUp()
        row = b"".join((1000 + 100 * x).to_bytes(2, "little") for x in range(self.WIDTH))
        channel = self.channel()
        self.send_raw(channel, f"{self.WIDTH}x{self.HEIGHT}:gray16le", row * self.HEIGHT)
        self.serve()
        self.open(channel)
        self.page.press("h")
        self.page.wait_text("#histogram-text", "^From ")
        self.page.wait("!document.querySelector('#window').hidden")

    def window(self):
        return [float(value) for value in self.page.run(
            "['#low-value', '#high-value'].map((id) => document.querySelector(id).value)")]

    def assert_grays(self, low, high):
        """The picture is the one of this window."""
        left, top, scale = self.place_of(self.WIDTH, self.HEIGHT)
        row = int(top + (self.HEIGHT // 2 + 0.5) * scale)
        columns = [int(left + (x + 0.5) * scale) for x in range(self.WIDTH)]
        expected = [min(255, max(0, round((1000 + 100 * x - low) * 255 / (high - low)))) for x in range(self.WIDTH)]
        # JPEG rings at an edge, and the ramp has none but where it is cut off.
        self.page.wait(f"""(() => {{
            {READ_CANVAS}
            const canvas = document.querySelector("#picture");
            const data = readCanvas(canvas);
            return {columns}.every((x, i) => Math.abs(data[4 * ({row} * canvas.width + x)] - {expected}[i]) <= 8);
        }})()""", f"the picture of the window from {low} to {high}")

    def enter(self, low, high):
        self.page.run(f"""for (const [id, value] of [["#low-value", {low}], ["#high-value", {high}]]) {{
            const field = document.querySelector(id);
            field.value = value;
            field.dispatchEvent(new Event("input"));
        }}""")

    def test_window_is_automatic_at_first(self):
        self.assert_grays(1000, 5000)
        low, high = self.window()
        self.assertTrue(1000 <= low <= 1100 and 4900 <= high <= 5000, (low, high))
        self.assertEqual(self.page.run("document.querySelector('#auto').ariaPressed"), "true")

    def test_window_by_fields_and_keys(self):
        self.enter(2000, 4000)
        self.assert_grays(2000, 4000)
        self.page.wait_text("#figures", "2000 to 4000")
        self.page.press("]")
        self.assertEqual(self.window(), [2100, 4100])
        self.assert_grays(2100, 4100)
        self.page.press("[")
        self.page.press("}")
        self.assertEqual(self.window(), [1900, 4100])
        self.page.press("{")
        self.assertEqual(self.window(), [2000, 4000])
        self.assert_grays(2000, 4000)
        self.page.press("a")
        self.assert_grays(1000, 5000)

    def test_window_by_sliders_and_drags(self):
        self.page.run("""(() => {
            const slider = document.querySelector("#low");
            slider.value = 3000;
            slider.dispatchEvent(new Event("input"));
        })()""")
        low, high = self.window()
        self.assertEqual(low, 3000)
        self.assert_grays(low, high)
        x, y, width = self.page.run("""(({ x, y, width, height }) => [x, y + height / 2, width])(
            document.querySelector("#histogram").getBoundingClientRect())""")
        self.page.drag((x + width * 0.55, y), (x + width * 0.25, y))  # the lower end is the nearer one
        moved = self.window()
        self.assertLess(moved[0], 2500)
        self.assertEqual(moved[1], high)
        self.assert_grays(*moved)

    def test_paused_picture_gets_another_window(self):
        self.page.press(" ")
        number = int(self.page.wait_text("#spoken", r"^Paused at frame (\d+)$")[1])
        self.enter(2000, 3000)
        self.assert_grays(2000, 3000)
        self.assertEqual(self.wait_shown(), number)


if __name__ == "__main__":
    main()
