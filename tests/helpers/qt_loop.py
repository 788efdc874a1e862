"""Runs a coroutine as the app does: on the one loop of Qt and asyncio. Not for tests that use Qt WebEngine."""

import asyncio
import gc
import sys
import threading
from collections.abc import Coroutine
from typing import TypeVar

from PySide6.QtWidgets import QApplication

from app.bridge import run_once

T = TypeVar("T")


def run_qt(app: QApplication, work: Coroutine[object, object, T], *, seconds: float = 20) -> T:
    hooks = sys.excepthook, threading.excepthook

    async def limited() -> T:
        return await asyncio.wait_for(work, seconds)

    try:
        return run_once(app, limited)
    finally:
        sys.excepthook, threading.excepthook = hooks
        gc.disable()  # as all tests have it, see conftest
