#!/usr/bin/env bash
# Builds Benchcast.app and a disk image of it on macOS 13 or later. NOT RUN: nobody has started it yet.
#
#   packaging/app/macos/build.sh [--web]       needs Python 3.12 or 3.13
#
# Without an identity of Apple's it is signed for this machine only (ad hoc), and other Macs ask before they open it:
#   IDENTITY="Developer ID Application: …" packaging/app/macos/build.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
python3 -m venv .venv-package
python=.venv-package/bin/python
"$python" -m pip install --quiet --require-hashes --requirement packaging/requirements-test.txt
"$python" -m pip install --quiet --no-deps --no-build-isolation --editable .
"$python" packaging/app --no-deb "$@"
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
codesign --force --deep --options runtime --sign "${IDENTITY:--}" dist/Benchcast.app
rm -rf dist/dmg
mkdir dist/dmg
cp -R dist/Benchcast.app dist/dmg/
ln -s /Applications dist/dmg/Applications
hdiutil create -volname Benchcast -srcfolder dist/dmg -format UDZO -ov "dist/Benchcast-$version.dmg"
rm -rf dist/dmg
# The settings for everybody on the machine, with the relay's address, are a file that whoever manages it writes:
#   /Library/Application Support/Benchcast/desk.toml      relay = "https://192.168.0.10:8440"
