// The pages of the document, small, in a row: only those that can be seen are there, and only what rests is fetched.
import { html, useEffect, useRef, useState } from "../../console/lib/html.js";
import { say } from "../../console/lib/i18n.js";
import { preview, SMALL } from "./pad.js";

const WIDTH = 76;
const AROUND = 2;
const REST_MS = 120;

function Thumb({ sha256, page, isShown, disabled, onPage }) {
  const [source, setSource] = useState(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    setBroken(false);
    setSource(null);
    const timer = setTimeout(() => setSource(preview(sha256, page, SMALL)), REST_MS);
    return () => clearTimeout(timer);
  }, [sha256, page]);
  return html`<li style=${{ left: `${(page - 1) * WIDTH}px` }}>
    <button type="button" class="thumb" aria-current=${isShown ? "page" : undefined} disabled=${disabled} onClick=${() => onPage(page)}>
      ${source && !isBroken ? html`<img src=${source} alt="" onError=${() => setBroken(true)} />` : html`<span class="sheet"></span>`}
      <span>${say("phone.remote.page", { page })}</span>
    </button>
  </li>`;
}

export function Strip({ sha256, pages, page, disabled, onPage }) {
  const row = useRef(null);
  const [span, setSpan] = useState([1, 8]);
  const look = () => {
    if (!row.current) return; // told once more while it goes
    const { scrollLeft, clientWidth } = row.current;
    const first = Math.max(1, Math.floor(scrollLeft / WIDTH) + 1 - AROUND);
    const last = Math.min(pages, Math.ceil((scrollLeft + clientWidth) / WIDTH) + AROUND);
    setSpan((now) => (now[0] === first && now[1] === last ? now : [first, last]));
  };
  useEffect(() => {
    const watch = new ResizeObserver(look);
    watch.observe(row.current);
    look();
    return () => watch.disconnect();
  }, [pages]);
  useEffect(() => {
    const { clientWidth } = row.current;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    row.current.scrollTo({ left: (page - 0.5) * WIDTH - clientWidth / 2, behavior: still ? "auto" : "smooth" });
  }, [page, sha256]);
  const shown = [];
  for (let each = span[0]; each <= Math.min(span[1], pages); each += 1) shown.push(each);
  return html`<nav class="strip" ref=${row} onScroll=${look} aria-label=${say("phone.remote.pages")}>
    <ol style=${{ width: `${pages * WIDTH}px` }}>
      ${shown.map((each) => html`<${Thumb} key=${`${sha256} ${each}`} ...${{ sha256, page: each, disabled, onPage }} isShown=${each === page} />`)}
    </ol>
  </nav>`;
}
