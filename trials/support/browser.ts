/** Chromium, driven by its DevTools protocol over Node's own WebSocket: a driver would be a dependency for this file. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const START_SECONDS = 30;
/** A page that never ends to load is taken as it is. */
const LOAD_MS = 10_000;

/** An event's or an answer's fields are named by the protocol, and few are read. */
// oxlint-disable-next-line typescript/no-explicit-any
type Fields = any;

export interface Browser {
  /** A page of a profile of its own: no cookie of another page is in it. */
  page(): Promise<Page>;
  close(): Promise<void>;
}

export interface Page {
  /** Addresses of all requests that the page made, of dialogs it opened, and of windows. */
  readonly requests: string[];
  readonly dialogs: string[];
  /** Messages of the console, which also has what a policy refused. */
  readonly logs: string[];
  /** Navigates, and waits until the page is loaded. */
  open(url: string): Promise<void>;
  /** The value of an expression, which may be a promise. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression is true. */
  until(expression: string, seconds?: number): Promise<void>;
  /** Clicks in the middle of what the selector finds, as a hand does. */
  click(selector: string): Promise<void>;
  /** A picture as PNG. */
  screenshot(size?: { width: number; height: number }): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The browser's path: CHROMIUM, else found in PATH. Throws without one. */
export function chromiumPath(): string {
  const found =
    process.env.CHROMIUM ??
    (process.env.PATH ?? "")
      .split(delimiter)
      .flatMap((folder) => NAMES.map((name) => join(folder, name)))
      .find((path) => existsSync(path));
  if (found === undefined)
    throw new Error("No Chromium was found. Install one (`apt-get install chromium`), or name it in CHROMIUM.");
  return found;
}

/** `hosts`: where names of hosts are, as `evil.test` → `127.0.0.1:8080`; no other name is found. */
export async function launchBrowser(hosts: Record<string, string> = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "omnistream-browser-"));
  const rules = [
    ...Object.entries(hosts).map(([name, place]) => `MAP ${name} ${place}`),
    "MAP * ~NOTFOUND",
    "EXCLUDE 127.0.0.1",
  ];
  const child = spawn(
    chromiumPath(),
    [
      "--headless",
      // Root has no sandbox of processes, and only local pages are opened.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-extensions",
      "--no-first-run",
      `--host-resolver-rules=${rules.join(", ")}`,
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"], detached: true },
  );
  // The trial may end in any way.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  process.once("exit", () => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, "SIGKILL"));
  try {
    const connection = await Connection.open(await addressOf(child));
    return {
      async page() {
        const { browserContextId } = await connection.send("Target.createBrowserContext");
        const { targetId } = await connection.send("Target.createTarget", { url: "about:blank", browserContextId });
        const { sessionId } = await connection.send("Target.attachToTarget", { targetId, flatten: true });
        return openPage(connection, sessionId, browserContextId);
      },
      async close() {
        connection.close();
        await ended(child);
        await rm(profile, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (error) {
    await ended(child);
    throw error;
  }
}

async function openPage(connection: Connection, sessionId: string, browserContextId: string): Promise<Page> {
  const send = (method: string, parameters: Fields = {}): Promise<Fields> =>
    connection.send(method, parameters, sessionId);
  const [requests, dialogs, logs]: [string[], string[], string[]] = [[], [], []];
  let loaded = (): void => undefined;
  connection.listen(sessionId, (method, event) => {
    switch (method) {
      case "Network.requestWillBeSent":
        requests.push(event.request.url);
        break;
      case "Network.webSocketCreated":
        requests.push(event.url);
        break;
      case "Page.windowOpen":
        requests.push(`window ${event.url}`);
        break;
      case "Page.javascriptDialogOpening":
        dialogs.push(`${event.type}: ${event.message}`);
        // It may end with its page.
        send("Page.handleJavaScriptDialog", { accept: true }).catch(() => undefined);
        break;
      case "Runtime.consoleAPICalled":
        logs.push(event.args.map((each: Fields) => each.value).join(" "));
        break;
      case "Log.entryAdded":
        logs.push(event.entry.text);
        break;
      case "Page.loadEventFired":
        loaded();
        break;
    }
  });
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await send(`${domain}.enable`);
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  };
  const page: Page = {
    requests,
    dialogs,
    logs,
    async open(url) {
      const done = new Promise<void>((resolve) => (loaded = resolve));
      const { errorText } = await send("Page.navigate", { url });
      if (errorText) throw new Error(`${url}: ${errorText}`);
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, LOAD_MS))]);
    },
    evaluate,
    async until(expression, seconds = 10) {
      for (const end = Date.now() + seconds * 1000; ;) {
        // A page that is being replaced answers with an error.
        if (await evaluate<boolean>(`Boolean(${expression})`).catch(() => false)) return;
        if (Date.now() > end) {
          const text = await evaluate<string>("location.href + ' ' + document.body?.innerText").catch(String);
          throw new Error(`not true after ${seconds} s: ${expression}\n${text}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async click(selector) {
      await page.until(`document.querySelector(${JSON.stringify(selector)})`);
      const at = await evaluate<{ x: number; y: number }>(
        `(() => { const one = document.querySelector(${JSON.stringify(selector)}); one.scrollIntoView({ block: "center" });
          const { x, y, width, height } = one.getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2 }; })()`,
      );
      for (const type of ["mousePressed", "mouseReleased"])
        await send("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 });
    },
    async screenshot({ width, height } = { width: 1280, height: 900 }) {
      await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
      return Buffer.from((await send("Page.captureScreenshot")).data, "base64");
    },
    close: () => connection.send("Target.disposeBrowserContext", { browserContextId }),
  };
  return page;
}

class Connection {
  private next = 1;
  private readonly waiting = new Map<number, { resolve: (value: Fields) => void; reject: (error: Error) => void }>();
  private readonly listeners = new Map<string, (method: string, event: Fields) => void>();

  private readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, sessionId, method, params, result, error } = JSON.parse(String(data)) as Fields;
      if (id === undefined) return this.listeners.get(sessionId)?.(method, params);
      const one = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) one?.reject(new Error(error.message));
      else one?.resolve(result);
    });
    socket.addEventListener("close", () => {
      for (const { reject } of this.waiting.values()) reject(new Error("the browser ended"));
    });
  }

  static async open(url: string): Promise<Connection> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("the browser refused the connection")));
    });
    return new Connection(socket);
  }

  send(method: string, params: Fields = {}, sessionId?: string): Promise<Fields> {
    const id = this.next++;
    this.socket.send(JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) }));
    return new Promise((resolve, reject) => void this.waiting.set(id, { resolve, reject }));
  }

  listen(sessionId: string, listener: (method: string, event: Fields) => void): void {
    this.listeners.set(sessionId, listener);
  }

  close(): void {
    this.socket.close();
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error("the browser did not start in time")), START_SECONDS * 1000);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the browser ended with ${code}: ${text.slice(-500)}`)));
    child.stderr!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const [, address] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // The group, since the browser has processes of its own.
  process.kill(-child.pid, "SIGKILL");
  await gone;
}
