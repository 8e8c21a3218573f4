/**
 * Runs the least that taking a large mail needs, in a process of its own: a Worker that streams a body to R2, then from
 * there to another object, as the file in a mail is. The argument is the directory of its state.
 */
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

const SCRIPT = `export default {
  async fetch(request, env) {
    const name = crypto.randomUUID();
    await env.FILES.put(name, request.body);
    const { body, size } = await env.FILES.get(name);
    await env.FILES.put(name + "/file", body.pipeThrough(new FixedLengthStream(size)));
    return new Response();
  },
};`;

const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({
    name: "bare-store",
    compatibilityDate: "2026-01-01",
    modules: true,
    script: SCRIPT,
    r2Buckets: { FILES: "files" },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    cf: false,
    telemetry: { enabled: false },
  }),
  resourcePersistencePath: process.argv[2]!,
});
await miniflare.ready;
const { origin } = await miniflare.unsafeGetDirectURL("bare-store");
process.stdout.write(`${JSON.stringify({ url: origin })}\n`);
// Stdin closes when the parent ends, however it ends.
process.stdin.resume();
process.stdin.on("end", () => void miniflare.dispose().finally(() => process.exit(0)));
