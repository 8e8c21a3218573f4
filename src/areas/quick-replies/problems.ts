import { defineProblem } from "../../kit/problem";

export const quickReplyNotFound = defineProblem({ code: "quick_reply_not_found", status: 404, title: "Quick reply not found" });
export const quickReplyShortcutTaken = defineProblem({ code: "quick_reply_shortcut_taken", status: 409, title: "Another quick reply has this shortcut" });
export const quickReplyUnknown = defineProblem({ code: "quick_reply_unknown", status: 422, title: "There is no such quick reply" });
export const quickReplyFileUnreadable = defineProblem({ code: "quick_reply_file_unreadable", status: 422, title: "The file is no list of quick replies" });
