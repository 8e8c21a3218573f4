// The order matters: each browser also names those that came before it.
const BROWSERS = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
] as const;
const SYSTEMS = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS/, "macOS"],
  [/Linux/, "Linux"],
] as const;

/** Names the browser of a session as people do, else as it calls itself. */
export function deviceOf(
  userAgent: string | null,
  words: { unknown: string; on: (browser: string, system: string) => string },
): string {
  if (userAgent === null) return words.unknown;
  const [browser] = BROWSERS.flatMap(([mark, name]) => (mark.test(userAgent) ? name : []));
  const [system] = SYSTEMS.flatMap(([mark, name]) => (mark.test(userAgent) ? name : []));
  return browser && system ? words.on(browser, system) : (userAgent.split(/[\s/]/)[0] ?? userAgent);
}
