import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newConversation } from "../../src/domain/conversation/new-conversation";
import type { ConversationState, Outcome } from "../../src/domain/conversation/state";
import type { ActorRef } from "../../src/domain/event";
import { climb, type MessageStatus, OUTCOME_UNKNOWN, type StoredMessage } from "../../src/domain/message/state";
import { applySendResult } from "../../src/domain/conversation/results";
import { applyUpdate } from "../../src/domain/conversation/updates";
import { MAX_TAGS } from "../../src/domain/conversation/changes";
import { applyCommand } from "../../src/domain/conversation/command";
import { type Command, commandOf } from "../../src/domain/conversation/commands";
import { channelWindow } from "../../src/domain/window";
import type { ChannelUpdate, Content } from "../../src/channels/channel";

const HOUR = 3_600_000;
const T0 = 1_760_000_000_000;
const agent: ActorRef = { kind: "agent", id: "agent-1" };
const identity = {
  id: "0b8f3a52-7a11-5f0e-9d3c-111111111111",
  orgId: "o",
  tenantDb: "TENANT_DB_00",
  channel: "whatsapp" as const,
  accountId: "acc",
  accountExternalId: "1",
  contactId: "c",
  threadKey: "+62",
};

/** A conversation with its messages, as the object keeps them. */
class World {
  state = newConversation(identity, T0);
  messages = new Map<string, StoredMessage>();
  find = ({ externalId, id }: { externalId?: string; id?: string }): StoredMessage | undefined =>
    (id === undefined ? undefined : this.messages.get(id)) ??
    [...this.messages.values()].find((m) => externalId !== undefined && m.externalId === externalId);

  keep(outcome: Outcome): Outcome {
    this.state = outcome.state;
    for (const message of outcome.messages) this.messages.set(message.id, message);
    return outcome;
  }
  update(update: ChannelUpdate, now = T0): Outcome {
    return this.keep(applyUpdate(this.state, update, this.find, now, undefined, () => [...this.messages.values()]));
  }
  says(externalId: string, text = "hi", at = T0): Outcome {
    return this.update(
      {
        kind: "message",
        account: "1",
        from: { address: "+62" },
        message: { externalId, at, type: "text", content: { text } },
      },
      at,
    );
  }
  command(command: Command, now = T0, actor = agent) {
    const env = {
      window: channelWindow("whatsapp"),
      complete: (message: { content: Content }) => message.content,
      check: () => [],
      find: this.find,
      note: () => undefined,
      chargedAs: () => undefined,
      linkOf: (key: string) => key,
    };
    const outcome = applyCommand(this.state, commandOf(command.kind), command, actor, env, now);
    return "problem" in outcome ? outcome : this.keep(outcome);
  }
  sends(text = "yes", now = T0): StoredMessage {
    const outcome = this.command({ kind: "send", message: { type: "text", content: { text }, replyTo: null } }, now);
    return (outcome as Outcome).messages[0]!;
  }
}

const begun = (): World => {
  const world = new World();
  world.says("in-1");
  return world;
};
const types = (outcome: unknown): string[] => (outcome as Outcome).events.map((event) => event.type);

