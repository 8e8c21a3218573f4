import { defineProblem } from "../../kit/problem";

export const pushSubscriptionNotFound = defineProblem({
  code: "push_subscription_not_found",
  status: 404,
  title: "Push subscription not found",
});
