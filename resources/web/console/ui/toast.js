// Short news at the edge of the page, read out by screen readers, gone after a while or on a click.
import { html } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { Store, useStore } from "../lib/store.js";

const toasts = new Store([]);
const SHOWN_MS = 6000;
let count = 0;

export function toast(text, tone = "good") {
  const id = ++count;
  toasts.set([...toasts.value.slice(-3), { id, text, tone }]);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id) {
  toasts.set(toasts.value.filter((each) => each.id !== id));
}

export function Toasts() {
  const shown = useStore(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown.map(
      ({ id, text, tone }) => html`<div key=${id} class=${`toast ${tone}`}>
        <span>${text}</span>
        <button type="button" class="icon" aria-label=${say("ui.close")} onClick=${() => dismiss(id)}>✕</button>
      </div>`,
    )}
  </div>`;
}
