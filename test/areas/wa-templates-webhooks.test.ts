import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { clock, SECOND } from "../../src/kit/clock";
import { door, eventually, graph } from "../harness";
import { agentWith } from "../tenant";
import { minute, type Shop, shop } from "./wa-templates";

vi.setConfig({ testTimeout: 60_000 });

const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

let at: number;
let mine: Shop;
beforeEach(async () => {
  mine = await shop();
  mine.has({ name: "promo" });
  await mine.sync();
  at = Math.floor(realNow() / SECOND) + 10;
});

interface Event {
  field: string;
  value: Record<string, unknown>;
}
const of = (seconds: number, field: string, value: Record<string, unknown>): Event => ({
  field,
  value: { timestamp: String(at + seconds), ...value },
});
const status = (seconds: number, event: string, more: object = {}): Event =>
  of(seconds, "message_template_status_update", { event, reason: "NONE", ...more });

async function deliver(...events: Event[]): Promise<void> {
  const template = [...graph.state.templates.values()].find(({ wabaId }) => wabaId === mine.wabaId)!;
  for (const { field, value } of events)
    graph.customers.deliverChange({
      field,
      wabaId: mine.wabaId,
      value: {
        message_template_id: Number(template.id),
        message_template_name: "promo",
        message_template_language: "en_US",
        ...value,
      },
    });
  await graph.settle();
}

it("takes each part of a template from its latest report, in any order and twice", async () => {
  const events = [
    status(1, "PAUSED", { other_info: { title: "FIRST_PAUSE", description: "Low quality." } }),
    status(5, "APPROVED"),
    status(9, "DISABLED", { reason: "ABUSIVE_CONTENT" }),
    of(2, "message_template_status_update", { previous_quality_score: "GREEN", new_quality_score: "YELLOW" }),
    of(8, "message_template_quality_update", { new_quality_score: "RED" }),
    of(3, "template_category_update", { new_category: "MARKETING" }),
    of(4, "message_template_components_update", { message_template_element: "Hi {{1}}, order {{2}} left." }),
  ];
  const end = {
    status: "DISABLED",
    status_reason: "ABUSIVE_CONTENT",
    quality: "RED",
    category: "MARKETING",
    components: [{ type: "BODY", text: "Hi {{1}}, order {{2}} left." }],
  };
  await deliver(...events.toReversed(), ...events);
  expect(await mine.named("promo")).toMatchObject(end);
  // An earlier answer of Meta's list does not take it back.
  clock.now = () => (at + 4) * SECOND;
  await mine.sync();
  expect(await mine.named("promo")).toMatchObject({ status: "DISABLED", quality: "RED" });
  clock.now = () => (at + 60) * SECOND;
  await mine.sync();
  expect(await mine.named("promo")).toMatchObject({ status: "APPROVED", status_reason: null, category: "UTILITY" });
});

it("ends the same where two reports have the same second", async () => {
  const [approved, paused] = [status(1, "APPROVED"), status(1, "PAUSED")];
  await deliver(paused, approved);
  expect((await mine.named("promo")).status).toBe("PAUSED");
  mine = await shop();
  mine.has({ name: "promo" });
  await mine.sync();
  await deliver(approved, paused, paused);
  expect((await mine.named("promo")).status).toBe("PAUSED");
});

it("writes down who paused a template and why, once", async () => {
  const paused = status(1, "PAUSED", { other_info: { title: "FIRST_PAUSE", description: "Low quality." } });
  await deliver(paused, paused);
  const { body } = await mine.org.call("GET", "/api/activity-logs?entity_type=wa_template");
  expect(body.data).toHaveLength(1);
  expect(body.data[0]).toMatchObject({
    action: "wa_template.status_changed",
    actor_kind: "system",
    changes: {
      name: ["promo", "promo"],
      status: ["APPROVED", "PAUSED"],
      status_reason: [null, "FIRST_PAUSE: Low quality."],
    },
  });
});

