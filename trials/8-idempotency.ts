/** A hundred concurrent calls with the same key: one effect, one answer. */
import { call, type Environment, messagesOf, pause } from "./support/environment.ts";
import { onEveryChannel } from "./support/every-channel.ts";
import { exactly, type Report } from "./support/report.ts";

export const name = "idempotency";

const CALLS = 100;

export const run = (report: Report): Promise<void> =>
  onEveryChannel(report, async (environment, of) => {
    await sendsOnce(environment, of);
    // An agent has no channel.
    if (environment.channel.name === "whatsapp") await createsOnce(environment, of);
  });

async function sendsOnce(environment: Environment, report: Report): Promise<void> {
  const { url, token } = environment;
  const from = "6281100000000";
  await environment.deliver([{ from, id: "wamid.1", at: Date.now(), text: "hello" }]);
  const id = environment.conversationId(from);
  const post = (text: string) =>
    call(`${url}/api/conversations/${id}/messages`, {
      token,
      body: { type: "text", content: { text } },
      headers: { "Idempotency-Key": "one" },
    });
  const answers = await Promise.all(Array.from({ length: CALLS }, () => post("once")));
  exactly(
    report,
    "answered 201 with the same body",
    answers.filter(({ status, body }) => status === 201 && JSON.stringify(body) === JSON.stringify(answers[0]!.body))
      .length,
    CALLS,
  );
  await pause(1000);
  exactly(
    report,
    "messages",
    (await messagesOf(environment, id)).filter(({ direction }) => direction === "outbound").length,
    1,
  );
  exactly(report, "sent to the channel", environment.sent().length, 1);
  const other = await post("another");
  report.figure("same key, other body", other.status, "4xx", other.status >= 400 && other.status < 500);
}

async function createsOnce({ url, token }: Environment, report: Report): Promise<void> {
  const created = await Promise.all(
    Array.from({ length: CALLS }, () =>
      call(`${url}/api/agents`, {
        token,
        body: { email: "twin@trial.test", password: "trial-password", full_name: "Twin", role: "agent" },
        headers: { "Idempotency-Key": "two" },
      }),
    ),
  );
  const made = created.filter(({ status }) => status === 201);
  report.figure(
    "the same for an agent: 201 with one id, or 409 while it runs",
    `${made.length} and ${created.filter(({ status }) => status === 409).length}`,
    `together ${CALLS}`,
    made.length > 0 &&
      new Set(made.map(({ body }) => body.id)).size === 1 &&
      created.every(({ status }) => status === 201 || status === 409),
  );
}
