import { receive } from "./receive";
import { verify } from "./verify";

export const webhooks = [verify, receive];
