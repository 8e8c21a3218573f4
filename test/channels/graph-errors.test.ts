import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChannelError, type FailureClass } from "../../src/channels/channel";
import { classify, classifyStatusError } from "../../src/channels/meta/errors";
import {
  type GraphEndpoint,
  graphCall,
  probeSuspectHost,
  openGraphFile,
  retryAfterSeconds,
} from "../../src/channels/meta/graph";

const TOKEN = "EAAsecret+token/1";

function graphError(code: number, more: Record<string, unknown> = {}) {
  return { error: { message: `(#${code}) Something`, type: "OAuthException", code, fbtrace_id: "x", ...more } };
}

describe("classify", () => {
  const expected: Record<FailureClass, readonly number[]> = {
    reauth: [0, 190],
    forbidden: [3, 10, 200, 250, 299, 131005],
    throttled: [4, 17, 32, 613, 80006, 80007, 130429, 131048, 133016],
    pair_throttled: [131056],
    window_closed: [131047],
    undeliverable: [551, 131026],
    suppressed: [130472, 131049, 131050],
    invalid: [100, 131008, 131009, 131021, 131030, 131051, 133005],
    transient: [1, 2, 131000, 131016, 131057, 133004],
    account_blocked: [368, 131031, 131042],
    rejected_media: [131052, 131053],
    rejected_template: [132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068, 132069, 2388023],
    ambiguous: [],
    deferred: [],
  };
  for (const [failureClass, codes] of Object.entries(expected)) {
    it(`${failureClass}: ${codes.join(", ")}`, () => {
      for (const code of codes) {
        // The code decides, whatever HTTP status it came with.
        for (const status of [400, 403, 500])
          expect(classify(status, graphError(code)).failureClass, `${code}`).toBe(failureClass);
        expect(classifyStatusError([{ code, title: "x" }])?.failureClass, `${code}`).toBe(failureClass);
      }
    });
  }

  it("keeps sending when one country is closed", () => {
    expect(classify(403, graphError(130497)).failureClass).toBe("undeliverable");
  });

  it("goes by the subcode or the details where the code alone does not say it", () => {
    const by = (code: number, more: Record<string, unknown>) => classify(400, graphError(code, more)).failureClass;
    expect(by(10, { error_subcode: 2018278 })).toBe("window_closed");
    expect(by(10, { error_subcode: 2534022 })).toBe("window_closed");
    expect(by(10, { message: "(#10) This message is sent outside of allowed window." })).toBe("window_closed");
    expect(by(100, { error_subcode: 2018001 })).toBe("undeliverable");
    expect(by(100, { error_subcode: 2388023 })).toBe("rejected_template");
    expect(by(1, { error_subcode: 1357046 })).toBe("ambiguous");
    expect(by(190, { error_subcode: 463 })).toBe("reauth");
  });

  it("goes by the HTTP status for codes that it does not know", () => {
    const unknown = { 400: "invalid", 404: "invalid", 429: "throttled", 500: "transient", 503: "transient" };
    for (const [status, failureClass] of Object.entries(unknown)) {
      for (const body of [graphError(987_654), undefined, "text", [], { error: "text" }]) {
        expect(classify(Number(status), body).failureClass, status).toBe(failureClass);
      }
    }
    expect(classify(400, graphError(987_654, { is_transient: true })).failureClass).toBe("transient");
  });

  it("says it in the channel's words", () => {
    expect(
      classify(
        400,
        graphError(131047, { error_data: { messaging_product: "whatsapp", details: "24 hours have passed" } }),
      ).failure,
    ).toEqual({
      code: "131047",
      title: "(#131047) Something",
      detail: "24 hours have passed",
    });
    expect(
      classify(400, graphError(100, { error_subcode: 2388023, error_user_title: "Not allowed", error_user_msg: "Why" }))
        .failure,
    ).toEqual({
      code: "2388023",
      title: "Not allowed",
      detail: "Why",
    });
    expect(classify(502, undefined).failure).toEqual({ code: "http_502", title: "HTTP 502" });
  });

  it("knows when a status has no error", () => {
    for (const errors of [undefined, null, [], [null], ["x"], {}]) expect(classifyStatusError(errors)).toBeUndefined();
  });
});

