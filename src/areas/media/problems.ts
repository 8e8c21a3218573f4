import { defineProblem } from "../../kit/problem";

export const mediaNotFound = defineProblem({ code: "media_not_found", status: 404, title: "File not found" });
export const rangeUnsatisfiable = defineProblem({ code: "range_unsatisfiable", status: 416, title: "The range is not in the file" });
