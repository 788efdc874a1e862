"""A scan through a keyboard in the wrong mode is recognised and put right, and nothing that is right is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scan.layout_tables import KEY_CODES, KEYS, LAYOUTS
from app.scan.layouts import type_on, undo_caps_lock
from app.scan.repair import KEYS as KEYS_LEARNED
from app.scan.repair import Repair, is_calibration, learn
from app.scan.rules import is_ours
from app.scanner_settings import LearnedLayout
from app.stage.scanners import Heard
from relay.contract.controls import CALIBRATION, CONTROLS, write_control

PREFIXES = ("WO-",)
KNOWING = Repair(is_known=lambda text: is_ours(text, PREFIXES))
LINK = "https://10.0.0.5:8443/api/pair?screenId=BENCH-07#token=7ZZ4ABCD"


def press(
    text: str,
    layout: str = "us",
    *,
    caps_lock: bool = False,
    tells_shift: bool = True,
    tells_keys: bool = False,
) -> Heard:
    """What arrives when a scanner presses a US keyboard's keys for `text`."""
    us = LAYOUTS["us"]
    shifts = tuple(sign in us[1] for sign in text)
    keys = tuple(KEY_CODES["".join(us).index(sign) % KEYS] for sign in text)
    arrived = type_on(text, layout)
    if caps_lock:
        arrived = undo_caps_lock(arrived)
    return Heard(arrived, shifts=shifts if tells_shift else (), keys=keys if tells_keys else ())


tells_keys = pytest.mark.parametrize("tells_keys", [True, False])


def test_a_usual_scan_stays_as_it_is() -> None:
    assert Repair().mend(press("WO-2025-0001")) == Repair().mend(Heard("WO-2025-0001"))
    assert Repair().mend(press("WO-2025-0001")).steps == ()


@pytest.mark.parametrize("text", ["WO-2025-0001", "wo-2025-0001", "Wo-7a"])
def test_caps_lock_is_seen_and_undone(text: str) -> None:
    heard = press(text, caps_lock=True)
    assert heard.text != text
    mended = Repair().mend(heard)
    assert (mended.text, mended.steps) == (text, ("caps_lock",))


def test_without_a_word_of_shift_nobody_guesses_about_caps_lock() -> None:
    assert Repair().mend(press("WO-1", caps_lock=True, tells_shift=False)).text == "wo-1"


def test_letters_that_disagree_about_caps_lock_prove_nothing() -> None:
    heard = Heard("WOa", shifts=(True, False, False))
    assert heard.caps_lock is None
    assert Repair().mend(heard).text == "WOa"


def test_the_hangul_mode_is_undone() -> None:
    mended = Repair().mend(Heard("재-2025-0001"))
    assert (mended.text, mended.steps) == ("WO-2025-0001", ("hangul",))


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "us"])
@pytest.mark.parametrize("caps_lock", [False, True])
@tells_keys
def test_a_known_beginning_tells_the_layout(layout: str, caps_lock: bool, tells_keys: bool) -> None:
    mended = KNOWING.mend(press("WO-2025-0001", layout, caps_lock=caps_lock, tells_keys=tells_keys))
    assert mended.text == "WO-2025-0001"


@pytest.mark.parametrize("layout", LAYOUTS)
@tells_keys
def test_controls_and_pairing_links_need_no_lesson(layout: str, tells_keys: bool) -> None:
    nobody = Repair(is_known=lambda text: is_ours(text, ()))
    for control in CONTROLS:
        mended = nobody.mend(press(write_control(control), layout, tells_keys=tells_keys))
        assert is_ours(mended.text, ())
    assert nobody.mend(press(LINK, layout, tells_keys=tells_keys)).text == LINK


def test_two_layouts_that_would_both_do_are_no_knowledge() -> None:
    either = Repair(is_known=lambda text: text in {"y-1", "a-1"})
    assert either.mend(Heard("q)1")).text == "q)1"


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "us"])
@pytest.mark.parametrize("caps_lock", [False, True])
@tells_keys
def test_one_barcode_teaches_the_layout(layout: str, caps_lock: bool, tells_keys: bool) -> None:
    learned = learn(press(CALIBRATION, layout, caps_lock=caps_lock, tells_keys=tells_keys))
    assert learned is not None
    # Layouts that agree about everything that an order holds are one to us.
    for text in ("WO-2025-0001+D2", "Auftrag_7/b.Z", "zyx:QAM"):
        heard = press(text, layout, caps_lock=not caps_lock, tells_keys=tells_keys)
        assert Repair(learned=learned).mend(heard).text == text


def test_a_right_keyboard_has_nothing_to_learn_and_hangul_is_always_undone() -> None:
    assert learn(press(CALIBRATION)) == LearnedLayout()
    assert learn(press(CALIBRATION, caps_lock=True)) == LearnedLayout()
    assert learn(Heard(f"]C0{CALIBRATION}\r")) == LearnedLayout()
    keys = dict(
        zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ㅃㅉㄸㄲㅆㅛㅕㅑㅒㅖㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", strict=True)
    )
    assert learn(Heard("".join(keys.get(sign, sign) for sign in CALIBRATION))) == LearnedLayout()


def test_a_scanner_that_allows_for_caps_lock_is_left_alone_afterwards() -> None:
    compensated = Heard(
        CALIBRATION, shifts=tuple(not sign.isupper() and sign in "_:+" for sign in CALIBRATION)
    )
    assert compensated.caps_lock
    learned = learn(compensated)
    assert learned == LearnedLayout(compensates_caps_lock=True)
    assert Repair(learned=learned).mend(Heard("WO-1", shifts=(False,) * 4)).text == "WO-1"
    assert Repair().mend(Heard("WO-1", shifts=(False,) * 4)).text == "wo-1"


def test_a_layout_of_which_there_is_no_table_is_learned_sign_by_sign() -> None:
    strange = dict(zip(CALIBRATION, CALIBRATION[:30] + CALIBRATION[:29:-1], strict=True))
    learned = learn(Heard("".join(strange[sign] for sign in CALIBRATION)))
    assert learned is not None
    assert learned.pairs
    arrived = "".join(strange.get(sign, sign) for sign in "WO-2025/A")
    assert Repair(learned=learned).mend(Heard(arrived)).text == "WO-2025/A"


@given(st.text(max_size=60))
def test_another_barcode_teaches_nothing(text: str) -> None:
    if not is_calibration(text):
        assert learn(Heard(text)) is None


def test_a_layout_that_nobody_knows_is_read_by_its_keys() -> None:
    known = press(CALIBRATION, tells_keys=True)
    strange = Heard(
        CALIBRATION.translate(str.maketrans("ABCDE", "ÀÞÐŁĦ")), shifts=known.shifts, keys=known.keys
    )
    learned = learn(strange)
    assert learned == LearnedLayout(layout=KEYS_LEARNED)
    order = press("BED-1", tells_keys=True)
    assert Repair(learned=learned).mend(Heard("ÞĦŁ-1", shifts=order.shifts, keys=order.keys)).text == "BED-1"


def test_serial_and_evdev_scanners_are_believed() -> None:
    assert Repair(learned=LearnedLayout(layout="de")).mend(Heard("WOß1", kind="serial")).text == "WOß1"
