import { expect, it } from "vitest";
import { applyCommand, command, type CommandEnv } from "../../src/domain/conversation/command";
import { queueMessage } from "../../src/domain/conversation/outbound";
import { newConversation } from "../../src/domain/conversation/new-conversation";
import type { ConversationState } from "../../src/domain/conversation/state";
import { toMessage } from "../../src/domain/conversation/wire";
import { SYSTEM } from "../../src/domain/event";
import { channelWindow } from "../../src/domain/window";
import { defineProblem } from "../../src/kit/problem";

const T0 = 1_760_000_000_000;
const begun: ConversationState = {
  ...newConversation(
    {
      id: "0b8f3a52-7a11-5f0e-9d3c-111111111111",
      orgId: "o",
      tenantDb: "TENANT_DB_00",
      channel: "whatsapp",
      accountId: "acc",
      accountExternalId: "1",
      contactId: "c",
      threadKey: "+62",
    },
    T0,
  ),
  lastInboundAt: T0,
};
const env: CommandEnv = {
  window: channelWindow("whatsapp"),
  complete: ({ content }) => content,
  check: () => [],
  find: () => undefined,
  note: () => undefined,
  chargedAs: () => undefined,
  linkOf: (key) => key,
};

// A new command is what stands here: a file of its own, whose export is added to the list in commands/index.ts.
const aiReplyStale = defineProblem({ code: "ai_reply_stale", status: 409, title: "The reply is out of date" });
const aiReply = command({
  kind: "ai_reply",
  refusals: { ai_reply_stale: aiReplyStale },
  apply(step, { text, epoch }: { text: string; epoch: number }, { window, linkOf }) {
    if (epoch !== step.state.aiEpoch) return { problem: "ai_reply_stale", detail: `epoch ${epoch}` };
    const message = queueMessage(step, { type: "text", content: { text }, replyTo: null }, window, SYSTEM);
    return { answer: message ? toMessage(message, step.state, linkOf) : null };
  },
});

it("a command is one definition: its outcome, what leaves, its answer", () => {
  const outcome = applyCommand(begun, aiReply, { text: "Hello", epoch: 0 }, SYSTEM, env, T0);
  if ("problem" in outcome) throw new Error(outcome.problem);
  expect(outcome.events).toMatchObject([{ type: "message.queued", actor: SYSTEM }]);
  expect(outcome.outgoing).toEqual(outcome.messages);
  expect(outcome.answer).toMatchObject({ _id: outcome.messages[0]!.id, status: "queued", content: { text: "Hello" } });
  expect(outcome.state).toMatchObject({ messageCount: 1, version: 1 });
});

it("its refusal names a problem that it declares, and leaves all as it was", () => {
  const before = structuredClone(begun);
  const outcome = applyCommand(begun, aiReply, { text: "Hello", epoch: 1 }, SYSTEM, env, T0);
  if (!("problem" in outcome)) throw new Error("it was not refused");
  expect(outcome).toEqual({ problem: "ai_reply_stale", detail: "epoch 1" });
  expect(aiReply.refusals[outcome.problem]).toBe(aiReplyStale);
  expect(begun).toEqual(before);
});

it("a command that changes nothing has no events and no answer", () => {
  const nothing = command({ kind: "nothing", apply() {} });
  expect(applyCommand(begun, nothing, undefined, SYSTEM, env, T0)).toMatchObject({
    state: begun,
    events: [],
    outgoing: [],
    answer: null,
  });
});
