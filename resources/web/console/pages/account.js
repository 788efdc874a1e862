// One's own account: a new password, for which the one before is asked.
import { post, session } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { Page } from "../ui/basics.js";
import { CodeField } from "../ui/code_field.js";
import { Field, Form } from "../ui/forms.js";
import { NewPassword } from "../ui/new_password.js";
import { Privacy } from "../ui/privacy.js";
import { toast } from "../ui/toast.js";
import { Factor } from "./account_factor.js";
import { Sessions } from "./account_sessions.js";

export default function Account() {
  const { user } = session.value;
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [isTried, setTried] = useState(false);
  const [code, setCode] = useState("");
  const [isCodeAsked, setCodeAsked] = useState(false);
  const action = useAction(async () => {
    try {
      await post("/api/auth/password", { currentPassword: current, password, ...(code ? { code } : {}) });
      return true;
    } catch (problem) {
      if (problem.code === "SECOND_FACTOR_NEEDED") setCodeAsked(true);
      throw problem;
    }
  });
  const submit = async () => {
    setTried(true);
    if (password !== again || !(await action.run())) return;
    setTried(false);
    setCodeAsked(false);
    for (const clear of [setCurrent, setPassword, setAgain, setCode]) clear("");
    toast(say("console.account.changed"));
  };
  return html`<${Page} title=${say("console.account.title")}>
    <p>${user.name} · ${say(`ui.role.${user.role}`)}</p>
    <div class="card account-card"><h2>${say("console.account.password")}</h2>
      <${Form} action=${action} onSubmit=${submit} submit=${say("console.account.change")}>
        <${Field} label=${say("console.account.current")} value=${current} onChange=${setCurrent} type="password" autocomplete="current-password" required />
        <${NewPassword} label=${say("console.users.new_password")} value=${password} onChange=${setPassword} name=${user.name} required />
        <${Field} label=${say("console.welcome.again")} value=${again} onChange=${setAgain} type="password" autocomplete="new-password" required
          error=${isTried && password !== again ? say("console.welcome.differs") : ""} />
        ${isCodeAsked ? html`<${CodeField} value=${code} onChange=${setCode} />` : null}
      <//>
      <p class="fine">${say("console.account.others_end")}</p>
    </div>
    <${Factor} />
    <${Sessions} />
    <div class="card account-card"><h2>${say("console.privacy.data")}</h2>
      <p>${say("console.privacy.data_text")}</p>
      <a class="button" download href=${`/api/users/${encodeURIComponent(user.name)}/data`}>${say("console.privacy.take")}</a>
      <${Privacy} />
    </div>
  <//>`;
}
