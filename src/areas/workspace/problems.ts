import { defineProblem } from "../../kit/problem";

export const savedViewNotFound = defineProblem({
  code: "saved_view_not_found",
  status: 404,
  title: "Saved view not found",
});
export const savedViewLimit = defineProblem({
  code: "saved_view_limit",
  status: 422,
  title: "There are too many saved views",
});
