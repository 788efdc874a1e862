// Signing in: name, password, then a code where one has a second factor, and why it did not work.
import { farewell, signIn } from "../lib/api.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { useStore } from "../lib/store.js";
import { Button } from "../ui/basics.js";
import { CodeField } from "../ui/code_field.js";
import { Field, Form } from "../ui/forms.js";
import { Privacy } from "../ui/privacy.js";

export function SignIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const why = useStore(farewell);
  const box = useRef(null);
  const [code, setCode] = useState("");
  const [isAsked, setAsked] = useState(false);
  const action = useAction(async () => {
    try {
      await signIn(name, password, isAsked ? code : "");
    } catch (problem) {
      setCode("");
      if (problem.code !== "SECOND_FACTOR_NEEDED" || isAsked) throw problem;
      setAsked(true);
    }
  });
  const back = () => {
    action.clear();
    setAsked(false);
    setPassword("");
  };
  useEffect(() => box.current.querySelector("input").focus(), [isAsked]);
  if (isAsked) {
    return html`<main class="sign-in" ref=${box}>
      <img src="/web/icons/benchcast.svg" alt="" width="56" height="56" />
      <h1>${say("console.factor.step_title")}</h1>
      <p role="status">${say("console.factor.step_text", { name })}</p>
      <${Form} action=${action} onSubmit=${action.run} submit=${say("console.sign_in.submit")}>
        <${CodeField} value=${code} onChange=${setCode} />
      <//>
      <p><${Button} kind="quiet" onClick=${back}>${say("console.factor.back")}<//></p>
    </main>`;
  }
  return html`<main class="sign-in" ref=${box}>
    <img src="/web/icons/benchcast.svg" alt="" width="56" height="56" />
    <h1>${say("console.sign_in.title")}</h1>
    ${why ? html`<p class="note warn" role="status">${say(`console.farewell.${why}`)}</p>` : null}
    <${Form} action=${action} onSubmit=${action.run} submit=${say("console.sign_in.submit")}>
      <${Field} label=${say("console.sign_in.name")} value=${name} onChange=${setName}
        autocomplete="username" autocapitalize="none" spellcheck=${false} required />
      <${Field} label=${say("console.sign_in.password")} value=${password} onChange=${setPassword}
        type="password" autocomplete="current-password" required />
    <//>
    <p class="fine">${say("console.sign_in.help")}</p>
    <${Privacy} />
  </main>`;
}
