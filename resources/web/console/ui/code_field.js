// The field for a code of the second factor: six digits of an app, or a recovery code for when the app is lost.
import { html, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { Button } from "./basics.js";
import { Field } from "./forms.js";

// Without `mayRecover` only the app's code will do, such as while it is being set up.
export function CodeField({ value, onChange, mayRecover = true }) {
  const [isRecovery, setRecovery] = useState(false);
  const swap = () => {
    setRecovery(!isRecovery);
    onChange("");
  };
  return html`<div class="code-field">
    ${isRecovery
      ? html`<${Field} key="recovery" label=${say("console.factor.recovery_code")} value=${value} onChange=${onChange} class="mono"
          autocomplete="off" autocapitalize="characters" spellcheck=${false} maxlength="40" required help=${say("console.factor.recovery_code_help")} />`
      : html`<${Field} key="app" label=${say("console.factor.code")} value=${value} onChange=${onChange} class="mono"
          autocomplete="one-time-code" inputmode="numeric" spellcheck=${false} maxlength="40" required help=${say("console.factor.code_help")} />`}
    ${mayRecover
      ? html`<${Button} kind="quiet" onClick=${swap}>${say(isRecovery ? "console.factor.use_app" : "console.factor.use_recovery")}<//>`
      : null}
  </div>`;
}
