// Which bench is scanned for, how it stands, and the window in which another one, or another display, is chosen.
import { html, useState } from "../../console/lib/html.js";
import { say } from "../../console/lib/i18n.js";
import { isLive } from "../../console/lib/live.js";
import { nameOf, useScreens } from "../../console/lib/screens.js";
import { useStore } from "../../console/lib/store.js";
import { Badge, Button, Empty, Loaded } from "../../console/ui/basics.js";
import { Dialog } from "../../console/ui/dialog.js";
import { benchName, chooseDisplay, chooseScreen, favourites, isSame, toggleFavourite } from "./bench.js";
import { Star } from "./signs.js";

const MANY = 8;

// `screen` is what is known of the chosen one, undefined until it is. How it stands now nobody knows without the line.
export function BenchBar({ choice, screen, isGuest, onOpen }) {
  const live = useStore(isLive);
  const display = screen?.displays?.find(({ displayId }) => displayId === choice.displayId);
  return html`<div class="bench">
    <button type="button" class="bench-name" onClick=${onOpen} aria-haspopup="dialog">
      <span class="unseen">${say("phone.bench.chosen")}</span>
      <strong>${choice.screenId ? (screen ? nameOf(screen) : benchName(choice.screenId)) : say("phone.bench.none")}</strong>
      ${choice.displayId ? html`<span class="fine">${display ? displayWord(display) : say("phone.bench.display_gone")}</span>` : null}
      <span class="fine change">${say(isGuest ? "phone.bench.display" : choice.screenId ? "phone.bench.change" : "phone.bench.choose")} ▾</span>
    </button>
    ${screen && live ? html`<${BenchState} screen=${screen} />` : null}
  </div>`;
}

function BenchState({ screen }) {
  return html`<${Badge} tone=${screen.online ? "good" : "bad"}>${say(screen.online ? "phone.bench.online" : "phone.bench.offline")}<//>`;
}

function displayWord({ index, name }) {
  return say("phone.bench.display_number", { number: index + 1, name: name ?? "" }).trim();
}

export function BenchDialog({ choice, screen, isGuest, onPick, onClose }) {
  return html`<${Dialog} title=${say("phone.bench.title")} onClose=${onClose}>
    ${isGuest ? null : html`<${Benches} choice=${choice} onPick=${onPick} />`}
    ${screen ? html`<${Displays} choice=${choice} screen=${screen} />` : null}
    <div class="form-end"><${Button} kind="main" onClick=${onClose}>${say("phone.bench.done")}<//></div>
  <//>`;
}

function Benches({ choice, onPick }) {
  const load = useScreens();
  const own = useStore(favourites);
  const [wish, setWish] = useState("");
  const isOwn = ({ screenId }) => own.some((each) => isSame(each, screenId));
  const fits = (screen) => `${screen.name} ${screen.screenId}`.toLowerCase().includes(wish.trim().toLowerCase());
  return html`<${Loaded} load=${load} isEmpty=${(screens) => !screens.length} empty=${html`<${Empty} title=${say("phone.bench.empty")} />`}>
    ${(screens) => html`
      ${screens.length > MANY
        ? html`<input type="search" class="search" aria-label=${say("phone.bench.search")} placeholder=${say("phone.bench.search")}
            value=${wish} onInput=${(event) => setWish(event.currentTarget.value)} />`
        : null}
      <ul class="benches">
        ${screens
          .filter(fits)
          .sort((one, other) => isOwn(other) - isOwn(one) || nameOf(one).localeCompare(nameOf(other)))
          .map(
            (screen) => html`<li key=${screen.screenId}>
              <button type="button" class="pick" aria-pressed=${isSame(screen.screenId, choice.screenId)}
                onClick=${() => {
                  chooseScreen(screen.screenId);
                  onPick();
                }}>
                <strong>${nameOf(screen)}</strong><${BenchState} screen=${screen} /></button>
              <button type="button" class="icon star" aria-pressed=${isOwn(screen)} onClick=${() => toggleFavourite(screen.screenId)}
                aria-label=${say("phone.bench.favourite", { name: nameOf(screen) })}><${Star} /></button>
            </li>`,
          )}
      </ul>`}
  <//>`;
}

function Displays({ choice, screen }) {
  const gone = choice.displayId && !screen.displays.some(({ displayId }) => displayId === choice.displayId);
  const options = [[null, say("phone.bench.display_any")], ...screen.displays.map((each) => [each.displayId, displayWord(each)])];
  if (gone) options.push([choice.displayId, say("phone.bench.display_gone")]);
  return html`<fieldset class="displays">
    <legend>${say("phone.bench.display_title")}</legend>
    ${options.map(
      ([id, text]) => html`<label key=${id ?? ""}>
        <input type="radio" name="display" checked=${id === choice.displayId} onChange=${() => chooseDisplay(id)} /> ${text}</label>`,
    )}
  </fieldset>`;
}

