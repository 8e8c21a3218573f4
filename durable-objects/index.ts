export { ConversationObject } from "./conversation";
export { InboxObject } from "./inbox";
export { RoutingObject } from "./routing";
