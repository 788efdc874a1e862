# Builds the bundle and the installer on Windows. NOT RUN: nobody has started it yet.
#
#   pwsh packaging/app/windows/build.ps1 [-Web]        needs Python 3.12 or 3.13 and Inno Setup 6.3 or later
param([switch]$Web)
$ErrorActionPreference = "Stop"
Set-Location (Join-Path $PSScriptRoot "../../..")

python -m venv .venv-package
$python = ".venv-package/Scripts/python.exe"
& $python -m pip install --quiet --require-hashes --requirement packaging/requirements-test.txt
if ($LASTEXITCODE) { throw "The locked packages could not be installed." }
& $python -m pip install --quiet --no-deps --no-build-isolation --editable .
if ($LASTEXITCODE) { throw "Benchcast itself could not be installed." }

$arguments = @("packaging/app", "--no-deb") + $(if ($Web) { @("--web") } else { @() })
& $python @arguments
if ($LASTEXITCODE) { throw "The bundle could not be built." }

$bundle = Resolve-Path $(if ($Web) { "dist/benchcast-web" } else { "dist/benchcast" })
$version = & $python -c "import tomllib; print(tomllib.load(open('pyproject.toml', 'rb'))['project']['version'])"
$iscc = Get-Command iscc -ErrorAction SilentlyContinue
$compiler = if ($iscc) { $iscc.Source } else { "${env:ProgramFiles(x86)}\Inno Setup 6\ISCC.exe" }
& $compiler "/DVersion=$version" "/DBundle=$bundle" packaging/app/windows/benchcast.iss
if ($LASTEXITCODE) { throw "The installer could not be made." }
