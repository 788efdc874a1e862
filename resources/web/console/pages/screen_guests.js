// The phones that joined a screen by its QR: who they are, until when, and the end of one or of all.
import { get, post, remove } from "../lib/api.js";
import { html } from "../lib/html.js";
import { say, time } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { nameOf } from "../lib/screens.js";
import { Badge, Button, Empty, Failure, Loaded } from "../ui/basics.js";
import { Confirm, Dialog } from "../ui/dialog.js";
import { Table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

export function Guests({ screen, open }) {
  const path = `/api/screens/${encodeURIComponent(screen.screenId)}/guests`;
  const load = useLoad((signal) => get(path, { signal }), [screen.screenId]);
  const end = useAction(async ({ guestId, name }) => {
    await remove(`${path}/${guestId}`);
    toast(say("console.guests.ended", { name }));
    load.reload();
  });
  const endAll = () =>
    open(
      (close) => html`<${Confirm} title=${say("console.guests.end_all_title", { name: nameOf(screen) })} text=${say("console.guests.end_all_text")}
        yes=${say("console.guests.end_all")} onClose=${close}
        work=${async () => {
          await remove(path);
          return true;
        }}
        onDone=${() => {
          close();
          toast(say("console.guests.ended_all"));
          load.reload();
        }} />`,
    );
  const invite = () =>
    open((close) => html`<${Invitation} screen=${screen} onClose=${() => {
      close();
      load.reload();
    }} />`);
  const columns = [
    { key: "name", title: say("console.guests.name"), isMain: true, draw: ({ name }) => html`<span class="mono">${name}</span>` },
    { key: "address", title: say("console.guests.address"), draw: ({ address }) => address },
    { key: "since", title: say("console.guests.since"), draw: ({ createdAt }) => time(createdAt) },
    { key: "until", title: say("console.guests.until"), draw: ({ expiresAt }) => time(expiresAt) },
    { key: "online", title: say("console.guests.state"), draw: ({ online }) =>
      html`<${Badge} tone=${online ? "good" : "plain"}>${say(online ? "console.guests.online" : "console.guests.away")}<//>` },
    { key: "do", title: say("console.users.do"), draw: (guest) => html`<${Button} isBusy=${end.isBusy}
      aria-label=${say("console.guests.end_of", { name: guest.name })} onClick=${() => end.run(guest)}>${say("console.guests.end")}<//>` },
  ];
  return html`<section class="guests" aria-labelledby="guests-title">
    <header class="page-head"><h2 id="guests-title">${say("console.guests.title")}</h2>
      <div class="actions">
        <${Button} onClick=${invite}>${say("console.guests.invite")}<//>
        ${load.value?.guests.length > 1 ? html`<${Button} kind="danger" onClick=${endAll}>${say("console.guests.end_all")}<//>` : null}
      </div></header>
    <${Failure} problem=${end.problem} />
    <${Loaded} load=${load} isEmpty=${({ guests }) => !guests.length}
      empty=${html`<${Empty} title=${say("console.guests.empty")}><p>${say("console.guests.empty_help")}</p><//>`}>
      ${({ guests }) => html`<${Table} columns=${columns} rows=${guests} keyOf=${({ guestId }) => guestId} caption=${say("console.guests.title")} />`}
    <//>
  </section>`;
}

// The QR that an idle bench shows, for a bench that shows something now, or for a sheet beside it.
function Invitation({ screen, onClose }) {
  const load = useLoad(() => post(`/api/screens/${encodeURIComponent(screen.screenId)}/join`), [screen.screenId]);
  return html`<${Dialog} title=${say("console.guests.invite")} onClose=${onClose}>
    <${Loaded} load=${load}>${({ qrSvg, code, expiresAt }) => html`
      <p>${say("console.guests.invite_text", { until: time(expiresAt) })}</p>
      <img class="qr" width="240" height="240" alt=${say("console.guests.qr")} src=${`data:image/svg+xml,${encodeURIComponent(qrSvg)}`} />
      <p>${say("console.guests.code")} <strong class="mono">${code}</strong></p>`}<//>
    <div class="form-end"><${Button} kind="main" onClick=${onClose}>${say("ui.close")}<//></div>
  <//>`;
}