it("tells of a template that is flagged or rated worse, once, and it can still be sent", async () => {
  const events = [
    status(1, "FLAGGED"),
    of(2, "message_template_quality_update", { previous_quality_score: "GREEN", new_quality_score: "RED" }),
    status(3, "UNFLAGGED"),
    status(4, "FLAGGED"),
  ];
  for (const event of events) await deliver(event, event);
  expect(await mine.named("promo")).toMatchObject({ status: "APPROVED", quality: "RED", is_flagged: true });
  // One that was late changes nothing, and a status that is older than a flag still counts.
  await deliver(events[2]!, status(2, "PAUSED"));
  expect(await mine.named("promo")).toMatchObject({ status: "PAUSED", is_flagged: true });
  await deliver(status(5, "REINSTATED"));
  expect(await mine.named("promo")).toMatchObject({ status: "APPROVED", is_flagged: false });
  const { body } = await mine.org.call("GET", "/api/activity-logs?entity_type=wa_template");
  const noticed = body.data.filter(({ action }: any) => action === "wa_template.quality_changed").toReversed();
  expect(noticed.map(({ changes }: any) => [changes.quality, changes.is_flagged])).toEqual([
    [expect.anything(), [false, true]],
    [
      [expect.anything(), "RED"],
      [true, true],
    ],
    [
      ["RED", "RED"],
      [true, false],
    ],
    [
      ["RED", "RED"],
      [false, true],
    ],
    [
      ["RED", "RED"],
      [true, false],
    ],
  ]);
});

it("knows each word of a status", async () => {
  for (const [n, word] of ["IN_APPEAL", "LIMIT_EXCEEDED", "ARCHIVED", "PENDING_DELETION", "DELETED"].entries()) {
    await deliver(status(n + 1, word));
    expect((await mine.named("promo")).status).toBe(word);
  }
});

it("reports no change that a later webhook has taken back", async () => {
  await deliver(status(9, "DISABLED"), of(9, "message_template_quality_update", { new_quality_score: "RED" }));
  const { body: before } = await mine.org.call("GET", "/api/activity-logs?entity_type=wa_template");
  clock.now = () => (at + 4) * SECOND;
  await mine.sync();
  expect(await mine.named("promo")).toMatchObject({ status: "DISABLED", quality: "RED" });
  const { body: after } = await mine.org.call("GET", "/api/activity-logs?entity_type=wa_template");
  expect(after.data).toEqual(before.data);
});

it("fetches a template that it did not know, and applies nothing to other organizations", async () => {
  const other = await shop();
  other.has({ name: "promo" });
  await other.sync();
  mine.has({ name: "made_at_meta" });
  graph.customers.deliverChange({
    field: "message_template_status_update",
    wabaId: mine.wabaId,
    value: {
      event: "APPROVED",
      message_template_id: 1,
      message_template_name: "made_at_meta",
      message_template_language: "en_US",
    },
  });
  await deliver(status(1, "DISABLED"));
  expect(await mine.named("made_at_meta")).toBeUndefined();
  clock.now = () => realNow() + 2 * SECOND;
  await minute();
  expect(await mine.named("made_at_meta")).toMatchObject({ status: "APPROVED" });
  expect((await mine.named("promo")).status).toBe("DISABLED");
  expect((await other.named("promo")).status).toBe("APPROVED");
});

it("tells everybody live who may see templates, and nobody else", async () => {
  const [agent, other] = [await mine.org.agent(), await agentWith(mine.org, ["conversations.view"])];
  const frames = new Map<string, any[]>();
  for (const who of [agent, other]) {
    const { webSocket } = await door("/api/live", {
      headers: { upgrade: "websocket", authorization: `Bearer ${who.token}` },
    });
    const heard: any[] = [];
    frames.set(who.agentId, heard);
    webSocket!.accept();
    webSocket!.addEventListener("message", ({ data }) => void heard.push(JSON.parse(String(data))));
  }
  await deliver(status(1, "PAUSED", { other_info: { title: "FIRST_PAUSE", description: "Low quality." } }));
  const { id } = await mine.named("promo");
  await eventually(async () =>
    expect(frames.get(agent.agentId)!.at(-1)).toMatchObject({
      type: "wa_template.status_changed",
      entity_id: id,
      data: { status: ["APPROVED", "PAUSED"], status_reason: [null, "FIRST_PAUSE: Low quality."] },
    }),
  );
  await deliver(status(2, "FLAGGED"));
  await eventually(async () =>
    expect(frames.get(agent.agentId)!.at(-1)).toMatchObject({
      type: "wa_template.quality_changed",
      entity_id: id,
      data: { name: ["promo", "promo"], is_flagged: [false, true] },
    }),
  );
  expect(frames.get(other.agentId)!.map(({ type }) => type)).toEqual(["hello"]);
});
