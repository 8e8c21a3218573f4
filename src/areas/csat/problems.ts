import { defineProblem } from "../../kit/problem";

export const csatSurveyNotFound = defineProblem({
  code: "csat_survey_not_found",
  status: 404,
  title: "Survey not found",
});
export const csatSurveyExists = defineProblem({
  code: "csat_survey_exists",
  status: 409,
  title: "A survey already exists for this cycle",
});
export const csatOwnWork = defineProblem({
  code: "csat_own_work",
  status: 403,
  title: "You cannot rate your own work",
});
export const csatAlreadyRated = defineProblem({
  code: "csat_already_rated",
  status: 409,
  title: "The survey has already been answered",
});
export const csatExpired = defineProblem({ code: "csat_expired", status: 409, title: "The survey has expired" });
