"""The caption says what is shown in the operator's language, and changes it while it is shown."""

from app.windows.caption import Caption, CaptionText


def test_the_caption_of_what_is_shown_changes_its_language(qapp) -> None:
    caption = Caption(None, "ko")  # type: ignore[arg-type] - a widget of its own here
    caption.say(CaptionText(order_id="WO-1", title="Housing", revision="C", page=2, pages=6))
    assert "개정 C" in caption.accessibleName()
    caption.speak("en")
    assert "Rev. C" in caption.accessibleName()
    assert "개정" not in caption.accessibleName()
    assert "WO-1" in caption.accessibleName()
