import { conversation } from "./conversation";
import { inbox } from "./inbox";
import { ticket } from "./ticket";

export const live = [ticket, inbox, conversation];
