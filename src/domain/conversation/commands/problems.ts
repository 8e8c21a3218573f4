import { defineProblem } from "../../../kit/problem";

/** Refusals that several commands share. A refusal of one command only is defined in the command's file. */

export const conversationResolved = defineProblem({
  code: "conversation_resolved",
  status: 409,
  title: "The conversation is resolved",
});
export const noteNotFound = defineProblem({ code: "note_not_found", status: 404, title: "Note not found" });
export const noteNotOwn = defineProblem({
  code: "note_not_own",
  status: 403,
  title: "You can only change your own notes",
});
