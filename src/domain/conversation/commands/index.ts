import type { CommandDefinition } from "../command";
import { addTags } from "./add-tags";
import { allocate } from "./allocate";
import { assign } from "./assign";
import { chooseMarketing } from "./choose-marketing";
import { createNote } from "./create-note";
import { deleteNote } from "./delete-note";
import { expire } from "./expire";
import { leaveAgent } from "./leave-agent";
import { leaveDivision } from "./leave-division";
import { markRead } from "./mark-read";
import { markUnread } from "./mark-unread";
import { rateSurvey } from "./rate-survey";
import { recall } from "./recall";
import { release } from "./release";
import { removeTags } from "./remove-tags";
import { renameContact } from "./rename-contact";
import { requestSurvey } from "./request-survey";
import { send } from "./send";
import { setStatus } from "./set-status";
import { setTags } from "./set-tags";
import { sla } from "./sla";
import { takeover } from "./takeover";
import { transfer } from "./transfer";
import { updateNote } from "./update-note";

/** All commands of a conversation. A new one is a file in this folder, with its import and an entry here. */
const COMMANDS = [
  addTags,
  allocate,
  assign,
  chooseMarketing,
  createNote,
  deleteNote,
  expire,
  leaveAgent,
  leaveDivision,
  markRead,
  markUnread,
  rateSurvey,
  recall,
  release,
  removeTags,
  renameContact,
  requestSurvey,
  send,
  setStatus,
  setTags,
  sla,
  takeover,
  transfer,
  updateNote,
];

type Definition = (typeof COMMANDS)[number];
type Flat<T> = { [K in keyof T]: T[K] };
type Asked<D> =
  D extends CommandDefinition<infer Kind, infer Input, infer _R, infer _A> ? Flat<{ kind: Kind } & Input> : never;
type Answered<D> = D extends CommandDefinition<infer _K, infer _I, infer _R, infer Answer> ? Answer : never;
type Refused<D> = D extends CommandDefinition<infer _K, infer _I, infer Problem, infer _A> ? Problem : never;

export type CommandKind = Definition["kind"];
/** A command as callers pass it: its kind with its input. */
export type Command = Asked<Definition>;
export type AnswerOf<Kind extends CommandKind> = Answered<Extract<Definition, { kind: Kind }>>;
/** The names of the refusals of a command. */
export type RefusalOf<Kind extends CommandKind> = Refused<Extract<Definition, { kind: Kind }>>;

const BY_KIND = new Map<string, CommandDefinition>(COMMANDS.map((definition) => [definition.kind, definition]));

/** Throws for an unknown kind: during a deploy a newer caller may use one. */
export function commandOf(kind: string): CommandDefinition {
  const definition = BY_KIND.get(kind);
  if (!definition) throw new Error(`unknown command ${kind}`);
  return definition;
}
