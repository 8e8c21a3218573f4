/** Calls a JSON API and measures the time and the cost of each call. */

export interface Answer {
  status: number;
  // The API document has the types; scripts read a few fields.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  headers: Headers;
  ms: number;
  /** The number of D1 queries, from the Server-Timing header of development; undefined without it. */
  queries: number | undefined;
}

export interface Call {
  method?: string;
  /** A text is sent as it is, anything else as JSON. */
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

export async function call(url: string, { method, body, token, headers }: Call = {}): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  const ms = performance.now() - startedAt;
  const queries = /\bd1_queries;desc="(\d+)"/.exec(response.headers.get("Server-Timing") ?? "")?.[1];
  return {
    status: response.status,
    body: parsed(text),
    headers: response.headers,
    ms,
    queries: queries === undefined ? undefined : Number(queries),
  };
}

/** Calls and returns the answer. Throws an error with the request and the answer unless the call succeeded. */
export async function callOk(url: string, options: Call = {}): Promise<Answer> {
  const answer = await call(url, options);
  if (answer.status >= 400)
    throw new Error(
      `${options.method ?? (options.body === undefined ? "GET" : "POST")} ${url}: ${answer.status} ${JSON.stringify(answer.body)}`,
    );
  return answer;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
