// The tab "scan": the bench, the camera, what became of the last scan, and the ways in without a camera.
import { html, useCallback, useRef, useState } from "../../console/lib/html.js";
import { say } from "../../console/lib/i18n.js";
import { useStore } from "../../console/lib/store.js";
import { Button } from "../../console/ui/basics.js";
import { Dialog } from "../../console/ui/dialog.js";
import { kept } from "../kept.js";
import { Outcome } from "./outcome.js";
import { readPhoto } from "./reading.js";
import { latest, refuse, scanned } from "./scanner.js";
import { Sightings } from "./sightings.js";
import { Photo } from "./signs.js";
import { Viewfinder } from "./viewfinder.js";

export default function ScanPage() {
  const now = useStore(latest);
  return html`<div class="scan">
    <${CameraPart} />
    <div class="scan-side">
      <${Outcome} now=${now} />
      <${ByHand} />
    </div>
  </div>`;
}

function CameraPart() {
  const [sightings] = useState(() => new Sightings({ againAfterMs: kept("again_ms", 0) }));
  const [flash, setFlash] = useState(0);
  const onCode = useCallback((code, at) => {
    // While somebody chooses something, nothing happens behind it.
    if (document.querySelector("dialog[open]") || !sightings.isNew(code, at)) return;
    setFlash((before) => before + 1);
    scanned(code.text, "camera");
  }, []);
  const onLook = useCallback(() => sightings.look(), []);
  return html`<${Viewfinder} onCode=${onCode} onLook=${onLook} flash=${flash} />`;
}

// A number that is typed, or a photo: both work without a camera of the page's own.
function ByHand() {
  const [text, setText] = useState("");
  const [isReading, setReading] = useState(false);
  const [found, setFound] = useState(null);
  const inserted = useRef(false);
  const send = (event) => {
    event.preventDefault();
    // A scanner that inserts its text instead of pressing keys is still a scanner.
    if (text.trim()) scanned(text, inserted.current ? "wedge" : "typed");
    setText("");
    inserted.current = false;
  };
  const photo = async (event) => {
    const input = event.currentTarget;
    const [file] = input.files;
    if (!file) return;
    setReading(true);
    try {
      const codes = unique((await readPhoto(file)).found);
      if (codes.length > 1) setFound(codes);
      else if (codes.length) scanned(codes[0].text, "photo");
      else refuse(say("phone.photo"), say("phone.photo.nothing"), say("phone.photo.nothing.action"));
    } catch {
      refuse(say("phone.photo"), say("phone.photo.unreadable"), say("phone.photo.unreadable.action"));
    } finally {
      setReading(false);
      input.value = ""; // the same photo may be chosen again
    }
  };
  return html`<form class="by-hand" onSubmit=${send} novalidate>
    <label class="unseen" for="typed">${say("phone.typed")}</label>
    <input id="typed" class="typed" placeholder=${say("phone.typed.short")} value=${text} autocomplete="off" autocapitalize="characters"
      autocorrect="off" spellcheck=${false} enterkeyhint="send" onInput=${(event) => {
        inserted.current = (event.data?.length ?? 0) > 3 && event.currentTarget.value === event.data;
        setText(event.currentTarget.value);
      }} />
    <${Button} type="submit" kind="main">${say("phone.typed.send")}<//>
    <label class=${`button photo${isReading ? " busy" : ""}`}>
      <input type="file" class="unseen" accept="image/*" capture="environment" onChange=${photo} disabled=${isReading} />
      ${isReading ? html`<span class="spinner" aria-hidden="true"></span>` : html`<${Photo} />`}<span class="unseen">${say("phone.photo")}</span><span aria-hidden="true">${say(isReading ? "phone.photo.reading" : "phone.photo.short")}</span>
    </label>
    ${found ? html`<${WhichOne} codes=${found} onClose=${() => setFound(null)} />` : null}
  </form>`;
}

function WhichOne({ codes, onClose }) {
  return html`<${Dialog} title=${say("phone.photo.which")} onClose=${onClose}>
    <ul class="benches">${codes.map(
      ({ text, shown }) => html`<li key=${text}><button type="button" class="pick mono" onClick=${() => {
        onClose();
        scanned(text, "photo");
      }}>${shown}</button></li>`,
    )}</ul>
  <//>`;
}

function unique(found) {
  const codes = new Map(found.map((each) => [each.text, { ...each, shown: each.text.replace(/^\][A-Za-z][0-9A-Za-z]/, "") }]));
  return [...codes.values()];
}
