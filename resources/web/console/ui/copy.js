// A text to take along: shown whole, copied with one press, and selected where the browser does not let us copy.
import { html, useRef, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { Button } from "./basics.js";

export function Copy({ label, text }) {
  const field = useRef(null);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    field.current.select();
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Without TLS there is no clipboard; the selected text can be copied by hand.
      setCopied(document.execCommand("copy"));
    }
    setTimeout(() => setCopied(false), 3000);
  };
  return html`<div class="copy">
    <input ref=${field} class="mono" readonly aria-label=${label} value=${text} onFocus=${(event) => event.currentTarget.select()} />
    <${Button} onClick=${copy}>${say(isCopied ? "ui.copied" : "ui.copy")}<//>
  </div>`;
}
