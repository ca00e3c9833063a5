"""Makes the drawings: ``python docs/drawings/make.py``. A test says when that was forgotten."""

from __future__ import annotations

from pen import DARK, HERE, LIGHT, Drawing, colours


def rooms() -> Drawing:
    """Who imports whom."""
    d = Drawing("rooms", 740, 330, "The rooms of the package and who imports whom")
    d.box(20, 20, 150, 56, "cli/", "the command line", kind="loop", code=True)
    d.box(200, 20, 150, 56, "files/", "sound files", kind="loop", code=True)
    d.box(20, 130, 330, 62, "aio/", "waits on an event loop, computes nothing", kind="loop",
          code=True)  # fmt: skip
    d.box(390, 130, 330, 62, "compat/", "python-sounddevice's API; no event loop", kind="control",
          code=True)  # fmt: skip
    d.box(20, 246, 700, 68, "core/", "PortAudio, the C kernel, devices, errors; never waits, "
          "knows no event loop", kind="audio", code=True)  # fmt: skip
    d.box(390, 20, 150, 56, "dsp/", "maths on arrays", code=True)
    d.box(570, 20, 150, 56, "virtual/", "the virtual card", code=True)
    d.arrow((95, 76), (95, 130))
    d.arrow((275, 76), (275, 130))
    d.arrow((170, 48), (200, 48))
    d.arrow((185, 192), (185, 246))
    d.arrow((555, 192), (555, 246))
    d.arrow((350, 161), (390, 161), kind="bad", dash=True)
    d.text(370, 148, "never", "small bad", "middle")
    d.text(196, 226, "imports", "small")
    return d


def route() -> Drawing:
    """A block's way from the device to a coroutine."""
    d = Drawing("route", 740, 440, "The route of one block from the device to the coroutine")
    d.bar(10, 34, 350, 396, "audio")
    d.bar(380, 34, 350, 396, "loop")
    d.text(185, 22, "PortAudio's thread, in C", "head audio", "middle")
    d.text(555, 22, "your thread, with the event loop", "head loop", "middle")
    d.box(40, 54, 290, 46, "sound card", "a block of input is there")
    d.box(40, 130, 290, 62, "① callback.c", "gate open? frame number, time")
    d.box(40, 222, 290, 62, "② tap.c", "copies it into the queue, or drops, and counts")
    d.box(40, 350, 290, 62, "wake.c", "enough for who waits? one write")
    d.box(410, 54, 290, 46, "async for block in mic:", "your code", code=True)
    d.box(410, 130, 290, 62, "⑤ aio/input.py", "counts, returns the array")
    d.box(410, 222, 290, 62, "④ core/reader.py", "one call: copies frames into a new array")
    d.box(410, 350, 290, 62, "③ aio/loops.py", "wakes the task that waits for it")
    for y0, y1 in ((100, 130), (192, 222), (284, 350)):
        d.arrow((185, y0), (185, y1), kind="audio")
        d.arrow((555, y1), (555, y0), kind="loop")
    d.arrow((330, 381), (410, 381))
    d.text(370, 372, "eventfd", "small", "middle")
    d.arrow((330, 253), (410, 253))
    d.text(370, 244, "queue", "small", "middle")
    return d


def threads() -> Drawing:
    """Threads, and what goes between them."""
    d = Drawing("threads", 740, 360, "The threads and what passes between them")
    d.box(20, 20, 210, 110, "your thread", "event loop, your coroutines",
          "copies frames in and out", "calls no PortAudio", kind="loop")  # fmt: skip
    d.box(510, 20, 210, 110, "PortAudio's thread", "the callback: copies frames",
          "no lock, no allocation,", "no Python", kind="audio")  # fmt: skip
    d.box(20, 230, 210, 110, "control thread", "open, start, stop, close,", "device lists",
          "replaced if a call hangs", kind="control")  # fmt: skip
    d.box(510, 230, 210, 110, "sound card", "PortAudio, ALSA, JACK,", "Core Audio, WASAPI ...")
    d.box(270, 34, 200, 36, "lock-free queues")
    d.arrow((510, 46), (470, 46), kind="audio")
    d.arrow((470, 60), (510, 60), kind="audio")
    d.arrow((270, 46), (230, 46), kind="loop")
    d.arrow((230, 60), (270, 60), kind="loop")
    d.arrow((510, 104), (230, 104), kind="audio", dash=True)
    d.text(370, 97, "a byte to the eventfd, if somebody waits", "small", "middle")
    d.arrow((90, 130), (90, 230), kind="loop")
    d.text(100, 176, "posts a call", "small")
    d.arrow((190, 230), (190, 130), kind="control")
    d.text(200, 192, "its result", "small")
    d.arrow((230, 285), (510, 285), kind="control")
    d.text(370, 277, "Pa_OpenStream, Pa_StartStream ...", "code", "middle")
    d.arrow((615, 230), (615, 130), kind="audio")
    d.text(625, 184, "calls back", "small")
    d.box(270, 306, 200, 36, "watchdog: still called?", kind="control")
    return d


