/** The simulator of mail on a port, with the outages that the simulator of Graph has. */
import { ConnectionLost, type GraphFaults, untilAborted } from "../../simulators/graph/faults.ts";
import { serveSimulator } from "../../simulators/graph/serve.ts";
import { createMailSimulator, type MailSimulator, type MailSimulatorOptions } from "../../simulators/mail/app.ts";

export interface MailServer {
  url: string;
  simulator: MailSimulator;
  /** Outages and rate limits; other faults are Graph's alone. */
  fail(faults: GraphFaults): void;
  close(): Promise<void>;
}

export async function serveMail(options: MailSimulatorOptions): Promise<MailServer> {
  let faults: GraphFaults = {};
  const simulator = createMailSimulator(options);
  const served = await serveSimulator(
    () => ({
      fetch: (request) => {
        if (faults.outage?.mode === "refuse") throw new ConnectionLost();
        if (faults.outage?.mode === "hang") return untilAborted(request.signal);
        if (faults.outage) return Promise.resolve(new Response("Internal Server Error", { status: 500 }));
        if (faults.rateLimit) {
          const headers = { "retry-after": String(faults.rateLimit.retryAfterSeconds ?? 1) };
          const body = { name: "rate_limit_exceeded", message: "Too many requests" };
          return Promise.resolve(Response.json(body, { status: 429, headers }));
        }
        return simulator.fetch(request);
      },
      reset: () => simulator.reset(),
    }),
    { port: 0 },
  );
  return { url: served.url, simulator, fail: (next) => (faults = next), close: () => served.close() };
}
