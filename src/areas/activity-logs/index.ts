import { area, can } from "../../domain/operation";

export const activityLogs = area({
  tag: "Activity Logs",
  description: "Changes and their authors, with before and after",
  routes: {
    "GET /api/activity-logs": can("activity_logs.view", () => import("./list")),
  },
});
