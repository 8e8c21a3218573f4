import { defineProblem } from "../../../kit/problem";
import { SYSTEM } from "../../event";
import type { NewMessage } from "../../message/state";
import { addSurvey, findSurvey, surveyIdOf } from "../../survey";
import { command } from "../command";
import { queueMessage } from "../outbound";

export const csatSurveyExists = defineProblem({
  code: "csat_survey_exists",
  status: 409,
  title: "A survey already exists for this cycle",
});

/**
 * Asks the customer for a rating of a cycle, or asks again if the survey could not be sent. If the window is closed, no
 * message is sent; the survey is created nevertheless, and its link works. Answers the survey.
 */
export const requestSurvey = command({
  kind: "request_survey",
  refusals: { csat_survey_exists: csatSurveyExists },
  apply(step, { cycle, ask }: { cycle: number; ask: NewMessage }, { window }) {
    const id = surveyIdOf(step.state.id, cycle);
    const known = findSurvey(step.state, id);
    if (known && known.status !== "failed") return { problem: "csat_survey_exists", detail: `it is ${id}` };
    const message = queueMessage(step, ask, window, SYSTEM);
    return { answer: addSurvey(step, { id, cycle, known, message, type: ask.type }) };
  },
});