def orders() -> Drawing:
    """The lost wake-up, and why it cannot happen."""
    d = Drawing("orders", 740, 330, "Four sequentially consistent accesses: no lost wake-up")
    d.text(180, 22, "the callback", "head audio", "middle")
    d.text(560, 22, "the reader", "head loop", "middle")
    d.box(30, 40, 300, 48, "memcpy(queue, block)", "plain", kind="audio", code=True)
    d.box(
        30, 116, 300, 48, "exchange(write, position)", "seq_cst: publish", kind="audio", code=True
    )
    d.box(30, 220, 300, 48, "load(slot)", "seq_cst: is somebody armed?", kind="audio", code=True)
    d.box(410, 116, 300, 48, "exchange(slot, ARMED)", "seq_cst: arm", kind="loop", code=True)
    d.box(410, 220, 300, 48, "load(write)", "seq_cst: is there enough already?", kind="loop",
          code=True)  # fmt: skip
    d.arrow((180, 88), (180, 116), kind="audio")
    d.arrow((180, 164), (180, 220), kind="audio")
    d.arrow((560, 164), (560, 220), kind="loop")
    d.arrow((330, 140), (410, 238), dash=True)
    d.arrow((410, 140), (330, 238), dash=True)
    d.text(370, 130, "one order for all four:", "small", "middle")
    d.text(370, 292, "at least one of the two looks sees the other's write,", "", "middle")
    d.text(370, 312, "so either the callback wakes the reader, or the reader does not sleep.", "",
           "middle")  # fmt: skip
    return d


def claim() -> Drawing:
    """Who may move the read index."""
    d = Drawing("claim", 740, 236, "A full queue: dropping the oldest frames while a reader copies")
    for place in range(12):
        kind = "bad" if place < 3 else "loop"
        d.bar(40 + 40 * place, 60, 40, 40, kind)
    for place in range(3):
        d.bar(560 + 40 * place, 60, 40, 40, "audio")
    d.text(40, 48, "read", "code head")
    d.arrow((44, 126), (44, 104))
    d.text(520, 48, "write", "code head", "middle")
    d.arrow((520, 126), (520, 104))
    d.text(620, 48, "a block comes in", "small audio", "middle")
    d.text(100, 122, "oldest frames", "small bad", "middle")
    d.text(40, 160, "bit 0 of read is clear: the callback moves read on by one compare-and-swap "
           "(acquire and release);", "small")  # fmt: skip
    d.text(40, 178, "the oldest frames are lost, and the block has room.", "small")
    d.text(40, 202, "bit 0 is set: a reader is copying (it claimed with acquire and will release);",
           "small")  # fmt: skip
    d.text(40, 220, "the callback keeps out, and drops the incoming block instead.", "small")
    return d


def latency() -> Drawing:
    """Where the time between mouth and ear goes."""
    d = Drawing("latency", 740, 250, "Where the time from microphone to loudspeaker goes")
    parts = [
        ("input latency", "ADC, driver", 130, "audio", "latency="),
        ("a block", "has to fill", 100, "audio", "blocksize="),
        ("queue", "until you read", 110, "loop", "buffer="),
        ("your code", "and what it awaits", 120, "loop", ""),
        ("queue", "until its turn", 110, "loop", "prefill="),
        ("output latency", "driver, DAC", 130, "audio", "latency="),
    ]
    x = 20.0
    for name, told, width, kind, knob in parts:
        d.box(x, 60, width, 72, name, told, kind=kind)
        d.text(x + width / 2, 156, knob, "code", "middle")
        x += width
    d.arrow((20, 34), (720, 34))
    d.text(20, 24, "sound in the air", "small")
    d.text(720, 24, "sound in the air again", "small", "end")
    d.line((20, 190), (720, 190), dash=True)
    d.text(
        20, 212, "orange: the host's; stream.latency tells how much it says it is", "small audio"
    )
    d.text(20, 232, "blue: this side's, counted in frames", "small loop")
    d.text(720, 212, "the whole: measure_latency()", "small", "end")
    return d


