// When a frame was painted: what was put on the page before the first of two animation frames has been handed to the
// compositor by the second. What this cannot mean: that the panel is on, or that somebody looked.
import { say } from "../../console/lib/i18n.js";
import { CannotShow, within } from "./cannot_show.js";

const PATIENCE_MS = 10_000;

// `view` is the window whose frame it is. A page that nobody can see paints no frame.
export function painted(view, signal, ms = PATIENCE_MS) {
  const frames = new Promise((resolve) => {
    view.requestAnimationFrame(() => view.requestAnimationFrame(resolve));
  });
  return within(frames, { signal, ms, late: () => new CannotShow("DISPLAY_NOT_AVAILABLE", say("screen.why.hidden")) });
}
