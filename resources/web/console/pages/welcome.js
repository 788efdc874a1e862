// The first admin: whoever opened the link that the relay printed chooses a name and a password here.
import { post, session } from "../lib/api.js";
import { html, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { addressOf, go, refine } from "../lib/router.js";
import { Field, Form } from "../ui/forms.js";
import { NewPassword } from "../ui/new_password.js";

export function Welcome({ place }) {
  // Taken out of the address bar at once, so that no history keeps it.
  const [secret] = useState(place.query.secret ?? "");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [isTried, setTried] = useState(false);
  const box = useRef(null);
  const action = useAction(() =>
    post("/api/auth/welcome", { secret, name, password }, { headers: { "X-Benchcast": "1" } }),
  );
  useLayoutEffect(() => {
    refine({});
    box.current.querySelector("input").focus();
  }, []);
  const differs = password !== again;
  const submit = async () => {
    setTried(true);
    if (differs || !name.trim()) return;
    const begun = await action.run();
    if (!begun) return;
    go([]);
    session.set(begun);
  };
  return html`<main class="sign-in" ref=${box}>
    <img src="/web/icons/benchcast.svg" alt="" width="56" height="56" />
    <h1>${say("console.welcome.title")}</h1>
    <p>${say("console.welcome.text")}</p>
    <${Form} action=${action} onSubmit=${submit} submit=${say("console.welcome.submit")}>
      <${Field} label=${say("console.sign_in.name")} value=${name} onChange=${setName} autocomplete="username" autocapitalize="none"
        spellcheck=${false} required maxlength="100" error=${isTried && !name.trim() ? say("console.welcome.no_name") : ""} />
      <${NewPassword} label=${say("console.sign_in.password")} value=${password} onChange=${setPassword} name=${name} required />
      <${Field} label=${say("console.welcome.again")} value=${again} onChange=${setAgain} type="password"
        autocomplete="new-password" required error=${isTried && differs ? say("console.welcome.differs") : ""} />
    <//>
    <p class="fine"><a href=${addressOf([])}>${say("console.welcome.to_sign_in")}</a></p>
  </main>`;
}
