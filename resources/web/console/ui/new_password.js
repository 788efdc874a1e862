// The field where a password is chosen, with how strong it is, in words and as a bar; screen readers hear the words.
import { html, useEffect, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { strengthOf, strengthRules } from "../lib/strength.js";
import { Field } from "./forms.js";

// Screen readers are told once somebody stops typing.
const REST_MS = 700;

// `name` is whose password it is.
export function NewPassword({ label, value, onChange, name, help = "", ...rest }) {
  const [rules, setRules] = useState(null);
  useEffect(() => {
    let isGone = false;
    strengthRules().then((found) => isGone || setRules(found));
    return () => {
      isGone = true;
    };
  }, []);
  const length = rules ? say("ui.password.help", { least: rules.least }) : "";
  return html`<div class="new-password">
    <${Field} ...${rest} label=${label} value=${value} onChange=${onChange} type="password" autocomplete="new-password"
      help=${[length, help].filter(Boolean).join(" ")} />
    ${rules && value ? html`<${Strength} ...${strengthOf(value, name, rules)} rules=${rules} />` : null}
  </div>`;
}

function Strength({ verdict, score, count, rules }) {
  const text = say(`ui.password.${verdict}`, { least: rules.least, most: rules.most, count });
  const [heard, setHeard] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setHeard(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<div class="strength" data-score=${score}>
    <div class="bar" aria-hidden="true">${[1, 2, 3].map((each) => html`<i key=${each} class=${each <= score ? "full" : ""}></i>`)}</div>
    <p aria-hidden="true">${text}</p>
    <p class="unseen" role="status">${heard}</p>
  </div>`;
}
