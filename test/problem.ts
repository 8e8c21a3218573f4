import { expect } from "vitest";
import { ProblemBody } from "../src/kit/problem-body";
import type { Answer } from "./harness";

/** Fails unless an answer is a problem in the one shape that all have. */
export function expectProblem(answer: Answer, status: number, code?: string, hint = ""): void {
  expect(answer.status, `${hint} ${JSON.stringify(answer.body)}`).toBe(status);
  expect(answer.headers.get("content-type"), hint).toBe("application/problem+json");
  expect(answer.headers.get("cache-control"), hint).toBe("no-store");
  const body = ProblemBody.strict().parse(answer.body);
  expect(body, hint).toMatchObject({
    status,
    type: `https://omnistream.dev/problems/${body.code}`,
    request_id: answer.headers.get("x-request-id"),
  });
  expect(body.code, hint).toMatch(/^[a-z][a-z0-9_]*$/);
  if (code) expect(body.code, hint).toBe(code);
  if (status === 401) expect(answer.headers.get("www-authenticate"), hint).toBe("Bearer");
}
