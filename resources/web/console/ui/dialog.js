// Windows over the page: the browser's own <dialog>, so that focus, Escape and screen readers are right.
import { html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { Button, Failure } from "./basics.js";

export function Dialog({ title, onClose, wide = false, children }) {
  const dialog = useRef(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    // The close button comes first in the page; whoever opens a form wants to type.
    dialog.current.querySelector("form input, form select, form textarea")?.focus();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${dialog} class=${wide ? "wide" : ""} aria-labelledby=${id} onCancel=${(event) => {
    event.preventDefault();
    onClose();
  }}>
    <header><h2 id=${id}>${title}</h2>
      <button type="button" class="icon" aria-label=${say("ui.close")} onClick=${onClose}>✕</button>
    </header>
    ${children}
  </dialog>`;
}

// Ask before something that cannot be undone. `work` is done when the person agrees; `onDone` hears its result.
export function Confirm({ title, text, yes, danger = true, work, onDone, onClose, children = null }) {
  const action = useAction(work);
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>${children}
    <${Failure} problem=${action.problem} />
    <div class="form-end">
      <${Button} kind=${danger ? "danger" : "main"} isBusy=${action.isBusy}
        onClick=${async () => {
          const result = await action.run();
          if (result !== undefined) onDone(result);
        }}>${yes}<//>
      <${Button} onClick=${onClose}>${say("ui.cancel")}<//>
    </div>
  <//>`;
}

// `const [dialog, open] = useDialog()`: `open((close) => html`<...>`)` shows one, `dialog` is to be drawn.
export function useDialog() {
  const [draw, setDraw] = useState(null);
  const close = () => setDraw(null);
  return [draw ? draw(close) : null, (next) => setDraw(() => next)];
}
