import { expect, it } from "vitest";
import { newConversation } from "../../src/domain/conversation/new-conversation";
import type { ConversationState, Outcome } from "../../src/domain/conversation/state";
import type { Content } from "../../src/channels/channel";
import type { ActorRef } from "../../src/domain/event";
import { applySendResult } from "../../src/domain/conversation/results";
import { applyUpdate } from "../../src/domain/conversation/updates";
import { applyCommand } from "../../src/domain/conversation/command";
import { rateSurvey } from "../../src/domain/conversation/commands/rate-survey";
import { requestSurvey } from "../../src/domain/conversation/commands/request-survey";
import { channelWindow } from "../../src/domain/window";
import { choiceId, SURVEY_MS, surveyIdOf } from "../../src/domain/survey";

const HOUR = 3_600_000;
const T0 = 1_760_000_000_000;
const agent: ActorRef = { kind: "agent", id: "agent-1" };
const ID = "0b8f3a52-7a11-5f0e-9d3c-111111111111";
const env = {
  window: channelWindow("whatsapp"),
  complete: (message: { content: Content }) => message.content,
  check: () => [],
  find: () => undefined,
  note: () => undefined,
  chargedAs: () => undefined,
  linkOf: (key: string) => key,
};
const ask = { type: "text" as const, content: { text: "How was it?" }, replyTo: null };

function inbound(
  state: ConversationState,
  id: string,
  content: Record<string, unknown>,
  at: number,
): ConversationState {
  const message = { externalId: id, at, type: "interactive" as const, content };
  return applyUpdate(state, { kind: "message", account: "1", from: { address: "+62" }, message }, () => undefined, at)
    .state;
}
const begun = (): ConversationState =>
  inbound(
    newConversation(
      {
        id: ID,
        orgId: "o",
        tenantDb: "TENANT_DB_00",
        channel: "whatsapp",
        accountId: "a",
        accountExternalId: "1",
        contactId: "c",
        threadKey: "+62",
      },
      T0,
    ),
    "w1",
    { text: "Hello" },
    T0,
  );
const asked = (state: ConversationState, now = T0): Outcome =>
  applyCommand(state, requestSurvey, { cycle: state.cycle, ask }, agent, env, now) as Outcome;
const rate = (state: ConversationState, surveyId: string, rating: number, now: number) =>
  applyCommand(
    state,
    rateSurvey,
    { surveyId, rating: { rating, comment: null, via: "link" } },
    { kind: "customer", id: null },
    env,
    now,
  );

it("asks in the system's name, so that nobody is taken to have answered", () => {
  const { events, messages, state } = asked({ ...begun(), status: "pending", assignedAgentId: "agent-2" });
  expect(messages).toMatchObject([{ senderAgentId: null, status: "queued" }]);
  expect(events.map(({ type, actor }) => [type, actor.kind])).toEqual([
    ["message.queued", "system"],
    ["csat.requested", "agent"],
  ]);
  expect(state).toMatchObject({ status: "pending", cycle: 1 });
  expect(state.surveys).toMatchObject([
    { id: surveyIdOf(ID, 1), status: "pending", agentId: "agent-2", version: state.seq, expiresAt: T0 + SURVEY_MS },
  ]);
});

it("follows its message: sent, and failed if it is not delivered; delivered after all, it is sent again", () => {
  const { state, messages } = asked(begun());
  const [message] = messages;
  const sent = applySendResult(state, message!, { status: "sent", externalId: "x" }, () => undefined, T0 + 1);
  expect(sent.state.surveys).toMatchObject([{ status: "sent", sentAt: T0 + 1 }]);
  const failure = { code: "131026", title: "Undeliverable" };
  const failed = applySendResult(sent.state, sent.messages[0]!, { status: "failed", failure }, () => undefined, T0 + 2);
  expect(failed.state.surveys).toMatchObject([
    { status: "failed", error: "131026: Undeliverable", version: failed.state.seq },
  ]);
  const rated = rate(failed.state, surveyIdOf(ID, 1), 5, T0 + 3) as Outcome;
  expect(rated.state.surveys).toMatchObject([{ status: "completed", rating: 5 }]);
  // A later status of the message changes a rating no more.
  const late = applySendResult(
    rated.state,
    { ...message!, status: "sending" },
    { status: "failed", failure },
    () => undefined,
    T0 + 4,
  );
  expect(late.state.surveys).toMatchObject([{ status: "completed", rating: 5 }]);
});

it("is rated once, in time, and not by what it does not know", () => {
  const { state } = asked(begun());
  const id = surveyIdOf(ID, 1);
  expect(rate(state, surveyIdOf(ID, 2), 5, T0)).toEqual({ problem: "csat_expired" });
  expect(rate(state, id, 5, T0 + SURVEY_MS)).toEqual({ problem: "csat_expired" });
  const rated = rate(state, id, 2, T0 + SURVEY_MS - 1) as Outcome;
  expect(rated.events).toMatchObject([{ type: "csat.submitted", data: { survey_id: id, rating: 2, via: "link" } }]);
  expect(rate(rated.state, id, 5, T0 + HOUR)).toMatchObject({ problem: "csat_already_rated" });
});

it("a choice ends a resolved conversation's cycle and begins none, also when it is too late for a rating", () => {
  const resolved = { ...asked(begun()).state, status: "resolved" as const };
  const id = surveyIdOf(ID, 1);
  const rated = inbound(resolved, "w2", { id: choiceId(id, 3), text: "3" }, T0 + HOUR);
  expect(rated).toMatchObject({ status: "resolved", cycle: 1, surveys: [{ rating: 3, ratedVia: "reply" }] });
  const again = inbound(rated, "w3", { id: choiceId(id, 5), text: "5" }, T0 + 2 * HOUR);
  expect(again).toMatchObject({ status: "resolved", cycle: 1, surveys: [{ rating: 3 }] });
  const late = inbound(resolved, "w4", { id: choiceId(id, 5), text: "5" }, T0 + SURVEY_MS + HOUR);
  expect(late).toMatchObject({ status: "resolved", surveys: [{ rating: null }] });
  expect(inbound(rated, "w5", { id: choiceId(surveyIdOf(ID, 7), 5) }, T0 + 3 * HOUR)).toMatchObject({
    status: "open",
    cycle: 2,
  });
});

it("keeps no more than the few that may still be rated", () => {
  let state = begun();
  for (let cycle = 1; cycle <= 30; cycle++)
    state = { ...asked(inbound(state, `c${cycle}`, { text: "x" }, T0 + cycle), T0 + cycle).state, status: "resolved" };
  expect(state.surveys).toHaveLength(10);
  state = { ...state, status: "resolved" };
  const later = T0 + SURVEY_MS + HOUR;
  expect(asked(inbound(state, "late", { text: "x" }, later), later).state.surveys).toHaveLength(1);
});
