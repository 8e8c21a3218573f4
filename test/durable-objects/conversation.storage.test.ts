import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { ConversationStorage } from "../../durable-objects/conversation.storage";
import { newConversation } from "../../src/domain/conversation/new-conversation";
import { type DomainEvent, SYSTEM } from "../../src/domain/event";
import { messageId } from "../../src/domain/ids";
import type { StoredMessage } from "../../src/domain/message/state";

const identity = {
  id: "c",
  orgId: "o",
  tenantDb: "TENANT_DB_00",
  channel: "whatsapp" as const,
  accountId: "a",
  accountExternalId: "1",
  contactId: "k",
  threadKey: "+62",
};
/** An empty object's storage, and nothing of the object. */
const within = (work: (store: ConversationStorage, sql: SqlStorage, again: () => ConversationStorage) => void) =>
  runInDurableObject(env.CONVERSATION.getByName(`storage:${crypto.randomUUID()}`), (_object, ctx) =>
    work(new ConversationStorage(ctx.storage), ctx.storage.sql, () => new ConversationStorage(ctx.storage)),
  );
const tables = (sql: SqlStorage): unknown[] =>
  sql
    .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'")
    .toArray();
const message = (id: string, externalId: string | null = null): StoredMessage =>
  ({
    id,
    externalId,
    direction: "outbound",
    status: "queued",
    times: {},
    content: {},
    reactions: [],
  }) as unknown as StoredMessage;

const event = (seq: number): DomainEvent => ({ seq, type: "message.received", at: seq, actor: SYSTEM });

it("writes nothing for a conversation that was only asked for", () =>
  within((store, sql) => {
    expect(store.open()).toBeUndefined();
    expect(tables(sql)).toEqual([]);
  }));

it("finds its state again, also where the beginning is tried twice", () =>
  within((store, sql, again) => {
    const begin = (): void =>
      store.transaction(() => {
        store.create();
        store.saveState({ ...newConversation(identity, 1), version: 7 });
      });
    begin();
    const made = tables(sql);
    expect(again().open()).toMatchObject({ id: "c", version: 7 });
    expect(begin).toThrow("already exists");
    const next = again();
    expect(next.open()).toMatchObject({ version: 7 });
    expect(tables(sql)).toEqual(made);
    expect(next.cursors()).toMatchObject({ projected: 0, published: 0 });
  }));

it("knows the last event also where the state was not written with it, and stores no cursor alone", () =>
  within((store, _sql, again) => {
    store.create();
    store.appendEvents([event(1), event(2)]);
    store.saveState({ ...newConversation(identity, 1), version: 1, seq: 2 });
    store.advance("published", 2);
    store.appendEvents([event(3)]);
    const next = again();
    expect(next.open()).toMatchObject({ version: 1, seq: 3 });
    expect(next.cursors()).toEqual({ projected: 0, published: 0 });
    expect(next.events(1, 10).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(next.events(0, 1).map(({ seq }) => seq)).toEqual([1]);
    expect(next.oldestEvent()).toBe(1);
    // A commit's events go together.
    next.pruneEvents(1);
    expect(next.oldestEvent()).toBe(1);
    next.pruneEvents(2);
    expect(next.oldestEvent()).toBe(3);
  }));

it("finds the queue again, wherever it began", () =>
  within((store, _sql, again) => {
    store.create();
    store.transaction(() => {
      for (const n of [2, 1, 3]) {
        const id = messageId(5000 - n * 1000, "00000000-0000", n);
        store.queueOutgoing(id, "queued", n);
        store.saveMessage(message(id), "{}");
      }
      store.saveState(newConversation(identity, 1));
    });
    const reopened = (): ConversationStorage => {
      const next = again();
      next.open();
      return next;
    };
    expect(reopened().headOutgoing()).toMatchObject({ next_at: 1 });
    reopened().transaction(() => {});
    const next = reopened();
    next.transaction(() => void next.removeOutgoing(next.headOutgoing()!.message_id));
    expect(reopened().headOutgoing()).toMatchObject({ next_at: 2 });
    // A message that is queued without a change of the state.
    const later = reopened();
    const id = messageId(1000, "00000000-0000", 4);
    later.transaction(() => {
      for (const { next_at: n } of [later.headOutgoing()!]) expect(n).toBe(2);
      later.queueOutgoing(id, "queued", 4);
      later.saveMessage(message(id), "{}");
    });
    expect(reopened().counts().outgoing).toBe(3);
  }));

it("takes back all of a step that fails", () =>
  within((store) => {
    store.create();
    expect(() =>
      store.transaction(() => {
        store.saveMessage(message("m1", "x"), "{}");
        store.saveMessage(message("m2", "x"), "{}");
      }),
    ).toThrow("UNIQUE");
    expect(store.counts().messages).toBe(0);
  }));

it("keeps messages in the order of their ids, and the queue in the order of asking", () =>
  within((store) => {
    store.create();
    for (const id of ["b", "a", "c"]) {
      store.queueOutgoing(id, "queued", 1);
      store.saveMessage(message(id, `x-${id}`), "{}");
    }
    expect(store.page(undefined, 2).map((m) => m.id)).toEqual(["c", "b", "a"]);
    expect(store.page("b", 5).map((m) => m.id)).toEqual(["a"]);
    expect(store.messageByExternalId("x-a")!.id).toBe("a");
    expect(store.headOutgoing()).toMatchObject({ message_id: "b", phase: "queued" });
    store.setOutgoing({ message_id: "b", phase: "sending", attempts: 1, doubts: 0, next_at: 2 });
    store.doubtOutgoing(9);
    expect(store.headOutgoing()).toMatchObject({ phase: "unknown", doubts: 1, next_at: 9 });
    store.removeOutgoing("b");
    expect(store.headOutgoing()!.message_id).toBe("a");
  }));

it("sees a thing once, moves its cursors forward only, and forgets keys after their time", () =>
  within((store) => {
    store.create();
    expect([store.markSeen("e"), store.markSeen("e"), store.markSeen("f")]).toEqual([true, false, true]);
    store.advance("projected", 5);
    store.advance("projected", 3);
    expect(store.cursors().projected).toBe(5);
    store.keepEarly("w", "read", { n: 1 }, 1, 0);
    store.keepEarly("w", "read", { n: 2 }, 2, 0);
    expect([store.takeEarly("w"), store.takeEarly("w")]).toEqual([[{ n: 1 }], []]);
    store.storeAnswer("k", "h", "{}", 100, 0);
    expect(store.storedAnswer("k", 99)).toMatchObject({ body_hash: "h" });
    expect(store.storedAnswer("k", 100)).toBeUndefined();
  }));
