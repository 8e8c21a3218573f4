import { defineProblem } from "../../kit/problem";

export const csatSurveyNotFound = defineProblem({
  code: "csat_survey_not_found",
  status: 404,
  title: "Survey not found",
});
export const csatOwnWork = defineProblem({
  code: "csat_own_work",
  status: 403,
  title: "You cannot rate your own work",
});
