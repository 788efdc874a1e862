"""The privacy switch as it is set, and as the operator changes it."""

from types import SimpleNamespace

import pytest

from app.settings import load_settings
from app.stage.displays import CannotShow
from app.wiring.verbs import camera_of
from relay.contract.names import NoticeLevel
from relay.contract.problems import Code


def workplace(tmp_path, chosen: bool | None = None, **environ: str) -> SimpleNamespace:
    given = {f"BENCHCAST_{key}": value for key, value in environ.items()}
    settings = load_settings(
        ["--data", str(tmp_path / "data")],
        environ=given,
        config=tmp_path / "config",
        admins=tmp_path / "admin.toml",
    )
    return SimpleNamespace(
        settings=settings,
        choices=SimpleNamespace(screenshots=chosen),
        line=SimpleNamespace(credentials=None),
        language="en",
    )


@pytest.mark.parametrize(
    ("environ", "chosen", "expected"),
    [
        ({}, None, "window"),
        ({}, False, "off"),
        ({"WHOLE_MONITOR_SCREENSHOTS": "on"}, None, "monitor"),
        ({"WHOLE_MONITOR_SCREENSHOTS": "on"}, False, "off"),
        ({"SCREENSHOTS": "off"}, None, "off"),
        # What the start of the app or an admin has decided is not for the operator to change.
        ({"SCREENSHOTS": "off"}, True, "off"),
    ],
)
def test_what_may_be_photographed(tmp_path, environ, chosen, expected):
    assert camera_of(workplace(tmp_path, chosen, **environ)).privacy() == expected


def test_the_switch_is_asked_at_every_picture(tmp_path):
    place = workplace(tmp_path)
    camera = camera_of(place)
    camera.require(whole_monitor=False)
    place.choices.screenshots = False
    with pytest.raises(CannotShow) as caught:
        camera.require(whole_monitor=False)
    assert caught.value.code is Code.SCREENSHOT_NOT_ALLOWED


async def test_a_bench_that_was_unpaired_meanwhile_sends_no_picture(tmp_path):
    with pytest.raises(CannotShow) as caught:
        await camera_of(workplace(tmp_path)).send("id", None)
    assert caught.value.code is Code.CONNECTION_REFUSED


def test_every_level_has_a_sound():
    from typing import get_args

    from app.wiring.verbs import TONES

    assert set(TONES) == set(get_args(NoticeLevel))
