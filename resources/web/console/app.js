// The console: who is signed in, the menu, and the page that the address bar names.
import { mayAs, resume, session, signOut } from "./lib/api.js";
import { Fragment, html, render, useCallback, useEffect, useRef, useState } from "./lib/html.js";
import { chooseLanguage, loadLanguage, say, useLanguage } from "./lib/i18n.js";
import { isLive, startLive, useReturn } from "./lib/live.js";
import { addressOf, usePlace } from "./lib/router.js";
import { useStore } from "./lib/store.js";
import { FactorDue } from "./pages/account_factor.js";
import { Notices } from "./pages/account_notices.js";
import { HOME, PAGES } from "./pages/index.js";
import { SignIn } from "./pages/sign_in.js";
import { Welcome } from "./pages/welcome.js";
import { Badge, Button, Empty, Failure, Fence, Loading } from "./ui/basics.js";
import { Proof } from "./ui/proof.js";
import { Toasts } from "./ui/toast.js";

function LanguageSwitch() {
  const language = useLanguage();
  const other = language === "ko" ? "en" : "ko";
  const name = other === "ko" ? "한국어" : "English";
  return html`<${Button} kind="quiet" lang=${other} onClick=${() => chooseLanguage(other)}>${name}<//>`;
}

function Menu({ current }) {
  const [isOpen, setOpen] = useState(false);
  const live = useStore(isLive);
  const { user } = session.value;
  useEffect(() => setOpen(false), [current]);
  return html`<header class="top">
    <a class="brand" href=${addressOf([HOME])}><img src="/web/icons/benchcast.svg" alt="" width="28" height="28" />Benchcast</a>
    <button type="button" class="icon burger" aria-expanded=${isOpen} aria-controls="menu" aria-label=${say("ui.menu")}
      onClick=${() => setOpen(!isOpen)}>☰</button>
    <nav id="menu" class=${isOpen ? "open" : ""} aria-label=${say("ui.menu")}>
      ${PAGES.filter(({ role, isHidden }) => mayAs(role) && !isHidden).map(
        ({ path, title }) =>
          html`<a key=${path} href=${addressOf([path])} aria-current=${path === current ? "page" : undefined}>${say(title)}</a>`,
      )}
      <span class="gap"></span>
      <${Badge} tone=${live ? "good" : "wait"}>${say(live ? "ui.live" : "ui.not_live")}<//>
      <${LanguageSwitch} />
      <a class="who" href=${addressOf(["account"])} title=${say("console.account.title")}
        aria-current=${current === "account" ? "page" : undefined}>${user.name} · ${say(`ui.role.${user.role}`)}</a>
      <${Button} kind="quiet" onClick=${signOut}>${say("console.sign_in.out")}<//>
    </nav>
  </header>`;
}

// A part of the console itself did not come. Browsers may keep that in mind, so all is read anew, once the relay answers.
async function again() {
  const answer = await fetch("/health").catch(() => null);
  if (answer?.ok) location.reload();
}

function Content({ place }) {
  const page = PAGES.find(({ path, role }) => path === (place.parts[0] || HOME) && mayAs(role));
  const [drawn, setDrawn] = useState({ page: null, View: null, problem: null });
  const main = useRef(null);
  useEffect(() => {
    if (!page) return undefined;
    let isGone = false;
    page.load().then(
      ({ default: View }) => isGone || setDrawn({ page, View, problem: null }),
      (problem) => isGone || setDrawn({ page, View: null, problem }),
    );
    return () => {
      isGone = true;
    };
  }, [page]);
  useReturn(useCallback(() => drawn.problem && location.reload(), [drawn.problem]));
  useEffect(() => {
    const heading = main.current.querySelector("h1");
    document.title = heading ? `${heading.textContent} · Benchcast` : "Benchcast";
  });
  return html`<main id="content" ref=${main}>
    ${!page
      ? html`<${Empty} title=${say("ui.no_page")}><a href=${addressOf([HOME])}>${say("ui.home")}</a><//>`
      : drawn.page !== page
        ? html`<${Loading} />`
        : drawn.problem
          ? html`<${Failure} problem=${drawn.problem} onRetry=${again} />`
          : html`<${Fence} key=${page.path}><${drawn.View} place=${place} /><//>`}
  </main>`;
}

function App() {
  useLanguage();
  const now = useStore(session);
  const place = usePlace();
  const [problem, setProblem] = useState(null);
  const begin = () => resume().then(() => setProblem(null), setProblem);
  useEffect(() => {
    begin();
  }, []);
  if (now === undefined) {
    return html`<main>${problem ? html`<${Failure} problem=${problem} onRetry=${begin} />` : html`<${Loading} />`}</main>`;
  }
  if (!now?.user) {
    return html`<${Fragment}><div class="corner"><${LanguageSwitch} /></div>
      ${place.parts[0] === "welcome" ? html`<${Welcome} place=${place} />` : html`<${SignIn} />`}</${Fragment}>`;
  }
  if (now.factorDue) {
    return html`<${Fragment}><div class="corner"><${LanguageSwitch} /></div><${FactorDue} /><${Toasts} /></${Fragment}>`;
  }
  return html`<${Fragment}>
    <a class="skip" href="#content" onClick=${(event) => {
      event.preventDefault();
      document.getElementById("page-title")?.focus();
    }}>${say("ui.skip")}</a>
    <${Menu} current=${place.parts[0] || HOME} />
    <${Notices} key=${now.user.name} />
    <${Content} place=${place} />
    <${Toasts} />
    <${Proof} />
  </${Fragment}>`;
}

await loadLanguage();
startLive();
render(html`<${App} />`, document.getElementById("app"));
