"""Packets as they travel: what the relay says to each, letter by letter, whichever engine serves."""

import asyncio
import json

from helpers.raw_line import TEXT, masked_frame, raw_line
from helpers.relay_running import Office
from helpers.transcript import hears, is_silent, nobody_is_left, normalised

OPENING = '0{"maxPayload":65536,"pingInterval":10000,"pingTimeout":8000,"sid":"…","upgrades":[]}'


async def test_the_opening_the_admission_and_the_first_word(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        assert normalised(line.opening) == OPENING
        line.say("40" + json.dumps({"token": grant["token"]}))
        assert await hears(line, 2) == [
            '40{"sid":"…"}',
            '42["hello",{"epoch":"…","gen":1,"head":0,"heartbeatMs":10000,"serverTime":"…"}]',
        ]


async def test_a_refused_client_is_told_why_and_may_try_again(office: Office):
    async with raw_line(office.url) as line:
        for auth in ("", "{}", '{"token":"rubbish"}', '{"token":7}', "[]", "7", '"x"'):
            line.say("40" + auth)
            refusal = await line.hear()
            assert refusal.startswith("44{"), auth
            assert json.loads(refusal[2:])["data"]["code"] == "TOKEN_INVALID"
        await line.connect(office.token)
        assert office.relay.live.count == 1


async def test_an_event_is_answered_when_it_asks_for_it_and_else_not(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        line.emit("ping")
        line.emit("ping", {"any": "thing"}, ack=1)
        line.emit("auth:renew", {"token": office.token}, ack=2)
        line.emit("auth:renew", {"token": "x"}, ack="123456789012345")
        assert await hears(line, 2) == ['431[{"timestamp":"…"}]', '432[{"success":true}]']
        error, answer = await hears(line, 2)
        assert error.startswith('42["error",{"action":')
        assert '"code":"TOKEN_INVALID"' in error
        assert answer.startswith('43123456789012345[{"action":')


async def test_what_is_no_event_here_is_refused_by_name(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        line.emit("없는 것", ack=1)
        line.emit("presence", {}, ack=2)
        codes = [json.loads(text[text.index("[") :]) for text in [await line.hear() for _ in range(4)]]
        assert [values[-1]["code"] for values in codes] == ["UNSUPPORTED"] * 2 + ["FORBIDDEN"] * 2
        assert "없는 것" in codes[0][1]["detail"]


async def test_a_delivery_is_acknowledged_by_its_number(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        answer = await office.trigger(url=f"{office.url}/page")
        command = await line.hear()
        assert command.startswith('421["navigate",{')
        id_ = json.loads(command[3:])[1]["id"]
        assert id_ == answer.body["id"]
        line.say(f'431[{{"received":true,"id":"{id_}"}}]')
        line.say(f'431[{{"received":false,"id":"{id_}"}}]')
        line.say("437[]")
        async with asyncio.timeout(5):
            while (await office.delivery(id_))["state"] != "received":
                await asyncio.sleep(0.01)
        assert await is_silent(line)


async def test_two_hundred_events_are_answered_in_their_order(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        texts = (f'42{number}["ping"]'.encode() for number in range(1, 201))
        line.write(b"".join(masked_frame(TEXT, text) for text in texts))
        heard = [await line.hear() for _ in range(200)]
        assert [text[: text.index("[")] for text in heard] == [f"43{number}" for number in range(1, 201)]


async def test_two_hundred_events_of_the_relay_come_in_their_order(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        connection = office.relay.live.connection_of("SCREEN-001")
        for number in range(200):
            office.relay.live.send(connection, "error", {"number": number})
        assert [(await line.hear_event("error"))["number"] for _ in range(200)] == list(range(200))


async def test_an_older_line_of_a_screen_is_told_that_it_is_replaced(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as older:
        await older.connect(grant["token"])
        async with raw_line(office.url) as newer:
            hello = await newer.connect(grant["token"])
            assert (await older.hear()).startswith('42["session:replaced",{')
            assert await older.close_code() == 4001
            await older.ends()
            assert hello["gen"] == 2
            assert office.relay.live.count == 1


async def test_a_revoked_screen_is_told_and_sent_away_for_good(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        assert (await office.call("DELETE", "/api/screens/SCREEN-001")).status in {200, 204}
        assert (await line.hear()).startswith('42["session:revoked",{')
        assert await line.close_code() == 4401
        await line.ends()
    async with raw_line(office.url) as line:
        line.say("40" + json.dumps({"token": grant["token"]}))
        assert json.loads((await line.hear())[2:])["data"]["code"] == "TOKEN_INVALID"


async def test_a_relay_that_goes_says_so_and_closes_with_1012(office: Office):
    async with raw_line(office.url) as line, raw_line(office.url) as stranger:
        await line.connect(office.token)
        closing = asyncio.gather(line.hear(), stranger.close_code())
        await office.relay.live.close(after_ms=50)
        assert await closing == ['42["drain",{"afterMs":50}]', 1012]
        assert await line.close_code() == 1012
        await line.ends()


NO_PACKETS = (
    "", "4", "42", "42[]", "42{}", "42[[]]", "42[7]", "42null", '42["connect"]', '42["disconnect"]', "43", "43[]",
    "430[]", "431", "431{}", '42/other,["a"]', "43/other,1[]", '451-["a",{"_placeholder":true,"num":0}]', "461-1[]",
    "44{}", "47", "4x", "x", "2", "2probe", "5", "6", "7", "b4AAEC", "42[" * 3000, '42["a",NaN]', "0{}",
    '421234567890123456789["ping"]'
)  # fmt: skip


async def test_the_third_text_that_is_no_packet_of_ours_ends_the_line(office: Office, caplog):
    for text in NO_PACKETS:
        async with raw_line(office.url) as line:
            await line.connect(office.token)
            line.say(text)
            line.say(text)
            assert await is_silent(line), text
            line.say(text)
            assert await line.close_code() == 4400, text
            await line.ends()
    assert caplog.records == []


async def test_a_stranger_has_one_try(office: Office):
    async with raw_line(office.url) as line:
        line.say("42[[]]")
        assert await line.close_code() == 4400


async def test_an_event_of_a_stranger_is_not_heard(office: Office):
    async with raw_line(office.url) as line:
        line.emit("ping", ack=1)
        line.say('431[{"received":true}]')
        await line.connect(office.token)
        assert await is_silent(line)


async def test_the_goodbye_of_the_engine_ends_the_line(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        line.say("1")
        assert await line.close_code() == 1000
        await line.ends()
        await nobody_is_left(office)


async def test_what_was_said_right_before_the_goodbye_is_still_heard(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        answer = await office.trigger(url=f"{office.url}/page")
        id_ = json.loads((await line.hear())[3:])[1]["id"]
        presence = {
            "appVersion": "x",
            "protocol": 1,
            "appliedSeq": 0,
            "displays": [],
            "capabilities": ["outcome"],
        }
        said = [
            "42" + json.dumps(["presence", presence]),
            f'431[{{"received":true,"id":"{id_}"}}]',
            "42" + json.dumps(["outcome", {"id": id_, "state": "shown"}]),
            "41",
            "1",
        ]
        line.write(b"".join(masked_frame(TEXT, text.encode()) for text in said))
        await line.ends()
    async with asyncio.timeout(5):
        while (await office.delivery(answer.body["id"]))["state"] != "shown":
            await asyncio.sleep(0.01)


async def test_whoever_disconnects_is_gone_and_may_come_back_on_the_same_line(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        line.say("41")
        line.emit("ping", ack=1)
        await nobody_is_left(office)
        assert (await line.connect(grant["token"]))["gen"] == 2
        assert await is_silent(line)


async def test_a_second_connect_is_refused_and_harms_nothing(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        line.say("40" + json.dumps({"token": office.token}))
        assert await hears(line, 1) == ['44"Unable to connect"']
        assert await is_silent(line)
        assert office.relay.live.count == 1


async def test_another_namespace_is_refused_and_harms_nothing(office: Office):
    async with raw_line(office.url) as line:
        line.say("40/other," + json.dumps({"token": office.token}))
        assert await hears(line, 1) == ['44/other,"Unable to connect"']
        await line.connect(office.token)
        line.say("41/other,")
        assert await is_silent(line)
        assert office.relay.live.count == 1


async def test_whoever_never_says_who_he_is_is_let_go_also_after_a_disconnect(relay_of):
    async with (
        relay_of(connect_seconds=0.3) as office,
        raw_line(office.url) as silent,
        raw_line(office.url) as left,
        raw_line(office.url) as known,
    ):
        await left.connect(office.token)
        await known.connect(office.token)
        left.say("41")
        assert await silent.close_code() == 4400
        assert await left.close_code() == 4400
        assert await is_silent(known)
