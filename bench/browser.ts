/** A page of the console that measures itself: when things show, how long a key takes to the next picture, how big it is. */
import { join } from "node:path";
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { chromiumArgs, chromiumPath } from "../scripts/console-stage.ts";
import { quantile } from "./load.ts";

/** The notes of bench/page.js, in milliseconds since the navigation. */
interface Noted {
  firstRow: number;
  /** Acts that a person is about to do, with their times. */
  acts: [at: number, kind: string][];
  /** Inputs with the time from the input to the picture after it. */
  inputs: [at: number, ms: number][];
  /** When each mark came in a frame, and when it was on the screen. */
  frames: Record<string, number>;
  shown: Record<string, number>;
  timeOrigin: number;
}

export interface Tab {
  page: Page;
  cdp: CDPSession;
  context: BrowserContext;
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath, args: [...chromiumArgs, "--js-flags=--expose-gc"] });

/** Opens an empty page in a browser context of its own, in which `token` is logged in. */
export async function openTab(browser: Browser, origin: string, token: string): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  await context.addCookies([
    { name: "omnistream_session", value: token, url: origin, httpOnly: true, sameSite: "Lax" },
  ]);
  const page = await context.newPage();
  await page.addInitScript({ path: join(import.meta.dirname, "page.js") });
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable");
  await cdp.send("HeapProfiler.enable");
  return { page, cdp, context };
}

/** The time from the navigation until the first row of the list is on the screen. */
export async function timeToList({ page }: Tab, origin: string): Promise<number> {
  await page.goto(`${origin}/app/inbox?status=open&status=pending`);
  return firstRow({ page });
}

/** Waits for it. Playwright's own waiting evaluates in the page, which its policy forbids. */
export async function firstRow(tab: Pick<Tab, "page">): Promise<number> {
  for (const until = performance.now() + 30_000; performance.now() < until;) {
    const { firstRow: at } = await notesOf(tab);
    if (at > 0) return at;
    await tab.page.waitForTimeout(20);
  }
  throw new Error("the list does not show");
}

export const notesOf = ({ page }: Pick<Tab, "page">): Promise<Noted> => page.evaluate("bench.noted()");

/** Does something that is measured by its kind. Resolves after the picture that follows. */
export async function act({ page }: Tab, kind: string, does: () => Promise<unknown>): Promise<void> {
  await page.evaluate(`bench.willAct("${kind}")`);
  await does();
  await page.evaluate("bench.settled()");
}

/** For each kind, the 98th percentile of the time from an input to the picture after it, and how many there were. */
export async function latencies(tab: Tab): Promise<Record<string, { p98: number; count: number }>> {
  const { acts, inputs } = await notesOf(tab);
  const slowest = acts.map(([at, kind], i) => {
    const until = acts[i + 1]?.[0] ?? Number.POSITIVE_INFINITY;
    const ofIt = inputs.filter(([begun]) => begun >= at && begun < until).map(([, ms]) => ms);
    // The browser reports no shorter ones.
    return { kind, ms: Math.max(8, ...ofIt) };
  });
  return Object.fromEntries(
    [...Map.groupBy(slowest, ({ kind }) => kind)].map(([kind, all]) => [
      kind,
      {
        p98: quantile(
          all.map(({ ms }) => ms).sort((one, other) => one - other),
          0.98,
        ),
        count: all.length,
      },
    ]),
  );
}

/** How much the page holds after everything that can be let go of has been. */
export async function holdings({ cdp }: Tab): Promise<{ heapMb: number; nodes: number; listeners: number }> {
  for (let n = 0; n < 2; n++) await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const value = (name: string): number => metrics.find((one) => one.name === name)!.value;
  return { heapMb: value("JSHeapUsedSize") / 2 ** 20, nodes: value("Nodes"), listeners: value("JSEventListeners") };
}
