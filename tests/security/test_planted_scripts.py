"""Scripts planted in whatever somebody can write, and every page opened: nothing runs, and texts are shown as texts.

Each field carries its own number, so that the test also knows which of them a page has shown.
"""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from helpers.browser import DESK, PHONE, Visitor, chromium, visitor
from helpers.browser_screen import SCREEN, TV, Tv
from helpers.desk import DISPLAYS, Desk
from helpers.relay_running import Office, running_relay, small_pdf
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD = "correct horse"
# Runs before anything of ours: what a script that got through would call, and what the policy had to stop.
LISTENER = """
window.boomed = [];
window.boom = (number) => { window.boomed.push(number); console.error(`a planted script ran: ${number}`); };
addEventListener("securitypolicyviolation", (event) =>
  console.error(`the policy stopped ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# What a text that became markup would leave behind.
LEFT_BEHIND = """() => [...document.querySelectorAll("*")].filter((element) =>
  [...element.attributes].some(({ name, value }) => name.startsWith("on") || /^\\s*javascript:/i.test(value))
  || (element.localName === "script" && /boom/.test(element.textContent))
  || element.matches("img[src=x], b[planted], svg[onload], iframe[srcdoc], base, object, embed")
).map((element) => element.outerHTML.slice(0, 200))"""
TEXTS = """() => [document.body.innerText, document.title,
  ...[...document.querySelectorAll("input, textarea, option, [title], [aria-label], [alt]")].flatMap(
    (one) => [one.value, one.title, one.ariaLabel, one.alt, one.textContent])].join("\\n")"""

# What no page shows: names for programs, and nonsense that is not repeated. It is planted all the same.
UNSHOWN = {
    "file", "message", "monitor's id", "nowhere", "screen of nonsense", "shown revision", "ticket", "unknown order",
    "capability",
}  # fmt: skip


class Planter:
    """Makes a text that would run wherever it is taken for markup, for an attribute, or for a piece of a script."""

    def __init__(self) -> None:
        self.fields: dict[int, str] = {}

    def __call__(self, field: str, most: int = 200) -> str:
        number = self.number(field)
        short = f"'\"><script>boom({number})</script><b planted>"
        attributes = f"autofocus onfocus=boom({number}) ${{boom({number})}} {{{{7*7}}}} </textarea>"
        long = f"{short}<img src=x onerror=boom({number})> {attributes}"
        return long if len(long) <= most else short

    def narrow(self, field: str) -> str:
        return f"'\"><script>boom({self.number(field)})<b-planted>"

    def address(self, field: str) -> str:
        return f"https://planted.example/'\"><script>boom({self.number(field)})</script>"

    def number(self, field: str) -> int:
        number = 1000 + len(self.fields)
        self.fields[number] = field
        return number


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as opened:
        yield opened


async def good(office: Office, method: str, path: str, **kwargs) -> dict:
    answer = await office.call(method, path, **kwargs)
    assert answer.status < 300, (method, path, answer.body)
    return answer.body


async def plant(office: Office, planted: Planter) -> tuple[list[str], str, str]:
    """Write into every field that a person, a program, a file or a stranger may write.

    Returns the console's further places, the order, and the code of who asks for a pairing.
    """
    order = planted("order", 100)
    await good(office, "PATCH", "/api/screens/SCREEN-001", json={"name": planted("screen", 100)})
    group = quote(planted.narrow("group"), safe="")
    await good(office, "PUT", f"/api/groups/{group}", json={"screens": ["SCREEN-001"]})
    filed = {"title": "first", "filename": planted("file", 120)}
    await office.add_order(quote(order, safe=""), small_pdf(), **filed)
    fields = {planted("field's name", 100): planted("field", 400)}
    draft = {"title": planted("title"), "customer": planted("customer"), "fields": fields}
    await good(office, "PUT", f"/api/orders/{quote(order, safe='')}", json=draft)
    page = {
        "url": planted.address("web page"),
        "title": planted("document"),
        "revision": planted("revision", 60),
    }
    await good(office, "POST", f"/api/orders/{quote(order, safe='')}/documents", json=page)
    await good(office, "POST", "/api/tokens", json={"name": planted("token", 100), "scopes": ["trigger:*"]})
    source = {"urlTemplate": planted.address("source's address") + "{orderId}", "documentPath": "url"}
    await good(
        office,
        "POST",
        "/api/sources",
        json={"name": planted("source", 80), "http": source, "isEnabled": False},
    )
    block = {"kind": "user", "value": planted("blocked", 100), "minutes": 5, "reason": planted("reason")}
    await good(office, "POST", "/api/blocks", json=block)
    asking = {"name": planted("device"), "platform": planted("platform"), "monitors": [planted("monitor")]}
    asked = await good(office.as_(None), "POST", "/api/pair/requests", json={"device": asking})
    user = planted("user", 60)
    await good(office, "POST", "/api/users", json={"name": user, "role": "viewer", "password": PASSWORD})
    message = {"command": "notify", "message": planted("message"), "level": "alarm"}
    shown = await office.trigger(orderId=order, wait_ms=8000)
    failed = await office.trigger(**message, wait_ms=8000)
    assert {shown.body["state"], failed.body["state"]} == {"shown", "failed"}, (shown.body, failed.body)
    refused = await office.trigger(orderId=planted("unknown order", 100))
    assert refused.body["code"] == "ORDER_NOT_FOUND"
    places = [
        f"orders/{quote(order, safe='')}", "screens/SCREEN-001", f"deliveries/{shown.body['id']}",
        f"deliveries/{failed.body['id']}", f"screens/{quote(planted('place', 64), safe='')}",
        f"{quote(planted('nowhere'), safe='')}",
    ]  # fmt: skip
    return places, order, asked["userCode"]


class Witness:
    """Looks at pages, and remembers which planted texts were seen."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.looked = 0

    async def look(self, page: Page, what: str) -> str:
        assert await page.evaluate(LEFT_BEHIND) == [], what
        assert await page.evaluate("window.boomed") == [], what
        text = await page.evaluate(TEXTS)
        self.seen |= {int(number) for number in re.findall(r"<script>boom\((\d+)\)", text)}
        self.looked += 1
        return text


