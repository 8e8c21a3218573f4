export { ConversationObject } from "./conversation";
export { EndpointObject } from "./endpoint";
export { InboxObject } from "./inbox";
export { RoutingObject } from "./routing";