describe("the channel's updates", () => {
  const status = (externalId: string, word: "sent" | "delivered" | "read" | "failed"): ChannelUpdate => ({
    kind: "status",
    account: "1",
    to: {},
    externalId,
    status: word,
    at: T0 + 5,
  });
  const on = { account: "1", from: { address: "+62" }, externalId: "x", at: T0 + 1, target: "in-1" };
  it.each<[string, ChannelUpdate, string[], (world: World) => unknown, unknown]>([
    [
      "a reaction",
      { kind: "reaction", ...on, emoji: "👍" },
      ["message.updated"],
      (w) => w.find({ externalId: "in-1" })!.reactions,
      [{ emoji: "👍", by: "customer", at: T0 + 1 }],
    ],
    [
      "a reaction taken back",
      { kind: "reaction", ...on },
      ["message.updated"],
      (w) => w.find({ externalId: "in-1" })!.reactions,
      [{ emoji: "", by: "customer", at: T0 + 1 }],
    ],
    ["a reaction to nothing", { kind: "reaction", ...on, target: "?", emoji: "👍" }, [], (w) => w.messages.size, 1],
    [
      "an edit",
      { kind: "edit", ...on, content: { text: "ho" } },
      ["message.updated"],
      (w) => w.find({ externalId: "in-1" })!.content,
      { text: "ho" },
    ],
    [
      "a revoke",
      { kind: "revoke", ...on },
      ["message.updated"],
      (w) => w.find({ externalId: "in-1" })!.revokedAt,
      T0 + 1,
    ],
    [
      "a new number",
      { kind: "address_changed", account: "1", from: {}, externalId: "x", at: T0, newAddress: "+63" },
      ["conversation.updated", "message.received"],
      (w) => w.state.address,
      "+63",
    ],
    ["a status of a customer's message", status("in-1", "read"), [], (w) => w.state.version, 1],
    ["a status of what we do not have", status("?", "read"), [], (w) => w.state.version, 1],
  ])("%s", (_name, update, events, look, expected) => {
    const world = begun();
    expect(types(world.update(update))).toEqual(events);
    expect(look(world)).toEqual(expected);
  });

  describe("a watermark", () => {
    const watermark = (word: "delivered" | "read", upTo: number): ChannelUpdate => ({
      kind: "watermark",
      account: "1",
      to: { address: "+62" },
      status: word,
      upTo,
      at: upTo + 1,
    });
    /** Written and accepted by the channel at these times. */
    const sent = (world: World, writtenAt: number, acceptedAt = writtenAt): StoredMessage => {
      const message = world.sends("yes", writtenAt);
      const result = { status: "sent" as const, externalId: `out-${message.id}` };
      world.keep(applySendResult(world.state, message, result, world.find, acceptedAt));
      return message;
    };
    const statusOf = (world: World, { id }: StoredMessage) => world.messages.get(id)!.status;

    it("is a receipt of everything that was sent up to it, and of nothing else", () => {
      const world = begun();
      const [first, second] = [sent(world, T0 + 1000), sent(world, T0 + 2000)];
      const later = sent(world, T0 + 9000);
      const unsent = world.sends("waits", T0 + 2500);
      const outcome = world.update(watermark("read", T0 + 3000), T0 + 10_000);
      expect(types(outcome)).toEqual(["message.status", "message.status"]);
      expect([first, second, later, unsent].map((message) => statusOf(world, message))).toEqual([
        "read",
        "read",
        "sent",
        "queued",
      ]);
      expect(world.messages.get(first.id)!.times.read).toBe(T0 + 3001);
      expect(world.find({ externalId: "in-1" })!.status).toBe("received");
    });

    it("takes nothing back, and says nothing twice", () => {
      const world = begun();
      const message = sent(world, T0 + 1000);
      world.update(watermark("read", T0 + 2000), T0 + 3000);
      for (const word of ["delivered", "read"] as const) {
        expect(types(world.update(watermark(word, T0 + 2500), T0 + 4000))).toEqual([]);
      }
      expect(statusOf(world, message)).toBe("read");
    });

    it("counts a message whose answer came after it, but not one that waited to be sent", () => {
      const world = begun();
      const slow = sent(world, T0 + 1000, T0 + 15_000);
      const delayed = sent(world, T0 + 1500, T0 + 120_000);
      world.update(watermark("read", T0 + 2000), T0 + 130_000);
      expect([slow, delayed].map((message) => statusOf(world, message))).toEqual(["read", "sent"]);
    });

    it("leaves a failure as it is", () => {
      const world = begun();
      const message = sent(world, T0 + 1000);
      const failed = { code: "1", title: "No" };
      world.update({ ...status(`out-${message.id}`, "failed"), failure: failed } as ChannelUpdate, T0 + 1100);
      world.update(watermark("delivered", T0 + 2000), T0 + 3000);
      expect(statusOf(world, message)).toBe("failed");
    });
  });

  it("begins with the first message, and counts what is unread", () => {
    const world = new World();
    expect(types(world.says("a"))).toEqual(["conversation.created", "message.received"]);
    expect(types(world.says("b"))).toEqual(["message.received"]);
    expect(world.state).toMatchObject({
      status: "open",
      unreadCount: 2,
      messageCount: 2,
      version: 2,
      seq: 3,
      cycle: 1,
      address: "+62",
    });
  });

  it("reopens a resolved conversation with a new cycle", () => {
    const world = begun();
    world.command({ kind: "set_status", status: "resolved" });
    expect(types(world.says("b"))).toEqual(["conversation.reopened", "message.received"]);
    expect(world.state).toMatchObject({ status: "open", cycle: 2 });
    expect(world.find({ externalId: "b" })!.cycle).toBe(2);
  });

  it("says the same of a reopening, whoever reopens", () => {
    const by: ((world: World) => Outcome)[] = [
      (world) => world.says("b"),
      (world) => world.command({ kind: "send", message: { type: "text", content: {}, replyTo: null } }) as Outcome,
      (world) => world.command({ kind: "set_status", status: "open" }) as Outcome,
    ];
    for (const reopen of by) {
      const world = begun();
      world.command({ kind: "set_status", status: "resolved" });
      expect(reopen(world).events[0]).toMatchObject({
        type: "conversation.reopened",
        data: { from: "resolved", to: "open", cycle: 2 },
      });
    }
  });

  it("shows the newest message whatever order they come in, and none from the future", () => {
    const world = begun();
    world.says("late", "an older one", T0 - HOUR);
    expect(world.state).toMatchObject({ lastMessage: "hi", lastInboundAt: T0, lastInboundExternalId: "in-1" });
    world.update(
      {
        kind: "message",
        account: "1",
        from: {},
        message: { externalId: "ahead", at: T0 + HOUR, type: "image", content: {} },
      },
      T0 + 1,
    );
    expect(world.state).toMatchObject({ lastMessage: "[image]", lastMessageAt: T0 + 1, lastInboundAt: T0 + 1 });
  });

  it("joins a reply to what it answers", () => {
    const world = begun();
    world.update({
      kind: "message",
      account: "1",
      from: {},
      message: { externalId: "b", at: T0, type: "text", content: {}, replyTo: "in-1" },
    });
    world.update({
      kind: "message",
      account: "1",
      from: {},
      message: { externalId: "c", at: T0, type: "text", content: {}, replyTo: "unknown" },
    });
    expect(world.find({ externalId: "b" })!.replyTo).toBe(world.find({ externalId: "in-1" })!.id);
    expect(world.find({ externalId: "c" })!.replyTo).toBeNull();
  });
});

