// Parts that the list of screens and a screen's own page share: what it shows, its picture, what it can be told.
import { get, mayAs } from "../lib/api.js";
import { monitorWord, tell } from "../lib/commands.js";
import { Fragment, html, useEffect, useId, useState } from "../lib/html.js";
import { ago, say, time } from "../lib/i18n.js";
import { useAction } from "../lib/load.js";
import { addressOf } from "../lib/router.js";
import { nameOf } from "../lib/screens.js";
import { Badge, Button, Failure } from "../ui/basics.js";
import { Dialog } from "../ui/dialog.js";
import { Choice, Form, TextArea } from "../ui/forms.js";
import { StateBadge, TellButton, told } from "../ui/outcome.js";

const TAIL = 24;

export function LinkState({ screen }) {
  const [tone, word] = screen.online
    ? ["good", "console.screens.online"]
    : screen.paired
      ? ["bad", "console.screens.offline"]
      : ["plain", "console.screens.unpaired"];
  return html`<${Badge} tone=${tone}>${say(word)}<//>`;
}

export function shownIn(window) {
  if (window.orderId) return window.orderId;
  if (window.url) return window.url.replace(/^https?:\/\//, "").slice(0, TAIL * 2);
  return window.documentId ? `${window.documentId.slice(0, 8)}…` : "";
}

export function monitorOf(screen, displayId) {
  return screen.displays.find((display) => display.displayId === displayId);
}

export function windowWords(screen, window) {
  const display = window.displayId && monitorOf(screen, window.displayId);
  return [
    window.revision && say("console.delivery.revision", { revision: window.revision }),
    window.page && window.pages > 1 && say("console.screens.page_of", { page: window.page, pages: window.pages }),
    display && monitorWord(display),
  ].filter(Boolean);
}

// Why somebody in front of the screen does not see it.
export function WindowMarks({ window }) {
  return html`<${Fragment}>
    ${window.blank ? html`<${Badge} tone="warn">${say("console.screens.blank")}<//>` : null}
    ${window.coveredBy?.length ? html`<${Badge} tone="warn">${say("console.screens.covered")}<//>` : null}
    ${window.visible === false && !window.blank && !window.coveredBy?.length
      ? html`<${Badge} tone="warn">${say("console.screens.unseen")}<//>`
      : null}
    ${window.asOf ? html`<${Badge} tone="warn">${say("console.screens.as_of", { time: time(window.asOf) })}<//>` : null}
  </${Fragment}>`;
}

export function Showing({ screen }) {
  const full = screen.windows.filter((window) => shownIn(window));
  if (!full.length) return html`<p class="fine">${say("console.screens.shows_nothing")}</p>`;
  return html`<ul class="showing">${full.map(
    (window) => html`<li key=${window.windowId}>
      <strong class="mono">${shownIn(window)}</strong>
      <span class="fine"> ${windowWords(screen, window).join(" · ")}</span> <${WindowMarks} window=${window} />
    </li>`,
  )}</ul>`;
}

export function LastOutcome({ screen }) {
  const last = screen.lastOutcome;
  if (!last) return null;
  return html`<span class="row"><${StateBadge} state=${last.state} verb=${last.verb} />
    <a href=${addressOf(["deliveries", last.id])}>${say(`console.delivery.verb.${last.verb}`)}</a>
    <span class="fine">${ago(last.at)}</span></span>`;
}

// A picture of what is on the screen, asked for with a press and never by itself.
export function Picture({ screen }) {
  const [picture, setPicture] = useState(null);
  const action = useAction(async () => {
    setPicture(null);
    const report = await tell(screen.screenId, { command: "screenshot" });
    setPicture(report);
  });
  const refused = picture && !picture.screenshot;
  return html`<div class="picture">
    <${Button} isBusy=${action.isBusy} disabled=${!screen.online} onClick=${() => action.run()}>${say("console.screens.picture")}<//>
    <${Failure} problem=${action.problem} />
    ${refused
      ? html`<p class="note warn" role="status">${picture.detail ?? say("console.screens.no_picture")} ${picture.action ?? ""}</p>`
      : null}
    ${picture?.screenshot ? html`<${Shot} screenshot=${picture.screenshot} name=${nameOf(screen)} />` : null}
  </div>`;
}

export function Shot({ screenshot, name }) {
  const [isGone, setGone] = useState(false);
  if (isGone) return html`<p class="fine">${say("console.screens.picture_gone")}</p>`;
  return html`<figure><a href=${screenshot.url} target="_blank" rel="noreferrer">
    <img src=${screenshot.url} alt=${say("console.screens.picture_of", { name })} width=${screenshot.width}
      height=${screenshot.height} onError=${() => setGone(true)} /></a>
    <figcaption class="fine">${time(screenshot.takenAt)}</figcaption></figure>`;
}

// What a screen can be told. `windowId` names the window that is meant; it has a say only where there are several.
export function Actions({ screen, windowId = "main", openDialog }) {
  if (!mayAs("operator")) return null;
  const window = screen.windows.find((each) => each.windowId === windowId);
  const common = { screenId: screen.screenId, name: nameOf(screen), disabled: !screen.online };
  const press = (key, fields) =>
    html`<${TellButton} key=${key} ...${common} fields=${{ windowId, ...fields }}>${say(`console.screens.do.${key}`)}<//>`;
  return html`<div class="actions" role="group" aria-label=${say("console.screens.actions", { name: nameOf(screen) })}>
    <${Button} kind="main" onClick=${() => openDialog("show")}>${say("console.screens.do.show")}<//>
    ${press("identify", { command: "identify" })}
    ${press("previous", { command: "view", step: "previous" })}
    ${press("next", { command: "view", step: "next" })}
    ${press("reload", { command: "view", reload: true })}
    ${window?.blank ? press("unblank", { command: "blank", on: false }) : press("blank", { command: "blank", on: true })}
    <${Button} disabled=${!screen.online || screen.displays.length < 2} onClick=${() => openDialog("move")}>${say("console.screens.do.move")}<//>
    <${Button} disabled=${!screen.online} onClick=${() => openDialog("message")}>${say("console.screens.do.message")}<//>
    ${press("close", { command: "close" })}
  </div>`;
}

export function monitorOptions(screen) {
  return screen.displays.map((display) => [display.displayId, monitorWord(display)]);
}

export function MoveDialog({ screen, windowId, onClose }) {
  const [displayId, setDisplay] = useState(screen.displays[0]?.displayId ?? "");
  const action = useAction(() =>
    told(nameOf(screen), () => tell(screen.screenId, { command: "move", windowId, displayId })),
  );
  return html`<${Dialog} title=${say("console.screens.move_title")} onClose=${onClose}>
    <${Form} action=${action} onCancel=${onClose} submit=${say("console.screens.do.move_now")}
      onSubmit=${async () => (await action.run()) && onClose()}>
      <${Choice} label=${say("console.screens.monitor")} value=${displayId} onChange=${setDisplay} options=${monitorOptions(screen)} />
    <//>
  <//>`;
}

export function MessageDialog({ screen, onClose }) {
  const [message, setMessage] = useState("");
  const [level, setLevel] = useState("info");
  const [isEmpty, setEmpty] = useState(false);
  const action = useAction(() =>
    told(nameOf(screen), () => tell(screen.screenId, { command: "notify", message: message.trim(), level })),
  );
  const send = async () => {
    setEmpty(!message.trim());
    if (message.trim() && (await action.run())) onClose();
  };
  return html`<${Dialog} title=${say("console.screens.message_title", { name: nameOf(screen) })} onClose=${onClose}>
    <${Form} action=${action} onCancel=${onClose} submit=${say("console.screens.do.send")} onSubmit=${send}>
      <${TextArea} label=${say("console.screens.message")} value=${message} onChange=${setMessage} maxlength="500"
        error=${isEmpty ? say("console.screens.message_missing") : ""} />
      <${Choice} label=${say("console.screens.level")} value=${level} onChange=${setLevel}
        options=${["info", "warning", "alarm"].map((each) => [each, say(`console.screens.level_of.${each}`)])} />
    <//>
  <//>`;
}

export function ShowDialog({ screen, windowId, onClose }) {
  const [wish, setWish] = useState("");
  const [found, setFound] = useState(null);
  const [order, setOrder] = useState(null);
  const [number, setNumber] = useState("1");
  const [displayId, setDisplay] = useState("");
  const [isMissing, setMissing] = useState(false);
  const group = useId();
  const search = useAction(async (text) => setFound((await get(`/api/orders?limit=20&q=${encodeURIComponent(text)}`)).orders));
  const action = useAction(() =>
    told(nameOf(screen), () =>
      tell(screen.screenId, {
        orderId: order.orderId,
        windowId,
        ...(number === "1" ? {} : { documentNumber: Number(number) }),
        ...(displayId ? { displayId } : {}),
      }),
    ),
  );
  useEffect(() => {
    const timer = setTimeout(() => search.run(wish), wish ? 250 : 0);
    return () => clearTimeout(timer);
  }, [wish]);
  return html`<${Dialog} title=${say("console.screens.show_title", { name: nameOf(screen) })} onClose=${onClose}>
    <${Form} action=${action} onCancel=${onClose} submit=${say("console.screens.do.show_now")}
      onSubmit=${async () => {
        setMissing(!order);
        if (order && (await action.run())) onClose();
      }}>
      <div class="field"><label for=${`${group}-q`}>${say("console.screens.order_search")}</label>
        <input id=${`${group}-q`} type="search" value=${wish} autocomplete="off" onInput=${(event) => setWish(event.currentTarget.value)} /></div>
      <${Failure} problem=${search.problem} />
      <fieldset class="picks"><legend class="unseen">${say("console.screens.orders")}</legend>
        ${found?.length === 0 ? html`<p class="fine">${say("console.screens.no_orders")}</p>` : null}
        ${(found ?? []).map(
          (each) => html`<label key=${each.orderId} class="pick">
            <input type="radio" name=${group} checked=${order?.orderId === each.orderId} disabled=${!each.documents?.length}
              onChange=${() => { setOrder(each); setNumber("1"); }} />
            <span><strong class="mono">${each.orderId}</strong> ${each.title}
              ${each.documents?.length ? null : html`<span class="fine"> ${say("console.screens.no_documents")}</span>`}</span>
          </label>`,
        )}
      </fieldset>
      ${isMissing && !order ? html`<p class="error" role="alert">${say("console.screens.order_missing")}</p>` : null}
      ${order?.documents?.length > 1
        ? html`<${Choice} label=${say("console.screens.document")} value=${number} onChange=${setNumber}
            options=${order.documents.map((each, at) => [String(at + 1), [each.title, each.revision].filter(Boolean).join(" · ")])} />`
        : null}
      ${screen.displays.length > 1
        ? html`<${Choice} label=${say("console.screens.monitor")} value=${displayId} onChange=${setDisplay}
            options=${[["", say("console.screens.usual_monitor")], ...monitorOptions(screen)]} />`
        : null}
      ${screen.online ? null : html`<p class="note warn">${say("console.screens.show_later")}</p>`}
    <//>
  <//>`;
}

// The dialogs by the names that `Actions` asks for.
export function dialogOf(name, screen, windowId, close) {
  if (name === "show") return html`<${ShowDialog} screen=${screen} windowId=${windowId} onClose=${close} />`;
  if (name === "move") return html`<${MoveDialog} screen=${screen} windowId=${windowId} onClose=${close} />`;
  return html`<${MessageDialog} screen=${screen} onClose=${close} />`;
}
