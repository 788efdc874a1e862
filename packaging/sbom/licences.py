"""Says under which licence a locked package is used, as an SPDX expression.

A package says so itself, in `License-Expression` or a classifier that means one licence; where it says it in other
words, or is not installed here because it is another system's, it stands in `SAID`, read from its own licence file.
"""

from __future__ import annotations

from importlib import metadata

_CLASSIFIERS = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}
# What `License` says in words that are an SPDX name already.
_NAMES = {"MIT", "Apache-2.0", "BSD-3-Clause"}
SAID = {
    "backports-tarfile": "MIT",
    "importlib-metadata": "Apache-2.0",
    "jeepney": "MIT",
    "lazy-importer": "Apache-2.0",
    "pg8000": "BSD-3-Clause",
    # With PDFium inside, which is Apache-2.0.
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
    # To be had under the GPL, too; LGPL is what we use it under.
    "pyside6": "LGPL-3.0-only",
    "pyside6-addons": "LGPL-3.0-only",
    "pyside6-essentials": "LGPL-3.0-only",
    "pyside6-pdf": "LGPL-3.0-only",
    "pyside6-webengine": "LGPL-3.0-only",
    "pysqlite3": "Zlib",
    "pywin32-ctypes": "BSD-3-Clause",
    "reportlab": "BSD-3-Clause",
    "secretstorage": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "shiboken6": "LGPL-3.0-only",
    "typing-extensions": "PSF-2.0",
    "uvloop": "MIT OR Apache-2.0",
    "zipp": "MIT",
}


class UnknownLicenceError(Exception):
    """A package says nothing that is an SPDX expression, and does not stand in `SAID`."""


def licence_of(name: str) -> str:
    """Return the licence of a package that is installed here or stands in `SAID`. Raises UnknownLicenceError."""
    if name in SAID:
        return SAID[name]
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        raise UnknownLicenceError(f"{name} is not installed here: write its licence into SAID") from None
    for word in told.get_all("License-Expression") or ():
        return str(word)
    for word in told.get_all("License") or ():
        if word in _NAMES:
            return str(word)
    found = {_CLASSIFIERS[line] for line in told.get_all("Classifier") or () if line in _CLASSIFIERS}
    if len(found) != 1:
        raise UnknownLicenceError(f"{name} names no single licence: write it into SAID")
    return found.pop()