describe("a command", () => {
  it.each<[string, Command[], string[], Partial<ConversationState>]>([
    ["assign", [{ kind: "assign", agentId: "a" }], ["conversation.assigned"], { assignedAgentId: "a" }],
    [
      "assign to who has it",
      [
        { kind: "assign", agentId: "a" },
        { kind: "assign", agentId: "a" },
      ],
      [],
      { assignedAgentId: "a", version: 2 },
    ],
    [
      "unassign",
      [
        { kind: "assign", agentId: "a" },
        { kind: "assign", agentId: null },
      ],
      ["conversation.unassigned"],
      { assignedAgentId: null },
    ],
    [
      "leave an agent",
      [
        { kind: "assign", agentId: "a" },
        { kind: "leave_agent", agentId: "a", reason: "agent_deleted" },
      ],
      ["conversation.unassigned"],
      { assignedAgentId: null },
    ],
    [
      "leave an agent who has lost it meanwhile",
      [
        { kind: "assign", agentId: "b" },
        { kind: "leave_agent", agentId: "a", reason: "agent_deleted" },
      ],
      [],
      { assignedAgentId: "b" },
    ],
    [
      "takeover",
      [{ kind: "set_status", status: "pending" }, { kind: "takeover" }],
      ["conversation.transferred", "conversation.assigned", "conversation.status_changed"],
      { assignedAgentId: "agent-1", status: "open", aiEpoch: 1 },
    ],
    ["takeover of one's own", [{ kind: "takeover" }, { kind: "takeover" }], [], { aiEpoch: 1 }],
    [
      "transfer to an agent",
      [{ kind: "transfer", toAgentId: "a", toDivisionId: null, note: "n" }],
      ["conversation.transferred", "conversation.assigned"],
      { assignedAgentId: "a", divisionId: null },
    ],
    [
      "transfer to a division",
      [
        { kind: "assign", agentId: "a" },
        { kind: "transfer", toAgentId: null, toDivisionId: "d", note: null },
      ],
      ["conversation.transferred", "conversation.unassigned", "conversation.status_changed"],
      { assignedAgentId: null, divisionId: "d", status: "pending", waitingSince: T0 },
    ],
    [
      "allocate what waits",
      [
        { kind: "transfer", toAgentId: null, toDivisionId: "d", note: null },
        { kind: "allocate", agentId: "a", divisionId: "d" },
      ],
      ["conversation.assigned", "conversation.status_changed"],
      { assignedAgentId: "a", divisionId: "d", status: "open", waitingSince: null },
    ],
    [
      "allocate what somebody has taken",
      [
        { kind: "transfer", toAgentId: "b", toDivisionId: "d", note: null },
        { kind: "allocate", agentId: "a", divisionId: "d" },
      ],
      [],
      { assignedAgentId: "b" },
    ],
    [
      "allocate what has gone to another division",
      [
        { kind: "transfer", toAgentId: null, toDivisionId: "e", note: null },
        { kind: "allocate", agentId: "a", divisionId: "d" },
      ],
      [],
      { assignedAgentId: null, waitingSince: T0 },
    ],
    [
      "leave a division that is deleted",
      [
        { kind: "transfer", toAgentId: null, toDivisionId: "d", note: null },
        { kind: "leave_division", divisionId: "d" },
      ],
      ["conversation.transferred", "conversation.status_changed"],
      { divisionId: null, status: "open", waitingSince: null },
    ],
    ["leave a division that it is not in", [{ kind: "leave_division", divisionId: "d" }], [], { divisionId: null }],
    [
      "resolve",
      [{ kind: "set_status", status: "resolved" }],
      ["conversation.resolved"],
      { status: "resolved", cycle: 1 },
    ],
    ["the same status", [{ kind: "set_status", status: "open" }], [], { status: "open", version: 1 }],
    ["to pending", [{ kind: "set_status", status: "pending" }], ["conversation.status_changed"], { status: "pending" }],
    [
      "reopen",
      [
        { kind: "set_status", status: "resolved" },
        { kind: "set_status", status: "open" },
      ],
      ["conversation.reopened"],
      { status: "open", cycle: 2 },
    ],
    [
      "tags, unique ignoring case, the first spelling",
      [{ kind: "set_tags", tags: ["VIP", "vip", "New"] }],
      ["conversation.tags_changed"],
      { tags: ["VIP", "New"] },
    ],
    [
      "add a tag that is there",
      [
        { kind: "set_tags", tags: ["VIP"] },
        { kind: "add_tags", tags: ["vip"] },
      ],
      [],
      { tags: ["VIP"] },
    ],
    [
      "remove tags ignoring case",
      [
        { kind: "set_tags", tags: ["VIP", "New"] },
        { kind: "remove_tags", tags: ["vip", "none"] },
      ],
      ["conversation.tags_changed"],
      { tags: ["New"] },
    ],
    ["read", [{ kind: "mark_read" }], ["conversation.read"], { unreadCount: 0, readUpTo: 1 }],
    ["read what is read", [{ kind: "mark_read" }, { kind: "mark_read" }], [], { version: 2 }],
    ["mark as unread", [{ kind: "mark_read" }, { kind: "mark_unread" }], ["conversation.unread"], { unreadCount: 1 }],
    ["mark as unread what is unread", [{ kind: "mark_unread" }], [], { unreadCount: 1 }],
    ["name the contact", [{ kind: "rename_contact", name: "N" }], ["conversation.updated"], { givenName: "N" }],
    ["expire before its time", [{ kind: "expire" }], [], { status: "open" }],
    [
      "answer what waits",
      [
        { kind: "set_status", status: "pending" },
        { kind: "send", message: { type: "text", content: {}, replyTo: null } },
      ],
      ["conversation.status_changed", "message.queued"],
      { status: "open", aiEpoch: 1 },
    ],
    [
      "answer what waits in a queue",
      [
        { kind: "transfer", toAgentId: null, toDivisionId: "d", note: null },
        { kind: "send", message: { type: "text", content: {}, replyTo: null } },
      ],
      ["conversation.status_changed", "conversation.assigned", "message.queued"],
      { status: "open", assignedAgentId: "agent-1", waitingSince: null },
    ],
    [
      "unassign in a division",
      [
        { kind: "transfer", toAgentId: "a", toDivisionId: "d", note: null },
        { kind: "assign", agentId: null },
      ],
      ["conversation.unassigned", "conversation.status_changed"],
      { status: "pending", assignedAgentId: null, waitingSince: T0, givenUpBy: null },
    ],
    [
      "give up what was one's own",
      [
        { kind: "transfer", toAgentId: "agent-1", toDivisionId: "d", note: null },
        { kind: "assign", agentId: null },
      ],
      ["conversation.unassigned", "conversation.status_changed"],
      { status: "pending", givenUpBy: "agent-1" },
    ],
    [
      "answer what was resolved",
      [
        { kind: "set_status", status: "resolved" },
        { kind: "send", message: { type: "text", content: {}, replyTo: null } },
      ],
      ["conversation.reopened", "message.queued"],
      { status: "open", cycle: 2 },
    ],
  ])("%s", (_name, commands, events, expected) => {
    const world = begun();
    const last = commands.map((command) => world.command(command)).at(-1);
    expect(types(last)).toEqual(events);
    expect(world.state).toMatchObject(expected);
  });

  it("refuses what cannot be, and leaves all as it was", () => {
    const world = begun();
    const tags = Array.from({ length: MAX_TAGS }, (_, i) => `t${i}`);
    world.command({ kind: "set_tags", tags });
    const before = structuredClone(world.state);
    expect(world.command({ kind: "add_tags", tags: ["one more"] })).toMatchObject({
      problem: "conversation_too_many_tags",
    });
    expect(world.command({ kind: "transfer", toAgentId: null, toDivisionId: null, note: null })).toMatchObject({
      problem: "transfer_to_self",
    });
    expect(
      world.command({ kind: "send", message: { type: "text", content: {}, replyTo: null } }, T0 + 24 * HOUR),
    ).toMatchObject({
      problem: "conversation_window_closed",
    });
    expect(world.state).toEqual(before);
    world.command({ kind: "set_status", status: "resolved" });
    for (const command of [
      { kind: "takeover" },
      { kind: "transfer", toAgentId: "a", toDivisionId: null, note: null },
    ] as const) {
      expect(world.command(command)).toMatchObject({ problem: "conversation_resolved" });
    }
  });

  it("keeps its place in a queue while it waits there, and gets a new one elsewhere or after it was with somebody", () => {
    const world = new World();
    world.says("m1");
    const since = (command: Command, at: number): number | null | undefined => {
      world.command(command, at);
      return world.state.waitingSince;
    };
    const toDivision = (id: string): Command => ({ kind: "transfer", toAgentId: null, toDivisionId: id, note: null });
    expect(world.state.waitingSince).toBeNull();
    expect(since(toDivision("d"), T0 + 1)).toBe(T0 + 1);
    world.says("m2", "still there?", T0 + 2);
    expect(since({ kind: "set_tags", tags: ["x"] }, T0 + 3)).toBe(T0 + 1);
    expect(since(toDivision("e"), T0 + 4)).toBe(T0 + 4);
    expect(since({ kind: "allocate", agentId: "a", divisionId: "e" }, T0 + 5)).toBeNull();
    expect(since({ kind: "assign", agentId: null }, T0 + 6)).toBe(T0 + 6);
    expect(since({ kind: "set_status", status: "resolved" }, T0 + 7)).toBeNull();
    world.says("m3", "again", T0 + 8);
    expect(world.state.waitingSince).toBe(T0 + 8);
  });

  it("lets templates through a closed window, and expires what it closed", () => {
    const world = begun();
    expect(
      types(world.command({ kind: "send", message: { type: "template", content: {}, replyTo: null } }, T0 + 20 * HOUR)),
    ).toEqual(["message.queued"]);
    expect(types(world.command({ kind: "expire" }, T0 + 23 * HOUR - 1))).toEqual([]);
    expect(types(world.command({ kind: "expire" }, T0 + 23 * HOUR))).toEqual(["window.expiring"]);
    expect(types(world.command({ kind: "expire" }, T0 + 24 * HOUR))).toEqual(["window.expired"]);
    // As long as a window lasts after the template.
    expect(types(world.command({ kind: "expire" }, T0 + 44 * HOUR - 1))).toEqual([]);
    expect(types(world.command({ kind: "expire" }, T0 + 44 * HOUR))).toEqual(["conversation.resolved"]);
    expect(types(world.command({ kind: "expire" }, T0 + 44 * HOUR))).toEqual([]);
  });

  it("owes no answer after one from the shop's phone, whichever comes first, unless that does not arrive", () => {
    const world = begun();
    const owes = (): boolean => world.state.isUnanswered;
    const echoes = (externalId: string, at: number) =>
      world.update(
        {
          kind: "echo",
          account: "1",
          to: { address: "+62" },
          message: { externalId, at, type: "text", content: { text: "yes" } },
        },
        at,
      );
    expect(owes()).toBe(true);
    echoes("echo-1", T0 + 5000);
    expect(owes()).toBe(false);
    world.says("late", "before the answer", T0 + 2000);
    expect(owes()).toBe(false);
    world.says("next", "and now?", T0 + 6000);
    expect(owes()).toBe(true);
    echoes("echo-2", T0 + 7000);
    expect(owes()).toBe(false);
    world.update({ kind: "status", account: "1", to: {}, externalId: "echo-2", status: "failed", at: T0 + 8000 });
    expect(owes()).toBe(true);
  });

  it("owes an answer to what a customer wrote until a person answers, and again if the answer does not arrive", () => {
    const world = begun();
    const owes = (): boolean => world.state.isUnanswered;
    const fails = ({ id }: StoredMessage) =>
      world.keep(
        applySendResult(
          world.state,
          world.messages.get(id)!,
          { status: "failed", failure: { code: "131026", title: "Message undeliverable" } },
          world.find,
          T0 + 4,
        ),
      );
    expect(owes()).toBe(true);
    const ask = { type: "text" as const, content: { text: "How was it?" }, replyTo: null };
    world.command({ kind: "request_survey", cycle: 1, ask }, T0 + 1, { kind: "system", id: null });
    world.command({ kind: "assign", agentId: "agent-1" }, T0 + 1);
    world.command({ kind: "mark_read" }, T0 + 1);
    expect(owes()).toBe(true);
    const first = world.sends("yes", T0 + 2);
    expect(owes()).toBe(false);
    const second = world.sends("and no", T0 + 3);
    fails(first);
    expect(owes()).toBe(false);
    fails(second);
    expect(owes()).toBe(true);
    world.command({ kind: "set_status", status: "resolved" }, T0 + 5);
    expect(owes()).toBe(false);
    // The customer has not written in the new cycle.
    fails(world.sends("a template", T0 + 6));
    expect(owes()).toBe(false);
    expect(types(world.command({ kind: "expire" }, T0 + 49 * HOUR))).toEqual([
      "window.expired",
      "conversation.resolved",
    ]);
    world.says("in-2", "again", T0 + 50 * HOUR);
    expect(owes()).toBe(true);
    expect(types(world.command({ kind: "expire" }, T0 + 99 * HOUR))).toEqual(["window.expired"]);
  });

  it("is released by allocation only while the last agent has it, and only unanswered in that cycle", () => {
    const reopened = (...commands: Command[]): World => {
      const world = begun();
      world.command({ kind: "assign", agentId: "a" });
      world.command({ kind: "set_status", status: "resolved" });
      world.says("in-2", "again", T0 + 1);
      for (const command of commands) world.command(command, T0 + 2);
      return world;
    };
    const release = { kind: "release", agentId: "a", cycle: 2 } as const;
    const world = reopened();
    const outcome = world.command(release, T0 + 3, { kind: "system", id: null }) as Outcome;
    expect(outcome.events).toMatchObject([
      { type: "conversation.unassigned", data: { from_agent_id: "a", to_agent_id: null } },
    ]);
    expect(world.state).toMatchObject({ status: "open", assignedAgentId: null, givenUpBy: null, waitingSince: null });
    expect(types(world.command(release, T0 + 4))).toEqual([]);
    const left = reopened().command({ ...release, reason: "agent_deleted" }, T0 + 3) as Outcome;
    expect(left.events).toMatchObject([{ data: { from_agent_id: "a", reason: "agent_deleted", contact_id: "c" } }]);
    const inDivision = reopened({ kind: "transfer", toAgentId: "a", toDivisionId: "d", note: null });
    inDivision.command(release, T0 + 3);
    expect(inDivision.state).toMatchObject({ status: "open", divisionId: "d", waitingSince: T0 + 3 });
    const message = { type: "text" as const, content: { text: "yes" }, replyTo: null };
    for (const meanwhile of [
      { kind: "assign", agentId: "b" },
      { kind: "set_status", status: "resolved" },
      { kind: "send", message },
    ] as Command[])
      expect(types(reopened(meanwhile).command(release, T0 + 3)), meanwhile.kind).toEqual([]);
    expect(types(reopened().command({ ...release, cycle: 1 }, T0 + 3))).toEqual([]);
  });
});

