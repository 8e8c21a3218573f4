import { operation } from "../../kit/operation";
import { setFavorite } from "./favorite";
import { QuickReply, QuickReplyPath } from "./model";
import { quickReplyNotFound } from "./problems";

export const unfavorite = operation({
  id: "removeFavoriteQuickReply",
  tag: "Quick Replies",
  summary: "Remove quick reply from favorites",
  description: "Affects the caller's own favorites only. Repeating the call changes nothing.",
  method: "delete",
  path: "/api/quick-replies/{id}/favorite",
  permission: "quick_replies.view",
  params: QuickReplyPath,
  response: QuickReply,
  problems: [quickReplyNotFound],
  handle: ({ ctx, params }) => setFavorite(ctx, params.id, false),
});
