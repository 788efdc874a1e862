"""How the operator's windows look: calm, dark, and readable from two metres; colours, sizes and the Hangul
font.

A colour never says anything alone: a mark and words say the same. Every pair in `TEXT_PAIRS` keeps WCAG's 4.5
: 1.
"""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from app.stage.tone import Tone

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
STYLE = "benchcastStyle"  # a property of the application: which style it has

GROUND = "#10161B"
PANEL = "#1A232B"
FIELD = "#0B1014"
BUTTON = "#2A3844"
BUTTON_HOVER = "#354756"
LINE = "#6B7F8F"
TEXT = "#F4F7F9"
QUIET = "#B7C4CE"
FOCUS = "#7CC4FF"
ACCENT = "#1463A5"
INK: dict[Tone, str] = {Tone.GOOD: "#5BE39A", Tone.WAITING: "#FFC94D", Tone.BAD: "#FF9086"}
PLATE: dict[Tone, str] = {Tone.GOOD: "#0D4A2D", Tone.WAITING: "#4E3A00", Tone.BAD: "#661A16"}

# (text, ground) as they occur.
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    (TEXT, GROUND),
    (QUIET, GROUND),
    (TEXT, PANEL),
    (QUIET, PANEL),
    (TEXT, FIELD),
    (QUIET, FIELD),
    (TEXT, BUTTON),
    (TEXT, BUTTON_HOVER),
    (TEXT, ACCENT),
    (QUIET, BUTTON),
    *((ink, GROUND) for ink in INK.values()),
    *((ink, PANEL) for ink in INK.values()),
    *((INK[tone], PLATE[tone]) for tone in Tone),
    *((TEXT, plate) for plate in PLATE.values()),
)
# Marks and borders: 3 : 1.
SHAPE_PAIRS: tuple[tuple[str, str], ...] = (
    (FOCUS, GROUND),
    (FOCUS, PANEL),
    (FOCUS, BUTTON),
    (LINE, GROUND),
    (LINE, PANEL),
    (LINE, FIELD),
)

SMALL_PX = 17
BODY_PX = 20
MIDDLE_PX = 23
LARGE_PX = 26
HEAD_PX = 40

