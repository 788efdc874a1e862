// Banners over what is shown, with a sound, and the large sign by which a display is told from another.
import { say } from "../console/lib/i18n.js";
import { play } from "./comfort.js";
import { painted } from "./stage/painted.js";

const STAYS_SECONDS = { info: 8, good: 8, warning: 20, alarm: 60 };
const HEARD = new Set(["warning", "alarm"]);
const IDENTIFY_MS = 6000;
const MOST = 4;

export class Notices {
  #name;

  // `name()` is what people call this screen.
  constructor(name) {
    this.#name = name;
  }

  async show({ message, level = "info", sound, seconds }, host) {
    const list = listOf(host);
    const banner = host.view.document.createElement("div");
    banner.className = `notice ${level}`;
    banner.setAttribute("role", level === "alarm" || level === "warning" ? "alert" : "status");
    banner.textContent = message;
    banner.dataset.mark = { info: "i", good: "✓", warning: "!", alarm: "!!" }[level] ?? "i";
    banner.addEventListener("click", () => banner.remove());
    list.append(banner);
    while (list.children.length > MOST) list.firstElementChild.remove();
    setTimeout(() => banner.remove(), (seconds ?? STAYS_SECONDS[level] ?? 8) * 1000);
    if (sound ?? HEARD.has(level)) play(level);
  }

  async identify(hosts) {
    await Promise.all(
      hosts.map(async (host) => {
        const sign = host.view.document.createElement("div");
        sign.className = "identify";
        const number = Object.assign(host.view.document.createElement("strong"), { textContent: host.index + 1 });
        const name = Object.assign(host.view.document.createElement("span"), { textContent: this.#name() });
        const display = Object.assign(host.view.document.createElement("small"), { textContent: host.name || say("screen.display.this") });
        sign.append(number, name, display);
        host.root.querySelectorAll(".identify").forEach((each) => each.remove());
        host.root.append(sign);
        setTimeout(() => sign.remove(), IDENTIFY_MS);
        await painted(host.view);
      }),
    );
  }
}

function listOf({ root, view }) {
  let list = root.querySelector(":scope > .notices");
  if (!list) {
    list = view.document.createElement("div");
    list.className = "notices";
    root.append(list);
  }
  return list;
}
