// The camera's picture with its aiming frame and its controls, or a plain word about why there is none.
import { Button } from "../../console/ui/basics.js";
import { html, useEffect, useRef, useState } from "../../console/lib/html.js";
import { say } from "../../console/lib/i18n.js";
import { useStore } from "../../console/lib/store.js";
import { Camera } from "./camera.js";
import { Looking } from "./looking.js";
import { readerState, restartReader, startReader } from "./reading.js";
import { Torch, Pause, Play } from "./signs.js";

// A press that is shorter switches the pause, a longer one pauses as long as it lasts.
const HOLD_MS = 400;

// `onCode(code, at)` hears what was read, `onLook()` of every look before that.
export function Viewfinder({ onCode, onLook = () => {}, flash = 0 }) {
  const video = useRef(null);
  const frame = useRef(null);
  const [camera] = useState(() => new Camera());
  const state = useStore(camera.state);
  const reader = useStore(readerState);
  const [isHeld, setHeld] = useState(false);
  const listener = useRef(null);
  listener.current = { onCode, onLook };
  const looking = useRef(null);

  useEffect(() => {
    startReader();
    looking.current = new Looking(
      video.current,
      () => placeOf(frame.current, video.current),
      (code, at) => listener.current.onCode(code, at),
      () => listener.current.onLook(),
    );
    camera.begin(video.current);
    return () => {
      looking.current.stop();
      camera.end();
    };
  }, []);
  const isLooking = state.phase === "live" && reader === "ready" && !isHeld;
  useEffect(() => {
    if (!isLooking) return undefined;
    looking.current.start();
    return () => looking.current.stop();
  }, [isLooking]);

  return html`<section class="viewfinder" aria-label=${say("phone.camera.title")}>
    <div class="picture" data-phase=${state.phase}>
      <video ref=${video} muted playsinline autoplay tabindex="-1" aria-hidden="true" onClick=${(event) => focus(camera, event)}></video>
      <div ref=${frame} class=${`aim${isHeld ? " held" : ""}`} data-flash=${flash % 2} aria-hidden="true"></div>
      ${state.phase === "live" && reader === "ready"
        ? html`<p class="hint">${say(isHeld ? "phone.camera.held" : "phone.camera.aim")}</p>`
        : html`<${Reason} phase=${state.phase} reader=${reader} camera=${camera} />`}
      ${state.phase === "live" ? html`<${Controls} ...${{ camera, state, isHeld, setHeld }} />` : null}
    </div>
  </section>`;
}

function Reason({ phase, reader, camera }) {
  if (phase === "starting" || phase === "off" || (phase === "live" && reader === "starting")) {
    return html`<p class="reason" role="status"><span class="spinner" aria-hidden="true"></span> ${say("phone.camera.starting")}</p>`;
  }
  const why = phase === "live" ? "reader" : phase;
  const retry = why === "reader" ? restartReader : () => camera.again();
  return html`<div class="reason" role="status">
    <p class="lead">${say(`phone.camera.${why}`)}</p>
    <p>${say(`phone.camera.${why}.action`)}</p>
    <p>${say("phone.camera.otherwise")}</p>
    ${why === "insecure" ? null : html`<${Button} onClick=${retry}>${say("ui.retry")}<//>`}
  </div>`;
}

function Controls({ camera, state, isHeld, setHeld }) {
  const { can, torch, zoom, lenses, lens } = state;
  return html`<div class="controls">
    <${HoldButton} isHeld=${isHeld} setHeld=${setHeld} />
    ${can.torch
      ? html`<button type="button" class="button" aria-pressed=${torch} onClick=${() => camera.setTorch(!torch)}>
          <${Torch} />${say("phone.camera.torch")}</button>`
      : null}
    ${lenses.length > 1
      ? html`<label class="lens"><span class="unseen">${say("phone.camera.lens")}</span>
          <select value=${lens} onChange=${(event) => camera.choose(event.currentTarget.value)}>
            ${lenses.map(
              ({ deviceId, label }, place) => html`<option key=${deviceId} value=${deviceId} selected=${deviceId === lens}>
                ${label || say("phone.camera.lens_number", { number: place + 1 })}</option>`,
            )}
          </select></label>`
      : null}
    ${can.zoom
      ? html`<label class="zoom"><span class="unseen">${say("phone.camera.zoom")}</span>
          <input type="range" min=${can.zoom.min} max=${can.zoom.max} step=${can.zoom.step} value=${zoom}
            onInput=${(event) => camera.setZoom(Number(event.currentTarget.value))} /></label>`
      : null}
  </div>`;
}

function HoldButton({ isHeld, setHeld }) {
  const press = useRef(null); // when it began, and whether the pause was on then
  const begin = () => {
    if (press.current) return;
    press.current = { at: performance.now(), wasHeld: isHeld };
    setHeld(true);
  };
  const end = () => {
    if (!press.current) return;
    const { at, wasHeld } = press.current;
    press.current = null;
    setHeld(performance.now() - at < HOLD_MS && !wasHeld);
  };
  const isKey = ({ key }) => key === " " || key === "Enter";
  return html`<button type="button" class="button hold" aria-pressed=${isHeld}
    onPointerDown=${begin} onPointerUp=${end} onPointerCancel=${end} onPointerLeave=${end} onBlur=${end}
    onContextMenu=${(event) => event.preventDefault()}
    onKeyDown=${(event) => {
      if (!isKey(event)) return;
      event.preventDefault();
      begin();
    }}
    onKeyUp=${(event) => isKey(event) && end()}
    onClick=${(event) => {
      // A screen reader clicks without pressing.
      if (event.detail === 0 && !press.current) setHeld(!isHeld);
    }}>${isHeld ? html`<${Play} />` : html`<${Pause} />`}${say(isHeld ? "phone.camera.resume" : "phone.camera.hold")}</button>`;
}

function placeOf(frame, video) {
  const outer = video.getBoundingClientRect();
  const inner = frame.getBoundingClientRect();
  return {
    x: (inner.x - outer.x) / outer.width,
    y: (inner.y - outer.y) / outer.height,
    width: inner.width / outer.width,
    height: inner.height / outer.height,
  };
}

function focus(camera, event) {
  const video = event.currentTarget;
  if (video.paused) video.play().catch(() => {});
  const box = video.getBoundingClientRect();
  const scale = Math.max(box.width / video.videoWidth, box.height / video.videoHeight);
  const x = 0.5 + (event.clientX - box.x - box.width / 2) / (video.videoWidth * scale);
  const y = 0.5 + (event.clientY - box.y - box.height / 2) / (video.videoHeight * scale);
  camera.focusAt(x, y);
}
