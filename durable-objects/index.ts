export { CampaignObject } from "./campaign";
export { ConversationObject } from "./conversation";
export { EndpointObject } from "./endpoint";
export { InboxObject } from "./inbox";
export { PacerObject } from "./pacer";
export { RoutingObject } from "./routing";
