import { defineProblem } from "../../kit/problem";

export const noteNotFound = defineProblem({ code: "note_not_found", status: 404, title: "Note not found" });
export const noteNotOwn = defineProblem({
  code: "note_not_own",
  status: 403,
  title: "You can only change your own notes",
});
export const noteMentionUnknown = defineProblem({
  code: "note_mention_unknown",
  status: 422,
  title: "The note mentions an agent who does not exist",
});
