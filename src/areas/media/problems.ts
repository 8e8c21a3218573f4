import { defineProblem } from "../../kit/problem";

export const mediaNotFound = defineProblem({ code: "media_not_found", status: 404, title: "File not found" });
export const mediaLinkExpired = defineProblem({
  code: "media_link_expired",
  status: 410,
  title: "The link has expired",
});
export const mediaTooSlow = defineProblem({ code: "media_too_slow", status: 422, title: "The upload took too long" });
export const rangeUnsatisfiable = defineProblem({
  code: "range_unsatisfiable",
  status: 416,
  title: "Range not satisfiable",
});
