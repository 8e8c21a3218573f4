/** The demo's second part, for a team: allocation of a queue, a transfer, a survey, and an SLA warning. */
import { type Answer, type Call, callOk } from "./api-client.ts";
import { admin, agent, phoneNumberId } from "./demo-account.ts";
import { app, check, heading, measured, newPhone, rowsOf, say, simulator } from "./demo-stage.ts";
import { type Arrival, LiveSocket } from "./live-socket.ts";
import { bold, cyan, dim, milliseconds } from "./terminal.ts";

const DIVISION = "Sales";
const POLICY = "Demo: first answer within two minutes";
const ben = { email: "ben@demo.test", password: agent.password };
/** The warning is due after twelve seconds; the next cron run sends it. */
const POLICY_TIMES = { first_response_time_secs: 120, resolution_time_secs: 86_400, warning_threshold_pct: 10 };

interface Person {
  name: string;
  id: string;
  live: LiveSocket;
  call(path: string, options?: Call): Promise<Answer>;
}

export async function playTeam(): Promise<void> {
  const boss = await enter("The admin", admin);
  const divisionId = await ensureTeam(boss);
  const people = [await enter("Ana Agent", agent), await enter("Ben Agent", ben)] as const;

  heading(`Four customers wait, and the queue of ${DIVISION} gives them out by turns`);
  const waiting = Array.from({ length: 4 }, (_, i) => ({
    name: `Customer ${i + 1}`,
    from: newPhone(),
    text: "Do you ship to Bandung?",
    phoneNumberId,
  }));
  const { ids } = (await callOk(`${simulator}/_sim/batch`, { body: { items: waiting } })).body as { ids: string[] };
  const conversationIds: string[] = [];
  for (const id of ids) {
    const { frame } = await boss.live.until(
      ({ frame: f }) => f.type === "message.received" && f.message?.external_id === id,
      "the customer's message",
    );
    conversationIds.push(frame.conversation_id!);
  }
  const writtenAt = performance.now();
  const moved = await boss.call("/api/conversations/bulk", {
    body: { conversation_ids: conversationIds, action: "transfer", params: { to_division_id: divisionId } },
  });
  say(boss.name, `transfers four conversations to ${DIVISION}`, moved);
  const given = new Map<string, number>();
  let drainedAt = writtenAt;
  for (const id of conversationIds) {
    const { at, frame } = await boss.live.until(assignmentOf(id), "the assignment");
    drainedAt = Math.max(drainedAt, at);
    const to = frame.conversation?.assigned_agent_id ?? "";
    given.set(to, (given.get(to) ?? 0) + 1);
  }
  const share = people.map(({ name, id }) => `${name} ${given.get(id) ?? 0}`).join(", ");
  check(
    `the queue is empty after ${bold(milliseconds(drainedAt - writtenAt))}: ${share}`,
    people.every(({ id }) => given.get(id) === 2),
  );
  measured.push(["four transferred → all given out", milliseconds(drainedAt - writtenAt), ""]);

  heading("One agent hands a customer over to the other");
  const [ana, other] = people;
  const [first] = rowsOf<{ id: string }>(await ana.call("/api/conversations?assigned_agent_id=me&status=open")).filter(
    ({ id }) => conversationIds.includes(id),
  );
  if (!first) throw new Error("Ana has none of the four");
  const note = "Knows Bandung better than I do";
  say(
    ana.name,
    "transfers hers with a note",
    await ana.call(`/api/conversations/${first.id}/transfer`, { body: { to_agent_id: other.id, note } }),
  );
  const hers = await other.live.until(
    ({ frame }) =>
      frame.type === "conversation.transferred" && frame.data?.note === note && frame.conversation_id === first.id,
    "the transfer",
  );
  console.log(`    on ${cyan(other.name)}'s screen ${dim(hers.frame.type)}`);
  const history = rowsOf<{ note: string | null }>(await other.call(`/api/conversations/${first.id}/transfers`));
  check(
    `the history has ${history.length} transfers, the newest with the note`,
    history.length === 2 && history[0]?.note === note,
  );

  heading("Answered, resolved, and the customer is asked");
  say(
    other.name,
    "answers",
    await other.call(`/api/conversations/${first.id}/messages`, {
      body: { type: "text", content: { text: "We do, in two days." } },
    }),
  );
  say(
    other.name,
    "resolves it",
    await other.call(`/api/conversations/${first.id}/status`, { method: "PATCH", body: { status: "resolved" } }),
  );
  const asked = await boss.call(`/api/conversations/${first.id}/csat`, { method: "POST" });
  say(boss.name, "has the customer asked", asked);
  const { public_url: page } = asked.body as { public_url: string };
  const answered = await fetch(page, { method: "POST", body: new URLSearchParams({ rating: "5", comment: "Quick!" }) });
  console.log(`  ${cyan("The customer")} gives five on the public page ${dim(`(${answered.status})`)}`);
  await boss.live.until(
    ({ frame }) => frame.type === "csat.submitted" && frame.conversation_id === first.id,
    "the rating",
  );
  const { status, rating, comment } = (await boss.call(`/api/conversations/${first.id}/csat`)).body as {
    status: string;
    rating: number;
    comment: string;
  };
  check(`the survey is ${status}: ${rating} of 5, “${comment}”`, status === "completed" && rating === 5);

  heading("Nobody answers the others; the promise is two minutes, and there is a warning before it is broken");
  const unanswered = conversationIds.filter((id) => id !== first.id);
  const isWarning = ({ frame }: Arrival) =>
    frame.type === "sla.warning" && unanswered.includes(frame.conversation_id ?? "");
  const warnedAt = await withProgress(
    "waiting for the minute's clock",
    boss.live.until(isWarning, "the warning", 90_000),
  );
  const seconds = (warnedAt.at - writtenAt) / 1000;
  check(
    `warned ${seconds.toFixed(0)} s after they came, before the 120 s were over`,
    seconds < POLICY_TIMES.first_response_time_secs,
  );
  const sla = (await boss.call(`/api/conversations/${warnedAt.frame.conversation_id}/sla`)).body as {
    frt_status: string;
    frt_elapsed_secs: number;
  };
  check(`its SLA says “${sla.frt_status}” after ${sla.frt_elapsed_secs} s`, sla.frt_status === "warning");
  for (const id of unanswered)
    await boss.call(`/api/conversations/${id}/status`, { method: "PATCH", body: { status: "resolved" } });
  for (const { live } of [boss, ...people]) live.close();
}

