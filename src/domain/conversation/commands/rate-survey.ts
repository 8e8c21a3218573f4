import { defineProblem } from "../../../kit/problem";
import { findSurvey, rateSurvey as rate, type Rating } from "../../survey";
import { command } from "../command";

export const csatAlreadyRated = defineProblem({
  code: "csat_already_rated",
  status: 409,
  title: "The survey has already been answered",
});
export const csatExpired = defineProblem({ code: "csat_expired", status: 409, title: "The survey has expired" });

/** Rates a survey, once and before it expires. Answers the survey. */
export const rateSurvey = command({
  kind: "rate_survey",
  refusals: { csat_already_rated: csatAlreadyRated, csat_expired: csatExpired },
  apply(step, { surveyId, rating }: { surveyId: string; rating: Rating }) {
    return rate(step, surveyId, rating) ?? { answer: findSurvey(step.state, surveyId)! };
  },
});
