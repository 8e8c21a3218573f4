/** Serves the simulator on a port. The only file of the simulator that needs Node. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGraphSimulator } from "./app.ts";
import type { GraphSimulator, GraphSimulatorOptions } from "./app.ts";
import { ConnectionLost } from "./faults.ts";

export interface ServedGraphSimulator {
  url: string;
  simulator: GraphSimulator;
  close(): Promise<void>;
}

/** Starts the server. Port 0 selects a free one. */
export async function serveGraphSimulator(
  options: GraphSimulatorOptions & { port: number; host?: string },
): Promise<ServedGraphSimulator> {
  return serveSimulator((url) => createGraphSimulator({ baseUrl: url, ...options }), options);
}

/** The parts of a simulator that serving needs. */
interface Served {
  fetch(request: Request): Promise<Response>;
  reset(): void;
}

/** Serves any simulator, which is made once its address is known. Port 0 selects a free one. */
export async function serveSimulator<S extends Served>(
  make: (url: string) => S,
  { port, host = "127.0.0.1" }: { port: number; host?: string },
): Promise<{ url: string; simulator: S; close(): Promise<void> }> {
  let simulator: S | undefined;
  const server = createServer((incoming, outgoing) => {
    if (simulator) void answer(simulator, incoming, outgoing);
    else incoming.socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const boundPort = typeof address === "object" && address ? address.port : port;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`;
  const started = make(url);
  simulator = started;
  return {
    url,
    simulator: started,
    close() {
      started.reset();
      return new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        // Kept-alive and hanging connections would keep the server open.
        server.closeAllConnections();
      });
    },
  };
}

async function answer(simulator: Served, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  try {
    const response = await simulator.fetch(toRequest(incoming, gone.signal));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body)
      await pipeline(Readable.fromWeb(response.body as unknown as Parameters<typeof Readable.fromWeb>[0]), outgoing);
    else outgoing.end();
  } catch (error) {
    // A fault caused a lost connection, and the client an abort; any other error is a bug of the simulator.
    if (!(error instanceof ConnectionLost) && !gone.signal.aborted) console.error(error);
    incoming.socket.resetAndDestroy();
  }
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const method = incoming.method ?? "GET";
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  }
  const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "localhost"}`);
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  // Node requires `duplex` for a streamed body; the Workers types do not have it.
  const init = { method, headers, signal, body: Readable.toWeb(incoming), duplex: "half" };
  return new Request(url, init as unknown as RequestInit);
}
