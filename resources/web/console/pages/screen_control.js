// What a lead at a desk does at a bench: an order is shown, and what is shown is led, as with a phone.
import { html, useEffect, useState } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { nameOf } from "../lib/screens.js";
import { Button, Failure, Loading } from "../ui/basics.js";
import { TellButton } from "../ui/outcome.js";
import { dialogOf, Picture } from "./screen_parts.js";

// The phone's own remote control, fetched when it is wanted.
function useRemote() {
  const [found, set] = useState({});
  const load = () => {
    set({});
    import("../../phone/remote/remote.js").then(
      (module) => set({ Remote: module.default }),
      (problem) => set({ problem }),
    );
  };
  useEffect(load, []);
  return { ...found, load };
}

export function Control({ screen, open }) {
  const { Remote, problem, load } = useRemote();
  const [windowId, setWindow] = useState("main");
  const fields = { command: "view", reload: true, windowId };
  return html`<section class="card control" aria-labelledby="control-title"><h2 id="control-title">${say("console.screens.control")}</h2>
    <div class="actions">
      <${Button} kind="main" onClick=${() => open((close) => dialogOf("show", screen, windowId, close))}>${say("console.screens.do.show")}<//>
      <${TellButton} screenId=${screen.screenId} name=${nameOf(screen)} disabled=${!screen.online} fields=${fields}>${say("console.screens.do.reload")}<//>
    </div>
    ${Remote
      ? html`<${Remote} screenId=${screen.screenId} isFar=${true} onWindow=${setWindow} />`
      : problem
        ? html`<${Failure} problem=${problem} onRetry=${load} />`
        : html`<${Loading} />`}
    <${Picture} screen=${screen} />
  </section>`;
}