async def settled(page: Page) -> None:
    await expect(page.locator(".loading")).to_have_count(0)
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)


async def console(kim: Visitor, office: Office, places: list[str], witness: Witness) -> None:
    page = kim.page
    await kim.sign_in(office.url, "kim", PASSWORD)
    known = await page.evaluate(
        "import('/web/console/pages/index.js').then(({ PAGES }) => PAGES.map(({ path }) => path))"
    )
    assert len(known) > 10
    for place in [*known, *places]:
        await page.goto(f"{office.url}/console/#/{place}")
        await expect(page.locator("main#content h1, main#content p").first).to_be_visible()
        await settled(page)
        await witness.look(page, f"console {place}")


async def by_phone(phone: Visitor, office: Office, token: str, planted: Planter, witness: Witness) -> None:
    """Scan what is planted, and look at the history and the remote control."""
    page = phone.page
    ticket = await office.as_(token).call("POST", "/api/screens/SCREEN-001/join")
    await page.goto(ticket.body["link"])
    await page.locator("#typed").fill(planted("scan", 100))
    await page.locator("#typed").press("Enter")
    await expect(page.get_by_text("<script>").first).to_be_visible()
    await witness.look(page, "the phone after a scan")
    for tab in (1, 2, 0):
        await page.locator("nav.tabs button").nth(tab).click()
        await settled(page)
        await witness.look(page, f"the phone's tab {tab}")
    await page.goto(f"{office.url}/scan/#join={quote(planted.address('ticket'), safe='')}")
    await witness.look(page, "the phone with a ticket of nonsense")


async def by_tv(tv: Tv, office: Office, order: str, planted: Planter, witness: Witness) -> None:
    """Be shown an order, and a message, and then a name that is none."""
    await tv.pair(office)
    shown = await office.trigger(screenId=SCREEN, orderId=order, wait_ms=20_000)
    assert shown.body["state"] == "shown", shown.body
    await expect(tv.caption).to_contain_text("<script>")
    await witness.look(tv.page, "a browser that is a screen")
    told = {"command": "notify", "message": planted("message to a browser"), "level": "info"}
    assert (await office.trigger(screenId=SCREEN, **told, wait_ms=20_000)).body["state"] == "shown"
    await witness.look(tv.page, "a browser that is a screen, with a message")
    await tv.page.goto(f"{office.url}/screen/?name={quote(planted.address('screen of nonsense'), safe='')}")
    await witness.look(tv.page, "a browser whose address names nonsense")


