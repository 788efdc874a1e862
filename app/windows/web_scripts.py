"""What is asked of a web page in JavaScript, in a world of its own."""

# A page can tell when it has handed a frame on, but not when the frame has arrived in our widget, by way of other
# processes. But the engine takes no further frame before an earlier one has arrived. So we make it draw a few that
# really differ (by a quarter of one shade), and then two more, which are the page itself again.
FRAMES_THROUGH = """(() => {
    const faint = document.documentElement.animate([{opacity: 0.999}, {opacity: 0.998}], {duration: 60000});
    let frames = 0;
    const step = () => {
        frames += 1;
        if (frames === 4) faint.cancel();
        if (frames < 6) requestAnimationFrame(step); else console.info("WORD");
    };
    requestAnimationFrame(step);
})()"""

# Many pages scroll a part of themselves and not the document: what lies in the middle decides which.
_SCROLL = """(() => {
    const canScroll = (part) =>
        /auto|scroll/.test(getComputedStyle(part).overflow)
        && (part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1);
    let part = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    while (part && !canScroll(part)) part = part.parentElement;
    (part || document.scrollingElement || document.documentElement)
        .scrollBy({left: DX * innerWidth, top: DY * innerHeight, behavior: "instant"});
})()"""


def scroll_script(dx: float, dy: float) -> str:
    """Word the script that scrolls by these fractions of the visible room."""
    return _SCROLL.replace("DX", f"{dx:.4f}").replace("DY", f"{dy:.4f}")
