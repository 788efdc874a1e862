// The pad: the page as the screen shows it, with what lies around it, under fingers, a mouse or keys.
import { html, useEffect, useRef, useState } from "../../console/lib/html.js";
import { say } from "../../console/lib/i18n.js";
import { listen } from "./gestures.js";
import { layOut, panned, pointAt, stepped, WHOLE, zoomedAt } from "./geometry.js";

const GROUND = "#23272e";
const OUTSIDE = "rgb(18 22 28 / .62)";
const SIGNAL = "#ff6a00";
const NEAR = 2.5;
const STEP_PIXELS = 40;
const STEP_SHARE = 0.04;
export const SMALL = 160;
const LARGE = 1000;

export const preview = (sha256, page, width) => `/api/documents/${sha256}/preview?page=${page}&width=${width}`;

// The page's picture: at first the small one that the strip has too, then the large one.
function usePicture(sha256, page) {
  const [picture, setPicture] = useState(null);
  useEffect(() => {
    setPicture(null);
    if (!sha256) return undefined;
    let isGone = false;
    for (const width of [SMALL, LARGE]) {
      const image = new Image();
      image.onload = () => isGone || setPicture((now) => (now && now.naturalWidth > image.naturalWidth ? now : image));
      image.src = preview(sha256, page ?? 1, width);
    }
    return () => {
      isGone = true;
    };
  }, [sha256, page]);
  return picture;
}

// A screen that says nothing of its sheet is drawn as it would be at first: the whole page.
function sheetOf(state, picture, aspect) {
  const room = state.roomAspect ?? aspect;
  const turned = (state.rotate ?? 0) % 180 !== 0;
  const natural = picture ? picture.naturalWidth / picture.naturalHeight : 0.707;
  const isWeb = state.kind === "web";
  return { roomAspect: room, pageAspect: isWeb ? room : (state.pageAspect ?? (turned ? 1 / natural : natural)) };
}

function drawRing(pen, { x, y }) {
  for (const [radius, width, colour] of [[15, 6, "#fff"], [15, 3, "#000"], [11, 4, SIGNAL], [3, 4, SIGNAL]]) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}

function drawPage(pen, picture, page, rotate) {
  pen.fillStyle = "#fff";
  pen.fillRect(page.left, page.top, page.width, page.height);
  if (!picture) return;
  const turned = rotate % 180 !== 0;
  pen.save();
  pen.translate(page.left + page.width / 2, page.top + page.height / 2);
  pen.rotate((rotate * Math.PI) / 180);
  const [width, height] = turned ? [page.height, page.width] : [page.width, page.height];
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, -width / 2, -height / 2, width, height);
  pen.restore();
}

function draw(canvas, { state, sheet, picture, steerer }) {
  const pad = { width: canvas.clientWidth, height: canvas.clientHeight };
  const density = devicePixelRatio;
  const [width, height] = [Math.round(pad.width * density), Math.round(pad.height * density)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.fillStyle = GROUND;
  pen.fillRect(0, 0, pad.width, pad.height);
  const { frame, page } = layOut(sheet, steerer.shown ?? WHOLE, pad);
  drawPage(pen, picture, page, state.rotate ?? 0);
  pen.fillStyle = OUTSIDE;
  pen.beginPath();
  pen.rect(0, 0, pad.width, pad.height);
  pen.rect(frame.left, frame.top, frame.width, frame.height);
  pen.fill("evenodd");
  pen.lineWidth = 2;
  pen.strokeStyle = "#fff";
  pen.strokeRect(frame.left + 1, frame.top + 1, frame.width - 2, frame.height - 2);
  const pointer = steerer.pointer ?? state.pointer;
  if (pointer) drawRing(pen, { x: page.left + pointer.x * page.width, y: page.top + pointer.y * page.height });
}

// `points` says that every touch points; `onKey(name)` hears keys that are not the pad's own.
export function Pad({ steerer, state, aspect, canSteer, points, onKey, label, children }) {
  const canvas = useRef(null);
  const picture = usePicture(state.sha256, state.page);
  const scene = useRef(null);
  scene.current = { state, picture, steerer, points, canSteer, sheet: sheetOf(state, picture, aspect) };
  const frame = useRef(0);
  const drawSoon = () => {
    frame.current ||= requestAnimationFrame(() => {
      frame.current = 0;
      if (canvas.current) draw(canvas.current, scene.current);
    });
  };
  useEffect(drawSoon);
  useEffect(() => {
    steerer.changed = drawSoon;
    const watch = new ResizeObserver(drawSoon);
    watch.observe(canvas.current);
    return () => {
      watch.disconnect();
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, [steerer]);
  useEffect(() => {
    const padOf = () => ({ width: canvas.current.clientWidth, height: canvas.current.clientHeight });
    const may = () => scene.current.canSteer;
    return listen(canvas.current, {
      points: () => scene.current.points || !steerer.canLook,
      pan: (dx, dy) => may() && steerer.shown && steerer.look(panned(scene.current.sheet, steerer.shown, padOf(), dx, dy)),
      zoom: (factor, place) =>
        may() && steerer.shown && steerer.look(zoomedAt(scene.current.sheet, steerer.shown, padOf(), factor, place)),
      double: (place) => {
        if (!may() || !steerer.shown) return;
        const isNear = steerer.shown.zoom > 1.2;
        const factor = NEAR / steerer.shown.zoom;
        steerer.look(isNear ? WHOLE : zoomedAt(scene.current.sheet, steerer.shown, padOf(), factor, place));
      },
      point: (place) =>
        may() &&
        steerer.point(place && pointAt(layOut(scene.current.sheet, steerer.shown ?? WHOLE, padOf()), place)),
    });
  }, [steerer]);
  return html`<div class="pad">
    <canvas ref=${canvas} tabindex="0" role="application" aria-label=${label} aria-description=${say("phone.remote.keys")}
      onKeyDown=${(event) => {
        const name = keyName(event);
        if (!name || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        if (!canSteer || !pressed(steerer, name, points)) onKey(name);
      }} onBlur=${() => steerer.point(null)}></canvas>
    ${children}
  </div>`;
}

const KEYS = {
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", "+": "in", "=": "in", "-": "out", 0: "whole",
  PageDown: "next", PageUp: "previous", Home: "first", End: "last", r: "rotate", R: "rotate", p: "point", P: "point", Escape: "rest",
};
const keyName = (event) => KEYS[event.key];
const WAYS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

// What a key or a button does to the page or the finger: true if it was one of those.
export function pressed(steerer, name, points) {
  const state = steerer.state.value;
  if (WAYS[name]) {
    const [across, down] = WAYS[name];
    if (points) {
      const at = steerer.pointer ?? (steerer.canLook ? steerer.shown : WHOLE);
      const near = STEP_SHARE / (steerer.shown?.zoom ?? 1);
      const keep = (value) => Math.min(1, Math.max(0, value));
      steerer.point({ x: keep(at.x + across * near), y: keep(at.y + down * near) });
    } else {
      if (!steerer.canLook) return false;
      // By a part of what is seen; the window moves, not the page.
      steerer.look(panned(state, steerer.shown, { width: 400, height: 400 / state.roomAspect }, -across * STEP_PIXELS, -down * STEP_PIXELS));
    }
    return true;
  }
  if (name === "rest") {
    steerer.point(null);
    return true;
  }
  if (!steerer.canLook || !["in", "out", "whole"].includes(name)) return false;
  steerer.look(name === "whole" ? WHOLE : stepped(state, steerer.shown, name === "in"));
  return true;
}
