// Hears a scanner that types, wherever the focus is: its scan goes to `onScan`, and what it typed leaves no trace.
import { Burst, characterOf } from "./burst.js";

// Returns how to stop. A field for a password is nobody's to listen to.
export function hearWedge(onScan, target = window) {
  const burst = new Burst();
  let before = null; // the field that has the focus, as it was before the first key

  const onKey = (event) => {
    const field = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey || field?.type === "password") return;
    const at = event.timeStamp;
    if (event.key === "Enter" || event.key === "Tab") {
      const text = burst.end(at);
      if (text === null) return;
      event.preventDefault();
      event.stopPropagation();
      restore(before);
      onScan(text);
      return;
    }
    const character = characterOf(event);
    if (character === null) return;
    if (!burst.feed(character, at)) before = remember(field);
    // Space would press the button that has the focus.
    else if (character === " " && !before) event.preventDefault();
  };
  target.addEventListener("keydown", onKey, true);
  return () => target.removeEventListener("keydown", onKey, true);
}

function remember(field) {
  const isText = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
  return isText ? { field, value: field.value } : null;
}

function restore(before) {
  if (!before) return;
  before.field.value = before.value;
  before.field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