async def plain_pages(kim: Visitor, office: Office, code: str, planted: Planter, witness: Witness) -> None:
    """Go through the pages that the relay writes itself, with nonsense in their addresses and in their forms."""
    page = kim.page
    nonsense = quote(planted("address of the form", 60), safe="")
    await page.goto(f"{office.url}/pair?code={nonsense}&check={nonsense}")
    await witness.look(page, "the form")
    await page.locator("input[name=username]").fill(planted("name in the form", 60))
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.locator("button[type=submit], button").first.click()
    await page.locator("input[type=password]").wait_for()
    await witness.look(page, "the form, refused")
    await page.goto(f"{office.url}/pair?code={code}")
    await page.locator("input[name=username]").fill("kim")
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.locator("button[type=submit], button").first.click()
    await expect(page.get_by_text("<script>").first).to_be_visible()
    await witness.look(page, "who asks for a pairing")
    for path in (
        f"/api/pair?screenId={nonsense}&token={nonsense}",
        f"/nothing/{nonsense}",
        f"/api/orders/{nonsense}",
    ):
        # A call's answer is a file to keep, not a page.
        answer = await page.context.request.get(office.url + path, headers={"Accept": "text/html"})
        is_page = answer.headers["content-type"].startswith("text/html")
        assert (
            is_page
            or "attachment" in answer.headers.get("content-disposition", "")
            or path.startswith("/nothing")
        ), path
        if is_page:
            await page.goto(office.url + path)
            await witness.look(page, path)


@pytest.mark.timeout(180)
async def test_what_is_planted_in_every_field_runs_nowhere_and_is_shown_as_text(tmp_path: Path, browser):
    planted, witness = Planter(), Witness()
    texts = {
        "name": planted("relay", 60),
        "app_version": "9.9",
        "app_note": planted("note on the app"),
        "privacy_notice": planted("privacy notice"),
    }
    async with running_relay(tmp_path / "relay", url_hosts=("planted.example",), **texts) as office:
        await office.add_user("kim", "admin")
        grant = await office.pair()
        desk = Desk(office.url, grant["token"])
        hostile = [
            {**DISPLAYS[0], "displayId": planted("monitor's id"), "name": planted("monitor's name")},
            DISPLAYS[1],
        ]
        assert desk.presence is not None
        desk.presence |= {
            "appVersion": planted("version"),
            "displays": hostile,
            "capabilities": ["outcome", planted("capability")],
        }
        error, revision = planted("error", 900), planted("shown revision")
        desk.show = lambda command: (
            {"id": command["id"], "state": "failed", "code": "DOCUMENT_UNREADABLE", "error": error}
            if "message" in command
            else {"id": command["id"], "state": "shown", "revision": revision, "display": {**hostile[0]}}
        )
        async with desk, visitor(browser, size=DESK) as kim:
            await kim.page.context.add_init_script(LISTENER)
            places, order, code = await plant(office, planted)
            await console(kim, office, places, witness)
        async with visitor(browser, size=PHONE) as phone:
            await phone.page.context.add_init_script(LISTENER)
            await by_phone(phone, office, grant["token"], planted, witness)
        await office.add_screen(SCREEN)
        context = await browser.new_context(locale="ko-KR", **TV)
        await context.add_init_script(LISTENER)
        tv = await Tv.open(context, office)
        await by_tv(tv, office, order, planted, witness)
        assert tv.complaints == []
        await context.close()
        async with visitor(browser, size=DESK) as kim:
            await kim.page.context.add_init_script(LISTENER)
            await plain_pages(kim, office, code, planted, witness)
    unseen = {name for number, name in planted.fields.items() if number not in witness.seen}
    assert witness.looked > 30
    assert sorted(unseen - UNSHOWN) == [], "what no page has shown proves nothing"
