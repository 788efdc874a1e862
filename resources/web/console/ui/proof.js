// "Your password, please": asked where a deed matters and the password was given long ago; what was begun then goes on.
import { answerProof, post, proofAsked, session } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { useStore } from "../lib/store.js";
import { CodeField } from "./code_field.js";
import { Dialog } from "./dialog.js";
import { Field, Form } from "./forms.js";

// Drawn once in the page.
export function Proof() {
  return useStore(proofAsked) && session.value?.user ? html`<${Ask} />` : null;
}

function Ask() {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [isCodeAsked, setCodeAsked] = useState(false);
  const action = useAction(async () => {
    try {
      await post("/api/auth/browser/proof", { password, ...(code ? { code } : {}) });
      return true;
    } catch (problem) {
      setCode("");
      if (problem.code === "SECOND_FACTOR_NEEDED") setCodeAsked(true);
      throw problem;
    }
  });
  const submit = async () => {
    if (password && (await action.run())) answerProof(true);
  };
  return html`<${Dialog} title=${say("ui.proof.title")} onClose=${() => answerProof(false)}>
    <p>${say("ui.proof.text", { name: session.value.user.name })}</p>
    <${Form} action=${action} onSubmit=${submit} submit=${say("ui.proof.go_on")} onCancel=${() => answerProof(false)}>
      <${Field} label=${say("console.sign_in.password")} value=${password} onChange=${setPassword} type="password"
        autocomplete="current-password" required />
      ${isCodeAsked ? html`<${CodeField} value=${code} onChange=${setCode} />` : null}
    <//>
  <//>`;
}
