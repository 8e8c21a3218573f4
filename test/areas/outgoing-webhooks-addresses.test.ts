import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { eventually } from "../harness";
import { due, shop, wake } from "./receiver";

vi.setConfig({ testTimeout: 30_000 });

/** Addresses that no event may go to, by what they are. */
const REFUSED: [what: string, url: string][] = [
  ["127/8", "http://127.0.0.1/"],
  ["127/8, its end", "http://127.255.255.254/"],
  ["0.0.0.0", "http://0.0.0.0/"],
  ["[::]", "http://[::]/"],
  ["[::1]", "http://[::1]/"],
  ["mapped IPv4", "http://[::ffff:127.0.0.1]/"],
  ["mapped metadata", "http://[::ffff:169.254.169.254]/"],
  ["NAT64 of loopback", "http://[64:ff9b::127.0.0.1]/"],
  ["metadata", "http://169.254.169.254/latest/meta-data"],
  ["fd00::/8", "http://[fd00::1]/"],
  ["metadata over IPv6", "http://[fd00:ec2::254]/latest/meta-data"],
  ["fe80::/10", "http://[fe80::1]/"],
  ["10/8", "http://10.0.0.1/"],
  ["172.16/12", "http://172.16.0.1/"],
  ["172.16/12, its end", "http://172.31.255.255/"],
  ["192.168/16", "http://192.168.1.1/"],
  ["100.64/10", "http://100.64.0.1/"],
  ["100.64/10, its end", "http://100.127.255.255/"],
  ["decimal IPv4", "http://2130706433/"],
  ["octal IPv4", "http://0177.0.0.1/"],
  ["hexadecimal IPv4", "http://0x7f.1/"],
  ["hexadecimal metadata", "http://0xa9fea9fe/"],
  ["short IPv4", "http://127.1/"],
  ["full-width digits", "http://①②⑦.0.0.1/"],
  ["trailing dot after IPv4", "http://127.0.0.1./"],
  ["trailing dot after a name", "http://localhost./"],
  ["userinfo", "https://user:pass@example.com/"],
  ["userinfo that looks like a host", "https://example.com@127.0.0.1/"],
  ["localhost", "http://localhost/"],
  ["below localhost", "http://hook.localhost/"],
  ["*.internal", "http://metadata.google.internal/computeMetadata/v1/"],
  ["*.local", "http://printer.local/"],
  ["a bare name", "http://intranet/"],
  ["ftp", "ftp://example.com/"],
  ["file", "file:///etc/passwd"],
  ["gopher", "gopher://example.com/"],
  ["javascript", "javascript:alert(1)"],
  ["data", "data:text/plain,x"],
  ["port 22", "https://example.com:22/"],
  ["port 25", "https://example.com:25/"],
  ["no address", "not an address"],
];

let stage: Awaited<ReturnType<typeof shop>>;
beforeAll(async () => {
  stage = await shop({ max_per_second: 1000 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  // So that no retry of one row goes out in the next.
  await stage.org.tenantDb.prepare("DELETE FROM webhook_deliveries WHERE webhook_id = ?").bind(stage.webhook.id).run();
});

/** Puts an address in the row, as if it had been taken under earlier rules. */
const movedTo = async (url: string): Promise<void> => {
  const { org, webhook } = stage;
  await org.tenantDb.prepare("UPDATE webhooks SET url = ? WHERE id = ?").bind(url, webhook.id).run();
};
/** One delivery, about an entity of its own, as it is after its first attempt. */
const delivered = async (): Promise<any> => {
  const { org, webhook } = stage;
  const entity = crypto.randomUUID();
  await due(org, webhook, [entity]);
  await wake(org, webhook);
  return eventually(async () => {
    const { body } = await org.call("GET", `/api/webhooks/${webhook.id}/deliveries?limit=100`);
    const delivery = body.data.find((one: any) => one.payload.data.entity === entity);
    expect(delivery?.attempt).toBeGreaterThan(0);
    return delivery;
  });
};

/** Objects of other suites in this runtime go on with their retries. */
const OF_OTHERS = /^https?:\/\/((graph|mail|push)\.test|[0-9a-f-]{36}\.example\.net)\//;
const spyOnFetch = () => {
  const out = vi.spyOn(globalThis, "fetch");
  return () =>
    out.mock.calls
      .map(([input, init]) => [input instanceof Request ? input.url : String(input), init?.redirect])
      .filter(([url]) => url === stage.receiver.url || !OF_OTHERS.test(url!));
};

it.each(REFUSED)(
  "sends nothing to %s (%s): not created, not updated, not delivered, tested or resent",
  async (_, url) => {
    const { org, webhook, patch } = stage;
    const requests = spyOnFetch();
    const made = await org.call("POST", "/api/webhooks", { name: "n", url, events: ["contact.created"] });
    expect([made.status, made.body.code, made.body.errors[0].field]).toEqual([422, "webhook_url_refused", "url"]);
    const updated = await patch({ url });
    expect([updated.status, updated.body.code]).toEqual([422, "webhook_url_refused"]);
    await movedTo(url);
    const refused = {
      status: "failed",
      http_status: null,
      error_message: expect.stringMatching(/^The address is refused: /),
    };
    const delivery = await delivered();
    expect(delivery).toMatchObject(refused);
    const path = `/api/webhooks/${webhook.id}`;
    expect((await org.call("POST", `${path}/test`, {})).body).toMatchObject(refused);
    expect((await org.call("POST", `${path}/deliveries/${delivery.id}/resend`)).body).toMatchObject(refused);
    expect(requests()).toEqual([]);
  },
);

it.each(REFUSED.map(([what, url], i) => [[301, 302, 303, 307, 308][i % 5]!, what, url] as const))(
  "follows no redirect %i to %s (%s)",
  async (status, _, url) => {
    const { receiver } = stage;
    await movedTo(receiver.url);
    receiver.answer = () => new Response(null, { status, headers: { location: encodeURI(url) } });
    const requests = spyOnFetch();
    expect(await delivered()).toMatchObject({
      status: "failed",
      http_status: status,
      error_message: `Answered ${status}; redirects are not followed`,
    });
    expect(requests().length).toBeGreaterThan(0);
    for (const request of requests()) expect(request).toEqual([receiver.url, "manual"]);
  },
);

it("reads 16 KiB of an answer of more than 10 MB, and lets the rest be", async () => {
  const { receiver } = stage;
  await movedTo(receiver.url);
  let [sent, wasCancelled] = [0, false];
  receiver.answer = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          if (sent > 12_000_000) return controller.close();
          sent += 4096;
          controller.enqueue(new Uint8Array(4096).fill(0x78));
        },
        cancel: () => void (wasCancelled = true),
      }),
      { headers: { "content-length": "12000000" } },
    );
  const { status, response_body: body } = await delivered();
  expect([status, body.length, wasCancelled]).toEqual(["success", 16 * 1024, true]);
  expect(sent).toBeLessThan(100_000);
});

it("waits for a slow answer no longer than the timeout, whatever drips", async () => {
  const { receiver } = stage;
  await movedTo(receiver.url);
  receiver.answer = (_, signal) =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          if (signal.aborted) controller.error(new Error("stopped"));
          else controller.enqueue(new TextEncoder().encode("."));
        },
      }),
    );
  const { status, duration_ms: ms, response_body: body } = await delivered();
  expect(status).toBe("success");
  expect(ms).toBeLessThan(3000);
  expect(body).toMatch(/^\.{5,20}$/);
});
