"""A browser that is a screen lives on: through power cuts, relays that go and come, and networks without WebSocket."""

import asyncio

from helpers.browser import ARGUMENTS, CHROMIUM, chromium
from helpers.browser_screen import BLUE, GREEN, RED, SCREEN, TV, Tv, is_like, plain_pdf
from helpers.relay_running import Office, running_relay
from playwright.async_api import async_playwright, expect

SHELL_IS_KEPT = """async () => {
    const registration = await navigator.serviceWorker.ready;
    const kept = await (await caches.open("benchcast-screen-shell")).keys();
    return registration.active !== null && kept.some(({ url }) => url.endsWith("pdf.worker.mjs"));
}"""
ORDERS = {"WO-1": RED, "WO-2": GREEN, "WO-3": BLUE}


async def prepare(office: Office) -> None:
    await office.add_screen(SCREEN)
    for order, colour in ORDERS.items():
        await office.add_order(order, plain_pdf(colour, BLUE), revision="A")


async def shows(office: Office, order: str, **fields) -> dict:
    answer = await office.trigger(screenId=SCREEN, orderId=order, wait_ms=30_000, **fields)
    assert answer.body["state"] == "shown", answer.body
    return answer.body


async def ends(office: Office, id_: str, state: str) -> None:
    async with asyncio.timeout(40):
        while (await office.delivery(id_))["state"] != state:
            await asyncio.sleep(0.1)


async def test_after_a_power_cut_it_shows_its_place_without_the_relay_and_then_what_it_missed(tmp_path):
    data, storage = tmp_path / "relay", str(tmp_path / "storage")
    async with async_playwright() as playwright:

        def power_on():
            return playwright.chromium.launch_persistent_context(
                storage, executable_path=CHROMIUM, args=list(ARGUMENTS), locale="ko-KR", **TV
            )

        async with running_relay(data) as office:
            port = int(office.url.rpartition(":")[2])
            await prepare(office)
            context = await power_on()
            tv = await Tv.open(context, office)
            await tv.pair(office)
            await shows(office, "WO-1", page=2)
            async with asyncio.timeout(40):
                while not await tv.page.evaluate(SHELL_IS_KEPT):
                    await asyncio.sleep(0.2)
            await context.close()
            missed = (await office.trigger(screenId=SCREEN, orderId="WO-2")).body["id"]

        context = await power_on()
        tv = await Tv.open(context, office)
        await expect(tv.caption).to_contain_text("2 / 2쪽")
        await expect(tv.caption).to_contain_text("연결 끊김")
        await expect(tv.caption).to_contain_text("저장된 문서")
        await expect(tv.caption).to_contain_text("확인")
        assert is_like(await tv.colour(), BLUE)

        async with running_relay(data, on_port=port) as office:
            await ends(office, missed, "shown")
            assert is_like(await tv.colour(), GREEN)
            await expect(tv.caption).to_contain_text("연결됨")
        await context.close()


async def test_where_no_websocket_comes_through_it_follows_a_stream_and_else_it_polls(tmp_path):
    data = tmp_path / "relay"
    async with chromium() as browser:
        context = await browser.new_context(locale="en-GB", service_workers="block", **TV)
        await context.route_web_socket("**/socket.io/**", lambda socket: socket.close())
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        async with running_relay(data) as office:
            port = int(office.url.rpartition(":")[2])
            await prepare(office)
            # Opened by a link of an admin, whose secret does not stay in the address.
            token = (await office.offer(SCREEN))["token"]
            tv = await Tv.open(context, office, f"?screenId={SCREEN}#token={token}")
            await expect(tv.page.locator(".idle .line.connected")).to_be_visible()
            assert token not in tv.page.url
            assert any("/api/events/subscribe" in url for url in asked)
            assert not any("/api/events/poll" in url for url in asked)
            assert (await shows(office, "WO-1"))["revision"] == "A"
            assert is_like(await tv.colour(), RED)
            refused = await office.trigger(screenId=SCREEN, command="move", displayIndex=1, wait_ms=30_000)
            assert refused.body["code"] == "DISPLAY_NOT_AVAILABLE"
        await expect(tv.caption).to_contain_text("no connection")
        await context.route("**/api/events/subscribe*", lambda route: route.abort())
        async with running_relay(data, on_port=port) as office:
            await expect(tv.caption).to_contain_text("connected")
            assert any("/api/events/poll" in url for url in asked)
            await shows(office, "WO-2")
            assert is_like(await tv.colour(), GREEN)
            report = await office.trigger(screenId=SCREEN, command="view", step="next", wait_ms=30_000)
            assert report.body["page"] == 2
        assert [each for each in tv.complaints if "WebSocket" not in each] == []


async def test_what_was_revoked_replaced_or_forgotten_is_said_and_mended_with_an_admin_s_consent(tmp_path):
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        await prepare(office)
        await office.add_user("kim", "admin")
        context = await browser.new_context(locale="ko-KR", service_workers="block", **TV)
        tv = await Tv.open(context, office)
        await tv.pair(office)
        first = (await shows(office, "WO-1"))["id"]

        # A browser that has lost its memory asks under the name in its address; one click makes it the same screen.
        wiped = await browser.new_context(locale="ko-KR", service_workers="block", **TV)
        anew = await Tv.open(wiped, office)
        code = await anew.page.locator("output.code").inner_text()
        desk = await (await browser.new_context(locale="ko-KR")).new_page()
        await desk.goto(f"{office.url}/pair?code={code}")
        await desk.get_by_label("관리자 이름").fill("kim")
        await desk.get_by_label("비밀번호").fill("correct horse")
        await desk.get_by_role("button", name="로그인").click()
        await expect(desk.get_by_text("이전과 같은 화면: TV-LINE-3")).to_be_visible()
        await desk.get_by_role("button", name="이전과 같은 화면으로 승인").click()
        await expect(desk.get_by_role("heading")).to_contain_text("승인했습니다")
        await expect(anew.page.locator(".idle .line.connected")).to_be_visible()
        await expect(tv.page.get_by_role("alert")).to_contain_text("다시 쓰려면 새로 페어링하세요")
        await shows(office, "WO-2")
        assert is_like(await anew.colour(), GREEN)
        assert (await office.delivery(first))["state"] == "shown"

        # The same memory in two browsers: the newer one is the screen, the older one says so.
        clone = await browser.new_context(
            locale="ko-KR",
            service_workers="block",
            storage_state=await wiped.storage_state(indexed_db=True),
            **TV,
        )
        twin = await Tv.open(clone, office)
        await expect(twin.caption).to_contain_text("연결됨")
        await expect(anew.page.get_by_text("다른 기기에서 이 화면을 사용하고 있습니다")).to_be_visible()
        await expect(anew.page.locator(".pane")).to_have_count(0)

        await office.call("DELETE", f"/api/screens/{SCREEN}")
        await expect(twin.page.get_by_role("heading", level=1)).to_have_text(
            "이 브라우저를 화면으로 사용하기"
        )
        await expect(twin.page.locator(".pane")).to_have_count(0)
        assert tv.complaints == anew.complaints == twin.complaints == []
