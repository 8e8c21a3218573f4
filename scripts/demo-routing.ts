/** The demo's part about a division: its queue drains to two agents, one of whom resolves and then transfers. */
import { randomUUID } from "node:crypto";
import { type Answer, type Call, callOk } from "./api-client.ts";
import { phoneNumberId } from "./demo-account.ts";
import { LiveSocket } from "./live-socket.ts";

const CAPACITY = 2;

/** Returns what was seen, and whether it was as it should be. What it makes is gone at the end. */
export async function playRouting(app: string, simulator: string, token: string, newPhone: () => string): Promise<[what: string, isTrue: boolean][]> {
  const asAdmin = (path: string, options: Call = {}): Promise<Answer> => callOk(app + path, { token, ...options });
  const live = await LiveSocket.open(app, token);
  const { id: divisionId } = (await asAdmin("/api/divisions", { body: { name: `Sales ${randomUUID().slice(0, 8)}`, allocation_method: "round_robin" } })).body;
  const names = ["Dewi", "Joko"];
  const agents = await Promise.all(
    names.map(async (full_name) => {
      const body = { email: `${randomUUID()}@demo.test`, password: randomUUID(), full_name, capacity: CAPACITY };
      const { id } = (await asAdmin("/api/agents", { body })).body;
      await asAdmin(`/api/agents/${id}/status`, { method: "PATCH", body: { is_online: true } });
      return id as string;
    }),
  );
  const nameOf = (agentId: string | null): string => names[agents.indexOf(agentId ?? "")] ?? "nobody";
  try {
    await asAdmin(`/api/divisions/${divisionId}/agents`, { body: { agent_ids: agents } });
    const items = Array.from({ length: 5 }, (_, i) => ({ from: newPhone(), name: `Customer ${i + 1}`, text: "Hello", phoneNumberId }));
    const { ids } = (await callOk(`${simulator}/_sim/batch`, { body: { items } })).body as { ids: string[] };
    const waiting: string[] = [];
    for (const wamid of ids) waiting.push((await live.until(({ frame }) => frame.message?.external_id === wamid, "a message")).frame.conversation_id!);
    const conversations = async (): Promise<{ assigned_agent_id: string | null }[]> =>
      Promise.all(waiting.map(async (id) => (await asAdmin(`/api/conversations/${id}`)).body));
    const shares = async (): Promise<string> =>
      (await conversations())
        .map(({ assigned_agent_id: who }) => nameOf(who))
        .toSorted()
        .join(", ");

    // Into the queue, one after another.
    for (const id of waiting) await asAdmin(`/api/conversations/${id}/transfer`, { body: { to_division_id: divisionId, note: "New customer" } });
    const full = await until(shares, "Dewi, Dewi, Joko, Joko, nobody");
    const last = (await conversations()).findIndex(({ assigned_agent_id: who }) => who === null);
    const done = waiting.find((_, i) => i !== last)!;
    await asAdmin(`/api/conversations/${done}/status`, { method: "PATCH", body: { status: "resolved" } });
    const next = await until(async () => nameOf((await conversations())[last]!.assigned_agent_id), /Dewi|Joko/);
    const from = (await conversations())[last]!.assigned_agent_id;
    const to = agents.find((agentId) => agentId !== from)!;
    await asAdmin(`/api/conversations/${waiting[last]!}/transfer`, { body: { to_agent_id: to, note: "You know them" } });
    const history = (await asAdmin(`/api/conversations/${waiting[last]!}/transfers`)).body as {
      from_agent_name: string;
      to_agent_name: string;
      note: string;
    }[];
    return [
      [`five waited, and each agent takes ${CAPACITY}: ${full}`, full === "Dewi, Dewi, Joko, Joko, nobody"],
      [`one is resolved, and the last in the queue goes to ${next}`, next !== "nobody"],
      [`${history[0]?.from_agent_name} hands it to ${history[0]?.to_agent_name}: “${history[0]?.note}”`, history[0]?.to_agent_name === nameOf(to)],
    ];
  } finally {
    for (const agentId of agents) await asAdmin(`/api/agents/${agentId}`, { method: "DELETE" });
    await asAdmin(`/api/divisions/${divisionId}`, { method: "DELETE" });
    live.close();
  }
}

/** What it says once it says what is wanted, or in the end. */
async function until(ask: () => Promise<string>, wanted: string | RegExp): Promise<string> {
  for (let tries = 0; ; tries++) {
    const said = await ask();
    if (tries === 100 || (typeof wanted === "string" ? said === wanted : wanted.test(said))) return said;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
