// Fields with their labels, help and what is wrong with them; forms that are sent once.
import { html, useEffect, useId, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { Button, Failure } from "./basics.js";

function Labelled({ id, label, help, error, children }) {
  return html`<div class=${error ? "field wrong" : "field"}>
    <label for=${id}>${label}</label>
    ${children}
    ${help ? html`<p class="fine" id=${`${id}-help`}>${help}</p>` : null}
    ${error ? html`<p class="error" id=${`${id}-error`}>${error}</p>` : null}
  </div>`;
}

function described(id, help, error) {
  return [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
}

// A password can be looked at while it is typed, and is hidden again when it was sent and taken away.
export function Field({ label, value, onChange, help = "", error = "", type = "text", ...rest }) {
  const id = useId();
  const [isShown, setShown] = useState(false);
  const isSecret = type === "password";
  useEffect(() => {
    if (value === "") setShown(false);
  }, [value]);
  const input = html`<input ...${rest} id=${id} type=${isSecret && isShown ? "text" : type} value=${value} aria-invalid=${Boolean(error)}
      aria-describedby=${described(id, help, error)} onInput=${(event) => onChange(event.currentTarget.value)} />`;
  return html`<${Labelled} ...${{ id, label, help, error }}>
    ${isSecret
      ? html`<div class="password">${input}<${Button} aria-controls=${id} onClick=${() => setShown(!isShown)}
          aria-label=${say(isShown ? "ui.password.hide_of" : "ui.password.show_of", { label })}>${say(isShown ? "ui.password.hide" : "ui.password.show")}<//></div>`
      : input}
  <//>`;
}

export function TextArea({ label, value, onChange, help = "", error = "", rows = 4, ...rest }) {
  const id = useId();
  return html`<${Labelled} ...${{ id, label, help, error }}>
    <textarea ...${rest} id=${id} rows=${rows} value=${value} aria-invalid=${Boolean(error)}
      aria-describedby=${described(id, help, error)} onInput=${(event) => onChange(event.currentTarget.value)}></textarea>
  <//>`;
}

// `options` are [value, text].
export function Choice({ label, value, onChange, options, help = "", error = "", ...rest }) {
  const id = useId();
  return html`<${Labelled} ...${{ id, label, help, error }}>
    <select ...${rest} id=${id} value=${value} aria-describedby=${described(id, help, error)}
      onChange=${(event) => onChange(event.currentTarget.value)}>
      ${options.map(([key, text]) => html`<option value=${key} selected=${key === value}>${text}</option>`)}
    </select>
  <//>`;
}

export function Tick({ label, checked, onChange, help = "", ...rest }) {
  const id = useId();
  return html`<div class="field tick">
    <input ...${rest} id=${id} type="checkbox" checked=${checked} aria-describedby=${described(id, help)}
      onChange=${(event) => onChange(event.currentTarget.checked)} />
    <label for=${id}>${label}</label>
    ${help ? html`<p class="fine" id=${`${id}-help`}>${help}</p>` : null}
  </div>`;
}

// `action` is what `useAction` gave; Enter sends, and while it is on its way nothing is sent again.
export function Form({ action, onSubmit, submit, onCancel = null, kind = "main", children }) {
  return html`<form novalidate onSubmit=${(event) => {
    event.preventDefault();
    onSubmit();
  }}>
    ${children}
    <${Failure} problem=${action.problem} />
    <div class="form-end">
      <${Button} type="submit" kind=${kind} isBusy=${action.isBusy}>${submit}<//>
      ${onCancel ? html`<${Button} onClick=${onCancel}>${say("ui.cancel")}<//>` : null}
    </div>
  </form>`;
}
