// What a browser or a program calls itself, in two words: "Chrome · Windows". Only a hint; anybody may call themselves so.
const BROWSERS = [
  ["Whale", /\bWhale\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Edge", /\bEdg(?:A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:HeadlessChrome|Chrome|Chromium|CriOS)\//],
  ["Safari", /\bVersion\/[\d.]+.*\bSafari\//],
];
const SYSTEMS = [
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(?:iPhone|iPad|iPod)\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b|\bMacintosh\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];
const LONGEST = 60;

export function agentName(agent) {
  const named = (list) => list.find(([, pattern]) => pattern.test(agent))?.[0];
  const both = [named(BROWSERS), named(SYSTEMS)].filter(Boolean);
  return both.length ? both.join(" · ") : agent.slice(0, LONGEST);
}
