import { cancel } from "./cancel";
import { list } from "./list";
import { schedule } from "./schedule";

export const scheduledMessages = [schedule, list, cancel];
