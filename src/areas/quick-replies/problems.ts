import { defineProblem } from "../../kit/problem";

export const quickReplyNotFound = defineProblem({
  code: "quick_reply_not_found",
  status: 404,
  title: "Quick reply not found",
});
export const quickReplyShortcutTaken = defineProblem({
  code: "quick_reply_shortcut_taken",
  status: 409,
  title: "The shortcut is already used by another quick reply",
});
export const quickReplyUnknown = defineProblem({
  code: "quick_reply_unknown",
  status: 422,
  title: "The quick reply does not exist",
});
export const quickReplyFileUnreadable = defineProblem({
  code: "quick_reply_file_unreadable",
  status: 422,
  title: "The file is not a valid quick-reply CSV",
});
