; The Windows installer of Benchcast, for Inno Setup 6.3 or later. NOT RUN: nobody has built or started it yet.
;
;   iscc /DVersion=0.1.0 /DBundle=..\..\..\dist\benchcast packaging\app\windows\benchcast.iss
;
; For everybody on the machine, and without a question:
;
;   Benchcast-0.1.0-setup.exe /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /RELAY=https://192.168.0.10:8440
;
;   /RELAY=ADDRESS     written into %PROGRAMDATA%\Benchcast\desk.toml, where pairing begins with it. A file that is
;                      there already stays as it is: an administrator may have written it.
;   /AUTOSTART=1       start at everybody's login
#ifndef Version
  #define Version "0.0.0"
#endif
#ifndef Bundle
  #define Bundle "..\..\..\dist\benchcast"
#endif

[Setup]
AppId={{6B0E3D57-6F0B-4E0C-9D0B-0F6C6A3B7C11}
AppName=Benchcast
AppVersion={#Version}
AppPublisher=Benchcast
DefaultDirName={autopf}\Benchcast
DisableProgramGroupPage=yes
DisableDirPage=auto
PrivilegesRequired=admin
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputDir=..\..\..\dist
OutputBaseFilename=Benchcast-{#Version}-setup
SetupIconFile=..\..\..\resources\icons\benchcast.ico
UninstallDisplayIcon={app}\benchcast.exe
LicenseFile=..\..\..\LICENSE
Compression=lzma2
SolidCompression=yes
CloseApplications=yes
RestartApplications=no
ChangesAssociations=yes

[Languages]
Name: "ko"; MessagesFile: "compiler:Languages\Korean.isl"
Name: "en"; MessagesFile: "compiler:Default.isl"

[CustomMessages]
ko.Autostart=로그인할 때 자동으로 시작
en.Autostart=Start at login
ko.RelayTitle=릴레이 주소
en.RelayTitle=Relay address
ko.RelayText=이 작업대가 연결할 릴레이의 주소를 입력하십시오. 나중에 입력해도 됩니다.
en.RelayText=Enter the address of the relay that this bench is for. It can be entered later, too.
ko.RelayWrong=주소에는 따옴표와 역슬래시를 쓸 수 없습니다.
en.RelayWrong=An address has no quotation marks and no backslashes.

[Tasks]
Name: "autostart"; Description: "{cm:Autostart}"; Flags: unchecked; Check: not WizardSilent
Name: "silentautostart"; Description: "{cm:Autostart}"; Check: IsSilentAutostart

[Files]
Source: "{#Bundle}\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[Dirs]
Name: "{commonappdata}\Benchcast"; Permissions: users-readexec

[Icons]
Name: "{autoprograms}\Benchcast"; Filename: "{app}\benchcast.exe"

[Registry]
; The scheme benchcast:// for everybody.
Root: HKLM; Subkey: "Software\Classes\benchcast"; ValueType: string; ValueData: "URL:Benchcast"; Flags: uninsdeletekey
Root: HKLM; Subkey: "Software\Classes\benchcast"; ValueType: string; ValueName: "URL Protocol"; ValueData: ""
Root: HKLM; Subkey: "Software\Classes\benchcast\DefaultIcon"; ValueType: string; ValueData: "{app}\benchcast.exe,0"
Root: HKLM; Subkey: "Software\Classes\benchcast\shell\open\command"; ValueType: string; ValueData: """{app}\benchcast.exe"" --pair ""%1"""
Root: HKLM; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: string; ValueName: "Benchcast"; ValueData: """{app}\benchcast.exe"""; Flags: uninsdeletevalue; Tasks: autostart silentautostart

[Run]
Filename: "{app}\benchcast.exe"; Flags: nowait postinstall skipifsilent runasoriginaluser

[Code]
var
  RelayPage: TInputQueryWizardPage;

function IsSilentAutostart: Boolean;
begin
  Result := WizardSilent and (ExpandConstant('{param:AUTOSTART|0}') = '1');
end;

function RelayAddress: String;
begin
  if WizardSilent then
    Result := Trim(ExpandConstant('{param:RELAY|}'))
  else
    Result := Trim(RelayPage.Values[0]);
end;

{ What stands between the quotation marks of a TOML string: neither of these may be part of an address. }
function IsPlain(Text: String): Boolean;
begin
  Result := (Pos('"', Text) = 0) and (Pos('\', Text) = 0) and (Pos(#10, Text) = 0) and (Pos(#13, Text) = 0);
end;

procedure InitializeWizard;
begin
  RelayPage := CreateInputQueryPage(wpSelectTasks, CustomMessage('RelayTitle'), '', CustomMessage('RelayText'));
  RelayPage.Add('', False);
  RelayPage.Values[0] := ExpandConstant('{param:RELAY|}');
end;

function NextButtonClick(Page: Integer): Boolean;
begin
  Result := True;
  if (Page = RelayPage.ID) and not IsPlain(RelayAddress) then
  begin
    MsgBox(CustomMessage('RelayWrong'), mbError, MB_OK);
    Result := False;
  end;
end;

function PrepareToInstall(var NeedsRestart: Boolean): String;
begin
  Result := '';
  if not IsPlain(RelayAddress) then
    Result := CustomMessage('RelayWrong');
end;

procedure CurStepChanged(Step: TSetupStep);
var
  Settings: String;
begin
  Settings := ExpandConstant('{commonappdata}\Benchcast\desk.toml');
  if (Step = ssPostInstall) and (RelayAddress <> '') and not FileExists(Settings) then
    SaveStringToFile(Settings, 'relay = "' + RelayAddress + '"' + #13#10, False);
end;
