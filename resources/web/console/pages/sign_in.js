// Signing in: name, password, and why it did not work.
import { signIn } from "../lib/api.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { Field, Form } from "../ui/forms.js";

export function SignIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const box = useRef(null);
  const action = useAction(() => signIn(name, password));
  useEffect(() => box.current.querySelector("input").focus(), []);
  return html`<main class="sign-in" ref=${box}>
    <img src="/web/icons/benchcast.svg" alt="" width="56" height="56" />
    <h1>${say("console.sign_in.title")}</h1>
    <${Form} action=${action} onSubmit=${action.run} submit=${say("console.sign_in.submit")}>
      <${Field} label=${say("console.sign_in.name")} value=${name} onChange=${setName}
        autocomplete="username" autocapitalize="none" spellcheck=${false} required />
      <${Field} label=${say("console.sign_in.password")} value=${password} onChange=${setPassword}
        type="password" autocomplete="current-password" required />
    <//>
    <p class="fine">${say("console.sign_in.help")}</p>
  </main>`;
}
