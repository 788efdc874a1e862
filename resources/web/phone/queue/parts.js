// What the queue and the installed app say on the page: a newer version, how old a scan may grow, how to install.
import { html, useEffect, useState } from "../../console/lib/html.js";
import { say } from "../../console/lib/i18n.js";
import { useStore } from "../../console/lib/store.js";
import { Button } from "../../console/ui/basics.js";
import { Choice } from "../../console/ui/forms.js";
import { isLasting } from "./book.js";
import { AGES, longestMinutes, setLongestMinutes } from "./queue.js";
import { applyVersion, newVersion } from "./updates.js";

export function NewVersion() {
  const isThere = useStore(newVersion);
  const lasting = useStore(isLasting);
  return html`<div class="phone-news" role="status">
    ${isThere
      ? html`<p class="news"><span><strong>${say("phone.update.there")}</strong> ${say("phone.update.kept")}</span>
          <${Button} kind="main" onClick=${applyVersion}>${say("phone.update.apply")}<//></p>`
      : null}
    ${lasting ? null : html`<p class="news warn">${say("phone.queue.lost")}</p>`}
  </div>`;
}

export function AgeChoice() {
  const [minutes, setMinutes] = useState(longestMinutes());
  return html`<${Choice} label=${say("phone.queue.age")} help=${say("phone.queue.age.help")} value=${String(minutes)}
    onChange=${(value) => {
      setLongestMinutes(Number(value));
      setMinutes(Number(value));
    }}
    options=${AGES.map((count) => [String(count), say("phone.queue.age.minutes", { count })])} />`;
}

export const isInstalled = () => navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;

// An app on an iPhone's home screen has a memory of its own: said before somebody wonders why it asks again.
export function InstalledNote() {
  return isInstalled() ? html`<p class="fine">${say("phone.gate.installed")}</p>` : null;
}

let offer = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  dispatchEvent(new Event("benchcast-installable"));
});

const isApple = () => /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);

export function InstallPart() {
  const [isOffered, setOffered] = useState(offer !== null);
  useEffect(() => {
    const hear = () => setOffered(offer !== null);
    addEventListener("benchcast-installable", hear);
    return () => removeEventListener("benchcast-installable", hear);
  }, []);
  if (isInstalled()) return null;
  const install = async () => {
    await offer.prompt();
    offer = null;
    setOffered(false);
  };
  return html`<div class="field"><strong>${say("phone.install.title")}</strong>
    ${isOffered
      ? html`<${Button} onClick=${install}>${say("phone.install.button")}<//>`
      : html`<p class="fine">${say(isApple() ? "phone.install.ios" : "phone.install.menu")}</p>`}</div>`;
}