describe("a message's status", () => {
  const all: MessageStatus[] = ["queued", "sending", "sent", "delivered", "read", "failed"];
  const order = ["queued", "sending", "sent", "delivered", "read"];
  it("climbs only, and fails only before it is delivered", () => {
    const message = begun().sends();
    for (const from of all)
      for (const to of all) {
        const after = climb({ ...message, status: from }, to, T0, null)?.status;
        const climbs =
          to === "failed"
            ? ["queued", "sending", "sent"].includes(from)
            : from !== "failed" && order.indexOf(to) > order.indexOf(from);
        // Also of a lower one, when it was.
        const adds = to !== "failed" && to !== "queued";
        expect([from, to, after]).toEqual([from, to, climbs ? to : adds ? from : undefined]);
      }
  });

  it("gives way to the channel's word where the failure was only supposed", () => {
    const supposed = { ...begun().sends(), status: "failed" as const, failure: { code: OUTCOME_UNKNOWN, title: "?" } };
    expect(climb(supposed, "delivered", T0, null)).toMatchObject({ status: "delivered", failure: null });
  });

  it("has a time for each step, none before the one below it, whatever comes first and by whichever clock", () => {
    const world = begun();
    const { id } = world.sends("yes", T0 + 700);
    const says = (status: "sent" | "delivered" | "read", at: number) =>
      world.update({ kind: "status", account: "1", to: {}, externalId: "w1", messageId: id, status, at }, T0 + 2000);
    says("read", T0 + 1000);
    const { version, seq } = world.state;
    says("delivered", T0);
    world.keep(
      applySendResult(
        world.state,
        world.messages.get(id)!,
        { status: "sent", externalId: "w1" },
        world.find,
        T0 + 2000,
      ),
    );
    expect(world.messages.get(id)).toMatchObject({
      status: "read",
      times: { queued: T0 + 700, sent: T0 + 700, delivered: T0 + 700, read: T0 + 1000 },
    });
    // Nobody is told.
    expect(world.state).toMatchObject({ version, seq });
    says("delivered", T0 + 900);
    expect(world.messages.get(id)!.times.delivered).toBe(T0 + 700);
  });

  it("keeps the channel's id and what was said meanwhile", () => {
    const world = begun();
    const message = world.sends();
    world.update({
      kind: "status",
      account: "1",
      to: {},
      externalId: "w1",
      messageId: message.id,
      status: "read",
      at: T0 + 9,
    });
    world.keep(
      applySendResult(
        world.state,
        world.messages.get(message.id)!,
        { status: "sent", externalId: "w1" },
        world.find,
        T0 + 10,
      ),
    );
    expect(world.messages.get(message.id)).toMatchObject({ status: "read", externalId: "w1" });
  });
});

