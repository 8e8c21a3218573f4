import { defineProblem } from "../../kit/problem";

export const noteMentionUnknown = defineProblem({
  code: "note_mention_unknown",
  status: 422,
  title: "The note mentions an agent who does not exist",
});