async function enter(name: string, credentials: { email: string; password: string }): Promise<Person> {
  const { body } = await callOk(`${app}/api/auth/login`, { body: credentials });
  const { token, agent: self } = body as { token: string; agent: { id: string } };
  return {
    name,
    id: self.id,
    live: await LiveSocket.open(app, token),
    call: (path, options = {}) => callOk(app + path, { token, ...options }),
  };
}

/**
 * Creates the second agent, the agents' division and its SLA policy, unless a former run did. Returns the division's
 * id.
 */
async function ensureTeam({ call }: Person): Promise<string> {
  const agents = rowsOf<{ id: string; email: string }>(await call("/api/agents"));
  if (!agents.some(({ email }) => email === ben.email)) {
    agents.push(
      (await call("/api/agents", { body: { ...ben, full_name: "Ben Agent", role: "agent" } }))
        .body as (typeof agents)[number],
    );
  }
  const divisions = rowsOf<{ id: string; name: string }>(await call("/api/divisions"));
  const division =
    divisions.find(({ name }) => name === DIVISION) ??
    ((await call("/api/divisions", { body: { name: DIVISION, allocation_method: "round_robin" } }))
      .body as (typeof divisions)[number]);
  const members = [agent.email, ben.email].map((email) => agents.find((one) => one.email === email)!.id);
  await call(`/api/divisions/${division.id}/agents`, { body: { agent_ids: members } });
  const policies = rowsOf<{ name: string }>(await call("/api/sla/policies"));
  if (!policies.some(({ name }) => name === POLICY))
    await call("/api/sla/policies", { body: { name: POLICY, ...POLICY_TIMES, division_id: division.id } });
  return division.id;
}

const assignmentOf =
  (conversationId: string) =>
  ({ frame }: Arrival): boolean =>
    frame.type === "conversation.assigned" &&
    frame.conversation_id === conversationId &&
    Boolean(frame.conversation?.assigned_agent_id);

/** Shows the waiting time on a terminal while `work` runs. */
async function withProgress<T>(what: string, work: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const show = (): void =>
    void process.stdout.write(`\r  ${dim(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)}`);
  const timer = process.stdout.isTTY ? setInterval(show, 1000) : undefined;
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (timer) process.stdout.write("\r\u001b[K");
  }
}