describe("graphCall", () => {
  const calls: { method: string; url: string; headers: Headers; body: unknown }[] = [];
  let endpoint: GraphEndpoint;
  let origins = 0;
  let answer: (request: { method: string; url: string }) => Response | Promise<Response>;

  beforeEach(() => {
    // An origin of its own: the client's memory of it does not reach the next test.
    origins += 1;
    endpoint = { graphApiUrl: `https://graph-${origins}.test`, graphApiVersion: "v24.0", timeoutMs: 50 };
    calls.length = 0;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      calls.push({ method: request.method, url: request.url, headers: request.headers, body: init?.body });
      return answer(request);
    });
  });
  afterEach(() => vi.restoreAllMocks());

  const post = () => graphCall(endpoint, TOKEN, "POST", "1/messages", { a: 1 });
  const get = () => graphCall(endpoint, TOKEN, "GET", "/1?fields=id");
  async function errorOf(call: () => Promise<unknown>): Promise<ChannelError> {
    const error = await call().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ChannelError)) throw new Error(`no ChannelError: ${String(error)}`);
    return error;
  }

  it("calls the configured version with the token and gives the parsed answer", async () => {
    answer = () => Response.json({ success: true });
    expect(await post()).toEqual({ success: true });
    expect(calls[0]).toMatchObject({
      method: "POST",
      url: `${endpoint.graphApiUrl}/v24.0/1/messages`,
      body: '{"a":1}',
    });
    expect(calls[0]?.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
    await get();
    expect(calls[1]?.url).toBe(`${endpoint.graphApiUrl}/v24.0/1?fields=id`);
  });

  it("gives Graph's error its class, the wait and no token", async () => {
    answer = () =>
      Response.json(graphError(190, { message: `Malformed access token ${TOKEN}` }), {
        status: 401,
        headers: { "retry-after": "7" },
      });
    const error = await errorOf(post);
    expect(error.failureClass).toBe("reauth");
    expect(error.retryAfterSeconds).toBe(7);
    expect(JSON.stringify([error.message, error.failure])).not.toContain("EAA");
  });

  it("does not repeat what may have been sent", async () => {
    const gateway = (status: number) => () => new Response("<html>Bad gateway</html>", { status });
    for (const status of [408, 502, 504, 520, 524]) {
      answer = gateway(status);
      expect((await errorOf(post)).failureClass, `${status}`).toBe("ambiguous");
      expect((await errorOf(get)).failureClass, `${status}`).toBe("transient");
    }
    answer = () => new Response("");
    expect((await errorOf(post)).failureClass).toBe("ambiguous");
    for (const status of [500, 503, 521, 523, 530]) {
      answer = gateway(status);
      expect((await errorOf(post)).failureClass, `${status}`).toBe("transient");
    }
    // Graph's own words are trusted, whatever the status.
    answer = () => Response.json(graphError(2), { status: 502 });
    expect((await errorOf(post)).failureClass).toBe("transient");
  });

  it("takes an error that comes with status 200 for an error", async () => {
    answer = () => Response.json(graphError(131056));
    expect((await errorOf(post)).failureClass).toBe("pair_throttled");
  });

  it("does not follow a redirect with the token", async () => {
    answer = () => new Response(null, { status: 302, headers: { location: "https://elsewhere.test/" } });
    expect((await errorOf(post)).failureClass).toBe("invalid");
    expect(calls).toHaveLength(1);
  });

  it("is in doubt after a lost answer, and knocks until somebody opens", async () => {
    answer = () => Promise.reject(new Error("Network connection lost."));
    expect(await errorOf(post)).toMatchObject({ failureClass: "ambiguous", failure: { code: "connection_lost" } });
    // Nobody opens: nothing is sent, so nothing is in doubt.
    expect(await errorOf(() => probeSuspectHost(endpoint))).toMatchObject({
      failureClass: "transient",
      failure: { code: "unreachable" },
    });
    expect(calls.map((call) => call.method)).toEqual(["POST", "HEAD"]);
    expect(calls[1]?.headers.get("authorization")).toBeNull();
    // Somebody opens: from then on as before.
    answer = ({ method }) => (method === "HEAD" ? new Response(null, { status: 404 }) : Response.json({ ok: true }));
    for (let i = 0; i < 2; i++) {
      await probeSuspectHost(endpoint);
      expect(await post()).toEqual({ ok: true });
    }
    expect(calls.map((call) => call.method)).toEqual(["POST", "HEAD", "HEAD", "POST", "POST"]);
  });

  it("repeats lost calls that do no harm", async () => {
    answer = () => Promise.reject(new Error("Network connection lost."));
    expect((await errorOf(get)).failureClass).toBe("transient");
    expect((await errorOf(() => graphCall(endpoint, TOKEN, "DELETE", "1"))).failureClass).toBe("transient");
    const marked = () => graphCall(endpoint, TOKEN, "POST", "1/messages", { status: "read" }, { idempotent: true });
    expect((await errorOf(marked)).failureClass).toBe("transient");
  });

  it("gives up after the timeout", async () => {
    vi.mocked(fetch).mockImplementation(
      (_, init) =>
        new Promise((_resolve, reject) =>
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)),
        ),
    );
    expect(await errorOf(post)).toMatchObject({ failureClass: "ambiguous", failure: { code: "timeout" } });
  });

  it("gives the token for a file only over TLS or to the service itself", async () => {
    answer = () => new Response("bytes");
    for (const url of ["http://files.test/1", "not an address", "ftp://files.test/1"]) {
      expect((await errorOf(() => openGraphFile(endpoint, TOKEN, url))).failureClass, url).toBe("rejected_media");
    }
    expect(calls).toHaveLength(0);
    expect(await openGraphFile(endpoint, TOKEN, "https://files.test/1")).toBeDefined();
    const simulator = { ...endpoint, graphApiUrl: "http://127.0.0.1:1/graph" };
    expect(await openGraphFile(simulator, TOKEN, "http://127.0.0.1:1/files/1")).toBeDefined();
  });
});

describe("retryAfterSeconds", () => {
  it("reads seconds, dates and Meta's estimate in minutes", () => {
    const of = (headers: HeadersInit) => retryAfterSeconds(new Headers(headers));
    expect(of({ "retry-after": "120" })).toBe(120);
    expect(of({ "retry-after": new Date(Date.now() + 60_000).toUTCString() })).toBeGreaterThan(50);
    expect(of({ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" })).toBe(0);
    const usage = {
      "1": [{ type: "a", estimated_time_to_regain_access: 2 }, { estimated_time_to_regain_access: 5 }],
      "2": [null],
      "3": 1,
    };
    expect(of({ "x-business-use-case-usage": JSON.stringify(usage) })).toBe(300);
    for (const headers of [[], [["retry-after", "soon"]], [["x-business-use-case-usage", "{"]]])
      expect(of(headers)).toBeUndefined();
  });
});