_SHEET = f"""
QWidget {{ color: {TEXT}; font-size: {BODY_PX}px; }}
QDialog, QWidget#bench, QWidget[role="window"] {{ background: {GROUND}; }}
QLabel {{ background: transparent; }}
QLabel[role="quiet"] {{ color: {QUIET}; font-size: {SMALL_PX}px; }}
QLabel[role="section"] {{ color: {QUIET}; font-size: {BODY_PX}px; font-weight: bold; }}
QLabel[role="large"] {{ font-size: {LARGE_PX}px; }}
QLabel[role="strong"] {{ font-size: {LARGE_PX}px; font-weight: bold; }}
QLabel[role="head"] {{ font-size: {HEAD_PX}px; font-weight: bold; }}
QFrame[role="panel"] {{ background: {PANEL}; border-radius: 12px; }}
QFrame[role="plate"][tone="good"] {{ background: {PLATE[Tone.GOOD]}; border: 3px solid {INK[Tone.GOOD]}; }}
QFrame[role="plate"][tone="waiting"] {{
    background: {PLATE[Tone.WAITING]}; border: 3px solid {INK[Tone.WAITING]}; }}
QFrame[role="plate"][tone="bad"] {{ background: {PLATE[Tone.BAD]}; border: 3px solid {INK[Tone.BAD]}; }}
QFrame[role="plate"] {{ background: {PANEL}; border: 3px solid {LINE}; border-radius: 14px; }}
QLineEdit {{ background: {FIELD}; border: 3px solid {LINE}; border-radius: 10px; padding: 8px 14px;
    font-size: {LARGE_PX}px; selection-background-color: {ACCENT}; selection-color: {TEXT};
    placeholder-text-color: {QUIET}; }}
QLineEdit:focus {{ border-color: {FOCUS}; }}
QPushButton {{ background: {BUTTON}; border: 3px solid {BUTTON}; border-radius: 10px; padding: 8px 18px;
    font-size: {BODY_PX}px; }}
QPushButton:hover {{ background: {BUTTON_HOVER}; }}
QPushButton[role="main"] {{ background: {ACCENT}; border-color: {ACCENT}; font-size: {LARGE_PX}px;
    font-weight: bold; }}
QPushButton:checked {{ background: {ACCENT}; border-color: {ACCENT}; }}
QPushButton:focus {{ border-color: {FOCUS}; }}
QScrollArea {{ background: transparent; border: 3px solid transparent; border-radius: 12px; }}
QScrollArea:focus {{ border-color: {FOCUS}; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 8px; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 4px; min-height: 30px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0px; }}
QPushButton:disabled {{ color: {QUIET}; background: {PANEL}; border-color: {PANEL}; }}
QPushButton:checked:disabled {{ color: {TEXT}; background: {BUTTON}; border-color: {LINE}; }}
QPushButton[role="plain"] {{ background: {PANEL}; border-color: {PANEL}; text-align: left; }}
QPushButton[role="plain"]:checked {{ background: {ACCENT}; border-color: {ACCENT}; }}
QPushButton[role="plain"]:focus, QPushButton[role="main"]:focus {{ border-color: {FOCUS}; }}
QPushButton:checked:focus {{ border-color: {FOCUS}; }}
QComboBox {{ background: {FIELD}; border: 3px solid {LINE}; border-radius: 10px; padding: 8px 14px; }}
QComboBox:focus {{ border-color: {FOCUS}; }}
QComboBox:disabled {{ color: {QUIET}; }}
QComboBox QAbstractItemView {{ background: {FIELD}; border: 3px solid {LINE}; padding: 4px;
    selection-background-color: {ACCENT}; selection-color: {TEXT}; }}
QTableView {{ background: {FIELD}; border: 3px solid {LINE}; border-radius: 10px; gridline-color: {PANEL};
    selection-background-color: {ACCENT}; selection-color: {TEXT}; font-size: {SMALL_PX}px; }}
QTableView:focus {{ border-color: {FOCUS}; }}
QTableView::item {{ padding: 6px 10px; }}
QHeaderView::section {{ background: {PANEL}; color: {QUIET}; border: none; padding: 8px 10px;
    font-size: {SMALL_PX}px; font-weight: bold; }}
QMenu {{ background: {PANEL}; border: 2px solid {LINE}; padding: 6px; }}
QMenu::item {{ padding: 10px 28px 10px 16px; border-radius: 6px; }}
QMenu::item:selected {{ background: {ACCENT}; }}
QMenu::item:disabled {{ color: {QUIET}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 6px 8px; }}
QPlainTextEdit {{ background: {FIELD}; border: 3px solid {LINE}; border-radius: 10px; padding: 8px;
    font-size: {SMALL_PX}px; }}
QPlainTextEdit:focus {{ border-color: {FOCUS}; }}
QToolTip {{ background: {PANEL}; color: {TEXT}; border: 1px solid {LINE}; font-size: {SMALL_PX}px; }}
"""


def dress(window: QWidget) -> None:
    """Give a window, and what will be in it, this look. Other windows of the app keep theirs."""
    _use_fusion()
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, GROUND),
        (QPalette.ColorRole.WindowText, TEXT),
        (QPalette.ColorRole.Base, FIELD),
        (QPalette.ColorRole.Text, TEXT),
        (QPalette.ColorRole.Button, BUTTON),
        (QPalette.ColorRole.ButtonText, TEXT),
        (QPalette.ColorRole.PlaceholderText, QUIET),
        (QPalette.ColorRole.Highlight, ACCENT),
        (QPalette.ColorRole.HighlightedText, TEXT),
    ):
        palette.setColor(role, QColor(colour))
    window.setPalette(palette)
    family = hangul_family()
    window.setStyleSheet(f"QWidget {{ font-family: '{family}'; }}\n{_SHEET}" if family else _SHEET)


def _use_fusion() -> None:
    """Draw with the style that heeds style sheets; the native ones ignore half of them."""
    app = QCoreApplication.instance()
    # Asking for the style would load all its names, and setting it polishes every widget anew: so it is noted.
    if app is not None and app.property(STYLE) != "fusion":
        if QApplication.style().name() != "fusion":
            QApplication.setStyle("Fusion")
        app.setProperty(STYLE, "fusion")


@cache
def hangul_family() -> str | None:
    """Load the font that the app brings along, so that a bench needs none; None where it is missing."""
    families: list[str] = []
    for file in sorted((RESOURCES / "fonts").glob("*.ttf")):
        families += QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))
    return families[0] if families else None


def set_tone(widget: QWidget, tone: Tone | None) -> None:
    """Colour a plate after an outcome (None: neutral)."""
    value = tone.value if tone else ""
    if (widget.property("tone") or "") == value:
        return
    widget.setProperty("tone", value)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return  # it has not been seen yet, and takes its colour when it is
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def contrast(one: str, other: str) -> float:
    """Tell the contrast of two colours as WCAG 2.2 defines it, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
