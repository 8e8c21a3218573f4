export { ConversationObject } from "./conversation";
export { InboxObject } from "./inbox";