def xrun() -> Drawing:
    """The queue's level while a reader is away."""
    d = Drawing("xrun", 740, 330, "What happens to the queue while a reader is away for too long")
    left, bottom, top, block = 90, 210, 60, 20
    d.text(20, 30, "frames in the queue", "head")
    d.line((left, bottom), (720, bottom))
    d.line((left, top), (720, top), kind="bad", dash=True)
    d.text(84, top + 5, "buffer", "code", "end")
    d.text(84, bottom + 4, "0", "code", "end")
    # One bar per block of the device. The reader takes each block as it comes, stays away from the
    # 6th to the 20th, and then takes everything that is there.
    level, full, lost = 0, 0, 0
    for number in range(31):
        away = 5 <= number < 20
        if away and level == 10:
            full, lost = full or number, lost + 1
        level = min(level + 1, 10) if away else 1
        kind = "bad" if away and lost else "audio"
        d.bar(left + block * number + 2, bottom - 15 * level, block - 4, 15 * level, kind)
    away_from, back = left + block * 5, left + block * 20
    d.bar(left, 232, away_from - left, 26, "loop")
    d.bar(away_from, 232, back - away_from, 26, "")
    d.bar(back, 232, 710 - back, 26, "loop")
    d.text(84, 250, "reader", "small", "end")
    d.text((away_from + back) / 2, 250, "busy elsewhere", "small", "middle")
    d.text((back + 710) / 2, 250, "reads again", "small loop", "middle")
    d.text((left + block * full + back) / 2, 48, "full: the oldest are lost", "small bad", "middle")
    d.arrow((back, 300), (back, 262), kind="loop")
    told = f"info.lost of the next block: {lost} blocks of frames; info.frame counts them"
    d.text(back, 318, told, "small loop", "middle")
    return d


def which() -> Drawing:
    """Which function or class to take."""
    d = Drawing("which", 740, 520, "Which API?")
    rows = [
        ("An array, whole", "audio", [("play it", "play"), ("record n frames", "rec"),
            ("both at once", "playrec"), ("until then", "rec(until=)")]),
        ("A sound file", "audio", [("play", "play_file"), ("record", "record_file"),
            ("pause, seek", "FilePlayer"), ("with meter", "FileRecorder")]),
        ("Blocks as they come", "loop", [("just a loop", "blocks"),
            ("queue, levels", "InputStream"), ("several readers", "subscribe")]),
        ("Chunks as they are made", "loop", [("without gaps", "OutputStream")]),
        ("In and out in step", "loop", [("indata, outdata", "Stream")]),
        ("Bytes, int24, no NumPy", "loop", [("as above", "Raw...Stream")]),
        ("A program without a loop", "control", [("as it is", "compat")]),
    ]  # fmt: skip
    y = 20
    for question, kind, answers in rows:
        d.bar(20, y, 230, 52, kind)
        d.text(135, y + 31, question, f"head {kind}", "middle")
        d.line((250, y + 26), (270, y + 26), kind=kind)
        width = 455 / max(3, len(answers))
        for number, (told, name) in enumerate(answers):
            d.box(270 + width * number, y, width - 6, 52, name, told, code=True)
        y += 70
    return d


ALL = (rooms, route, threads, orders, claim, latency, xrun, which)
THEMES = "drawings.css"


def themes() -> str:
    """What lets drawings in a page follow the theme that the reader has chosen there."""
    return (
        "/* Made by docs/drawings/make.py. */\n"
        f'body[data-theme="light"] .drawing {{ {colours(LIGHT)} }}\n'
        f'body[data-theme="dark"] .drawing {{ {colours(DARK)} }}\n'
    )


def made() -> dict[str, str]:
    """Names of the files, relative to `docs/`, and what is in them."""
    drawings = {f"drawings/{draw().name}.svg": draw().svg() for draw in ALL}
    return {**drawings, f"_static/{THEMES}": themes()}


if __name__ == "__main__":
    for name, text in made().items():
        (HERE.parent / name).write_text(text)
