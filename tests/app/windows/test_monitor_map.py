"""The map of the monitors, and the question which one is which: chosen by mouse and keyboard, in both languages."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.stage.acquaintances import Doubt
from app.stage.displays import Display, Monitor, number
from app.windows.bench_doubt import DoubtPlate
from app.windows.monitor_map import MonitorMap, arrange
from relay.contract.names import DisplayId
from relay.contract.wording import LANGUAGES, Wording

MONITORS = [
    Monitor(connector="DP-1", model="DELL", serial="1", x=0, y=0, width=1920, height=1080, primary=True),
    Monitor(connector="DP-2", model="LG", serial="2", x=1920, y=-300, width=2560, height=1440),
    Monitor(connector="HDMI-1", x=-1080, y=-400, width=1080, height=1920),
]
DESK = number(MONITORS)
EN = Wording("en")


def shown(qtbot: QtBot) -> MonitorMap:
    map_ = MonitorMap()
    qtbot.addWidget(map_)
    map_.resize(600, 300)
    map_.show_monitors(EN, DESK, {DESK[1].display_id: "WO-7"})
    map_.show()
    qtbot.waitExposed(map_)
    return map_


def tiles(map_: MonitorMap) -> dict[str, QAbstractButton]:
    return {tile.text(): tile for tile in map_.findChildren(QAbstractButton) if tile.isVisible()}


def test_the_tiles_lie_as_the_monitors_do_and_never_over_each_other():
    boxes = dict(zip([d.name for d in DESK], arrange(DESK, QSize(600, 300)), strict=True))
    assert boxes["HDMI-1"].right() < boxes["DELL"].left() < boxes["DELL"].right() < boxes["LG"].left()
    assert boxes["LG"].width() > boxes["DELL"].width() > boxes["HDMI-1"].width()
    assert all(
        box.left() >= 0 and box.right() < 600 and box.top() >= 0 and box.bottom() < 300
        for box in boxes.values()
    )


def test_monitors_that_are_placed_in_points_do_not_overlap():
    mac = number(
        [
            Monitor(connector="A", x=0, y=0, width=2880, height=1800, scale=2.0, primary=True),
            Monitor(connector="B", x=1440, y=0, width=1920, height=1080),
        ]
    )
    one, other = arrange(mac, QSize(600, 300))
    assert not one.intersects(other)


def test_a_click_chooses_and_tells_and_the_choice_outlives_the_monitor(qtbot: QtBot):
    map_ = shown(qtbot)
    with qtbot.waitSignal(map_.chosen) as told:
        qtbot.mouseClick(tiles(map_)["3"], Qt.MouseButton.LeftButton)
    assert told.args == ["LG/2"]
    map_.show_monitors(EN, DESK[:1])
    assert map_.selected == "LG/2"
    map_.show_monitors(EN, DESK)
    assert [name for name, tile in tiles(map_).items() if tile.isChecked()] == ["3"]


def test_the_keyboard_walks_over_the_desk_and_chooses(qtbot: QtBot):
    map_ = shown(qtbot)
    with qtbot.waitActive(map_):
        map_.activateWindow()
    map_.select(DESK[0].display_id)
    tiles(map_)["1"].setFocus()
    with qtbot.waitSignal(map_.chosen) as told:
        qtbot.keyClick(tiles(map_)["1"], Qt.Key.Key_Right)
        assert tiles(map_)["3"].hasFocus()
        qtbot.keyClick(tiles(map_)["3"], Qt.Key.Key_Space)
    assert told.args == ["LG/2"]
    map_.show_monitors(EN, DESK)
    assert map_.focusWidget() is tiles(map_)["3"], "also after it was told anew"


def test_a_monitor_that_may_not_be_chosen_is_not(qtbot: QtBot):
    map_ = shown(qtbot)
    map_.show_monitors(EN, DESK, eligible=[DESK[1].display_id])
    assert [name for name, tile in tiles(map_).items() if tile.isEnabled()] == ["2"]


def test_every_tile_says_number_name_role_and_content_to_a_screen_reader(qtbot: QtBot):
    map_ = shown(qtbot)
    assert tiles(map_)["1"].accessibleName() == "Monitor 1, DELL, main screen, nothing shown"
    assert tiles(map_)["2"].accessibleName() == "Monitor 2, HDMI-1, WO-7"


def test_without_a_monitor_it_says_so(qtbot: QtBot):
    map_ = shown(qtbot)
    map_.show_monitors(EN, ())
    assert tiles(map_) == {}
    assert any(
        label.isVisible() and "No monitor" in label.text() for label in map_.findChildren(type(map_._empty))
    )


def doubt(*candidates: Display, present: bool) -> Doubt:
    return Doubt(display_id=DisplayId("X"), name="24B2", index=1, candidates=candidates, present=present)


def test_a_question_names_the_monitor_and_every_answer_is_heard(qtbot: QtBot):
    plate, heard, identified = DoubtPlate(), [], []
    qtbot.addWidget(plate)
    plate.resize(380, 200)
    plate.on_answer(lambda asked, chosen: heard.append((asked, chosen)), lambda: identified.append(1))
    for language in LANGUAGES:
        for present in (True, False):
            plate.ask(doubt(DESK[0], DESK[2], present=present), Wording(language))
            plate.show()
            assert "2" in plate.question.text()
            assert "24B2" in plate.question.text()
            assert [button.text()[-1] for button in plate.choices] == ["1", "3"]
            room = plate.question.heightForWidth(plate.question.width())
            assert plate.question.height() >= room, "no line of the question is cut"
    plate.choices[1].click()
    plate.none.click()
    plate.numbers.click()
    assert heard == [("X", "LG/2"), ("X", None)]
    assert identified == [1]
    plate.ask(None, EN)
    assert not plate.isVisible()
