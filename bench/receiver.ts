/** The endpoint of webhooks: takes everything at once, and knows when each request came. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Receiver {
  origin: string;
  /** When requests came, in milliseconds. */
  times: number[];
  /** Resolves when so many more have come than at the call. Throws after a minute. */
  take(count: number): Promise<void>;
  close(): void;
}

const GIVE_UP_MS = 60_000;

export async function startReceiver(): Promise<Receiver> {
  const times: number[] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      times.push(performance.now());
      response.end("taken");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    times,
    async take(count) {
      const until = performance.now() + GIVE_UP_MS;
      const wanted = times.length + count;
      while (times.length < wanted) {
        if (performance.now() > until) throw new Error(`${wanted - times.length} of ${count} requests did not come`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
