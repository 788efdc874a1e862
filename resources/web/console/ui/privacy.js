// What is kept about people, for them to read: before they sign in, on their phone, and at their account.
import { get } from "../lib/api.js";
import { html } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useLoad } from "../lib/load.js";
import { Button, Loaded } from "./basics.js";
import { Dialog, useDialog } from "./dialog.js";

export function Privacy() {
  const [dialog, open] = useDialog();
  return html`<p class="privacy"><${Button} kind="quiet" onClick=${() => open((close) => html`<${Notice} onClose=${close} />`)}>${say("console.privacy.link")}<//></p>${dialog}`;
}

function Notice({ onClose }) {
  const load = useLoad((signal) => get("/api/privacy", { signal }));
  return html`<${Dialog} title=${load.value?.title ?? say("console.privacy.link")} onClose=${onClose}>
    <${Loaded} load=${load}>${({ paragraphs }) => paragraphs.map((each, number) => html`<p key=${number}>${each}</p>`)}<//>
    <div class="form-end"><${Button} kind="main" onClick=${onClose}>${say("ui.close")}<//></div>
  <//>`;
}
