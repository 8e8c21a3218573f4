import { list } from "./list";

export const activityLogs = [list];