describe("whatever happens", () => {
  const id = fc.integer({ min: 1, max: 8 }).map((n) => `x-${n}`);
  const tag = fc.constantFrom("VIP", "vip", "New", "late");
  const who = fc.constantFrom("a", "b", null);
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.record({
      kind: fc.constant("send" as const),
      message: fc
        .constantFrom("text" as const, "template" as const)
        .map((type) => ({ type, content: { text: "t" }, replyTo: null })),
    }),
    fc.record({ kind: fc.constant("assign" as const), agentId: who }),
    fc.record({
      kind: fc.constant("release" as const),
      agentId: fc.constantFrom("a", "b"),
      cycle: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
      kind: fc.constantFrom("takeover" as const, "mark_read" as const, "mark_unread" as const, "expire" as const),
    }),
    fc.record({ kind: fc.constant("transfer" as const), toAgentId: who, toDivisionId: who, note: fc.constant(null) }),
    fc.record({
      kind: fc.constant("set_status" as const),
      status: fc.constantFrom("open" as const, "pending" as const, "resolved" as const),
    }),
    fc.record({
      kind: fc.constantFrom("set_tags" as const, "add_tags" as const, "remove_tags" as const),
      tags: fc.array(tag, { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant("rename_contact" as const), name: who }),
  );
  const name = fc.option(fc.constantFrom("N", "M"), { nil: undefined });
  const step = fc.oneof(
    fc.record({ do: fc.constant("command" as const), command }),
    fc.record({
      do: fc.constant("message" as const),
      externalId: id,
      skew: fc.integer({ min: -2 * HOUR, max: HOUR }),
      name,
    }),
    fc.record({
      do: fc.constant("status" as const),
      nth: fc.nat(9),
      status: fc.constantFrom("sent" as const, "delivered" as const, "read" as const, "failed" as const),
    }),
    fc.record({ do: fc.constantFrom("reaction" as const, "edit" as const, "revoke" as const), target: id, name }),
  );

  it("never goes back, and moves on by one with every change and only then", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.integer({ min: 0, max: 3 * HOUR })), { maxLength: 60 }), (steps) => {
        const world = new World();
        let now = T0;
        let [received, sinceRead] = [0, 0];
        const rank: Record<MessageStatus, number> = {
          received: 0,
          queued: 0,
          sending: 1,
          sent: 2,
          delivered: 3,
          read: 4,
          failed: 5,
        };
        for (const [what, pause] of steps) {
          now += pause;
          const before = structuredClone(world.state);
          const statuses = new Map([...world.messages.values()].map((m) => [m.id, m.status]));
          const outbound = [...world.messages.values()].filter((m) => m.direction === "outbound");
          let outcome: Outcome | { problem: string };
          if (what.do === "command") {
            outcome = world.command(what.command, now);
            const isAnswer = what.command.kind === "send" && !("problem" in outcome);
            if (what.command.kind === "mark_read" || isAnswer) sinceRead = 0;
            if (what.command.kind === "mark_unread") sinceRead = Math.max(sinceRead, 1);
          } else if (what.do === "message") {
            if (world.find({ externalId: what.externalId })) continue;
            outcome = world.update(
              {
                kind: "message",
                account: "1",
                from: { address: "+62", ...(what.name && { name: what.name }) },
                message: { externalId: what.externalId, at: now + what.skew, type: "text", content: { text: "t" } },
              },
              now,
            );
            received++;
            sinceRead++;
          } else if (what.do === "status") {
            const target = outbound[what.nth % Math.max(1, outbound.length)];
            outcome = world.update(
              {
                kind: "status",
                account: "1",
                to: {},
                externalId: `w-${target?.id}`,
                messageId: target?.id ?? "none",
                status: what.status,
                at: now,
              },
              now,
            );
          } else {
            const base = {
              account: "1",
              from: what.name ? { name: what.name } : {},
              externalId: `${what.do}-${now}`,
              at: now,
              target: what.target,
            };
            outcome = world.update(
              what.do === "edit"
                ? { kind: "edit", ...base, content: { text: "e" } }
                : ({ kind: what.do, ...base } as ChannelUpdate),
              now,
            );
          }
          if ("problem" in outcome) {
            expect(world.state).toEqual(before);
            continue;
          }
          const after = world.state;
          const changed =
            JSON.stringify({ ...after, version: 0, seq: 0 }) !== JSON.stringify({ ...before, version: 0, seq: 0 });
          expect(after.version).toBe(before.version + (changed ? 1 : 0));
          expect(after.seq).toBe(before.seq + outcome.events.length);
          expect(outcome.events.map((event) => event.seq)).toEqual(outcome.events.map((_, i) => before.seq + 1 + i));
          if (outcome.events.length === 0) expect(changed).toBe(false);
          expect(after.cycle).toBeGreaterThanOrEqual(before.cycle);
          expect(after.updatedAt).toBeGreaterThanOrEqual(before.updatedAt);
          for (const message of world.messages.values()) {
            const was = statuses.get(message.id);
            if (was !== undefined) expect(rank[message.status]).toBeGreaterThanOrEqual(rank[was]);
          }
          expect(after.waitingSince != null).toBe(
            after.divisionId !== null && after.assignedAgentId === null && after.status !== "resolved",
          );
          expect(after.messageCount).toBe(world.messages.size);
          expect([...world.messages.values()].filter((m) => m.direction === "inbound")).toHaveLength(received);
          expect(after.unreadCount).toBe(sinceRead);
          expect(new Set(after.tags.map((t) => t.toLowerCase())).size).toBe(after.tags.length);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe("the data for figures", () => {
  const factsOf = (outcome: unknown) =>
    (outcome as Outcome).events.map((event) => [event.type, event.facts?.seconds ?? null]);
  const send = { kind: "send", message: { type: "text", content: { text: "yes" }, replyTo: null } } as const;

  it("is on the events of that moment: whose it was, how long the customer waited and how long it took", () => {
    const world = begun();
    world.command({ kind: "assign", agentId: "agent-2" }, T0 + 1000);
    const answered = world.command(send, T0 + 61_400) as Outcome;
    expect(answered.events[0]!.facts).toEqual({ agentId: "agent-2", divisionId: null, seconds: 61 });
    world.command({ kind: "assign", agentId: null }, T0 + 62_000);
    expect(answered.events[0]!.facts).toMatchObject({ agentId: "agent-2" });
    expect(factsOf(world.command(send, T0 + 70_000))).toEqual([["message.queued", null]]);
    expect(factsOf(world.command({ kind: "set_status", status: "resolved" }, T0 + 100_000))).toEqual([
      ["conversation.resolved", 100],
    ]);
  });

  it("takes the earliest of messages that come out of their order, and no answer of the system's", () => {
    const world = new World();
    world.says("in-2", "second", T0 + 30_000);
    world.update(
      {
        kind: "message",
        account: "1",
        from: { address: "+62" },
        message: { externalId: "in-1", at: T0, type: "text", content: { text: "first" } },
      },
      T0 + 31_000,
    );
    expect(factsOf(world.command(send, T0 + 40_000, { kind: "system", id: null }))).toEqual([["message.queued", null]]);
    expect(factsOf(world.command(send, T0 + 60_000))).toEqual([["message.queued", 60]]);
  });
});
