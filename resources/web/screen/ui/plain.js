// A plain sentence in the middle of the screen, with at most one thing to do.
import { html } from "../../console/lib/html.js";

export function Plain({ title, detail, action, onAction }) {
  return html`<main class="plain">
    <h1>${title}</h1>
    <p>${detail}</p>
    ${action && html`<button type="button" onClick=${onAction}>${action}</button>`}
  </main>`;
}
