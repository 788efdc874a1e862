"""What Windows, Linux and macOS each do in their own way: who a monitor is, staying awake, the taskbar."""
