import { uuidV5 } from "../kit/id";
import type { MessageType } from "../channels/channel";
import type { Refusal } from "./conversation/command";
import type { ConversationState, Step } from "./conversation/state";
import type { StoredMessage } from "./message/state";

/** Customer satisfaction surveys of a conversation: at most one a cycle, rated once. Pure. */

export const SURVEY_MS = 14 * 86_400_000;
/** A new survey drops those that have expired; at most this many are kept. */
const MAX_SURVEYS = 10;

/** By a choice in the channel, by the public link, or recorded by an agent. */
export const RATED_VIA = ["reply", "link", "agent"] as const;

/** Characters. */
export const MAX_COMMENT = 1000;

export interface Survey {
  id: string;
  cycle: number;
  /** `pending`: the channel has not accepted the message yet. Expiry follows from `expiresAt` and is no status. */
  status: "pending" | "sent" | "completed" | "failed";
  /** The message that asks for the rating; null if the window was closed. */
  messageId: string | null;
  /** The agent whom the survey is about. */
  agentId: string | null;
  error: string | null;
  rating: number | null;
  comment: string | null;
  ratedVia: (typeof RATED_VIA)[number] | null;
  createdAt: number;
  sentAt: number | null;
  ratedAt: number | null;
  expiresAt: number;
  /** The number of the event that changed the survey last: a row of D1 never goes back. */
  version: number;
}

/** The survey as a row of D1. */
export const surveyRow = (survey: Survey) => ({
  id: survey.id,
  cycle: survey.cycle,
  status: survey.status,
  message_id: survey.messageId,
  agent_id: survey.agentId ?? "",
  error_message: survey.error,
  rating: survey.rating,
  comment: survey.comment,
  rated_via: survey.ratedVia,
  created_at: survey.createdAt,
  sent_at: survey.sentAt,
  rated_at: survey.ratedAt,
  expires_at: survey.expiresAt,
});

export interface Rating {
  rating: number;
  comment: string | null;
  via: NonNullable<Survey["ratedVia"]>;
}

/** Derived, so that a link and a button can name the survey before it exists. */
export const surveyIdOf = (conversationId: string, cycle: number): string => uuidV5(conversationId, `csat:${cycle}`);

export const findSurvey = (state: ConversationState, id: string): Survey | undefined =>
  state.surveys.find((survey) => survey.id === id);

/** The id of a choice in the message; the customer's answer carries it. */
export const choiceId = (surveyId: string, rating: number): string => `csat:${surveyId}:${rating}`;

/** The survey and the rating that an inbound message chooses; undefined if it chooses none. */
export function answerIn(
  state: ConversationState,
  message: Pick<StoredMessage, "content">,
): { survey: Survey; rating: number } | undefined {
  const match =
    typeof message.content.id === "string" ? /^csat:([0-9a-f-]{36}):([1-5])$/.exec(message.content.id) : null;
  const survey = match ? findSurvey(state, match[1]!) : undefined;
  return survey && { survey, rating: Number(match![2]) };
}

/**
 * Adds a survey, or replaces one that could not be sent. `message` asks for the rating; without it the survey is
 * `failed`.
 */
export function addSurvey(step: Step, { id, cycle, known, message, type }: NewSurvey): Survey {
  const { state, now } = step;
  step.event("csat.requested", { data: { survey_id: id, cycle } });
  const survey: Survey = {
    id,
    cycle,
    status: message ? "pending" : "failed",
    messageId: message?.id ?? null,
    agentId: state.assignedAgentId,
    error: message ? null : `the window for messages of type ${type} is closed; the link works`,
    rating: null,
    comment: null,
    ratedVia: null,
    createdAt: known?.createdAt ?? now,
    sentAt: null,
    ratedAt: null,
    expiresAt: now + SURVEY_MS,
    version: state.seq,
  };
  const others = state.surveys.filter((other) => other.id !== id && other.expiresAt > now);
  state.surveys = [...others.slice(1 - MAX_SURVEYS), survey];
  return survey;
}

interface NewSurvey {
  id: string;
  cycle: number;
  /** The survey that could not be sent before. */
  known: Survey | undefined;
  message: StoredMessage | undefined;
  type: MessageType;
}

/** Changes a survey. Call it after the event of the change, whose number becomes the survey's version. */
function change(step: Step, survey: Survey, to: Partial<Survey>): void {
  const { state } = step;
  state.surveys = state.surveys.map((other) =>
    other.id === survey.id ? { ...survey, ...to, version: state.seq } : other,
  );
}

/** Rates a survey, once and before it expires. */
export function rateSurvey(
  step: Step,
  surveyId: string,
  { rating, comment, via }: Rating,
): Refusal<"csat_already_rated" | "csat_expired"> | undefined {
  const survey = findSurvey(step.state, surveyId);
  if (survey?.status === "completed") return { problem: "csat_already_rated", detail: `it was rated ${survey.rating}` };
  // Surveys that were dropped from the state have expired.
  if (!survey || step.now >= survey.expiresAt) return { problem: "csat_expired" };
  step.event("csat.submitted", { data: { survey_id: survey.id, rating, comment, via, agent_id: survey.agentId } });
  // A rating proves that the question arrived, whatever the channel reports.
  change(step, survey, {
    status: "completed",
    rating,
    comment,
    ratedVia: via,
    ratedAt: step.now,
    sentAt: survey.sentAt ?? step.now,
  });
  return undefined;
}

/** Applies the status of the message that asks to its survey. Call it after the message's own event. */
export function followMessage(step: Step, message: StoredMessage): void {
  const survey = step.state.surveys.find((one) => one.messageId === message.id);
  if (!survey || survey.status === "completed") return;
  if (message.status === "failed")
    change(step, survey, {
      status: "failed",
      error: message.failure ? `${message.failure.code}: ${message.failure.title}` : null,
    });
  else if (survey.status !== "sent") change(step, survey, { status: "sent", error: null, sentAt: step.now });
}
