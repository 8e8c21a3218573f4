import { operation } from "../../domain/operation";
import { setFavorite } from "./favorite";
import { QuickReply, QuickReplyPath } from "./model";
import { quickReplyNotFound } from "./problems";

export default operation({
  id: "removeFavoriteQuickReply",
  summary: "Remove quick reply from favorites",
  description: "Affects the caller's own favorites only. Repeating the call changes nothing.",
  params: QuickReplyPath,
  response: QuickReply,
  problems: [quickReplyNotFound],
  handle: ({ ctx, params }) => setFavorite(ctx, params.id, false),
});
