import { defineProblem } from "../../kit/problem";

export const mediaNotFound = defineProblem({ code: "media_not_found", status: 404, title: "File not found" });
export const mediaLinkExpired = defineProblem({ code: "media_link_expired", status: 410, title: "The link has expired" });
export const mediaTooSlow = defineProblem({ code: "media_too_slow", status: 422, title: "The file took too long to come" });
export const rangeUnsatisfiable = defineProblem({ code: "range_unsatisfiable", status: 416, title: "The range is not in the file" });
