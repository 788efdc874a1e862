"""Where to save a file: a dialog in the operator's language, beginning in the user's own folder."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from app.windows.theme import dress
from relay.contract.wording import Wording


def save_dialog(parent: QWidget | None, wording: Wording, *, title: str, name: str) -> QFileDialog:
    """Make the dialog; the file's ending is that of `name`. Open it with `bridge.ask`, then read `chosen_file`."""
    say = wording.say
    dialog = QFileDialog(parent, title, str(users_folder()))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    suffix = Path(name).suffix.removeprefix(".")
    dialog.setDefaultSuffix(suffix)
    dialog.setNameFilter(f"{suffix.upper()} (*.{suffix})")
    dialog.selectFile(name)
    for label, key in (
        (QFileDialog.DialogLabel.Accept, "desktop.file.save"),
        (QFileDialog.DialogLabel.Reject, "desk.confirm.no"),
        (QFileDialog.DialogLabel.FileName, "desktop.file.name"),
        (QFileDialog.DialogLabel.LookIn, "desktop.file.folder"),
        (QFileDialog.DialogLabel.FileType, "desktop.file.type"),
    ):
        dialog.setLabelText(label, say(key))
    dress(dialog)
    return dialog


def chosen_file(dialog: QFileDialog) -> Path | None:
    """Return what was chosen, if anything was."""
    files = dialog.selectedFiles()
    return Path(files[0]) if files and files[0] else None


def users_folder() -> Path:
    """Return the user's folder for documents, or the home where there is none."""
    for place in (
        QStandardPaths.StandardLocation.DocumentsLocation,
        QStandardPaths.StandardLocation.HomeLocation,
    ):
        folder = Path(QStandardPaths.writableLocation(place))
        if folder.is_dir():
            return folder
    return Path.home()
