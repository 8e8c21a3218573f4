import { effect } from "../../domain/effect";
import { surveyRow } from "../../domain/survey";
import { dayIn } from "../../kit/day";
import { fieldOf, insertRows, ROWS } from "../../kit/rows";
import { recentTimezoneOf } from "../working-hours/timezone";

type SurveyRow = ReturnType<typeof surveyRow> & {
  conversation_id: string;
  contact_id: string;
  channel: string;
  survey_version: number;
};

// Inserted without its results, which an UPDATE sets, since triggers on updates count the daily figures.
const NEW_SURVEYS = insertRows(
  "csat_surveys",
  ["id", "conversation_id", "contact_id", "cycle", "channel", "agent_id", "created_at", "expires_at"],
  { or: "OR IGNORE" },
);

const SET = ["status", "message_id", "error_message", "rating", "comment", "rated_via", "sent_at", "rated_at"]
  .concat("expires_at")
  .map((column) => `${column} = ${fieldOf(column)}`);
const SURVEYS = `
UPDATE csat_surveys SET ${SET.join(", ")}, version = ${fieldOf("survey_version")},
  sent_day = coalesce(csat_surveys.sent_day, ${fieldOf("sent_day")}), rated_day = coalesce(csat_surveys.rated_day, ${fieldOf("rated_day")})
FROM ${ROWS} WHERE csat_surveys.org_id = ?1 AND csat_surveys.id = ${fieldOf("id")} AND ${fieldOf("survey_version")} > csat_surveys.version`;

/** The surveys that changed with the events. */
export const surveys = effect<SurveyRow>({
  name: "surveys",
  fromConversation: ({ state, events }) =>
    state.surveys
      .filter((survey) => survey.version >= events[0]!.seq)
      .map((survey) => ({
        ...surveyRow(survey),
        conversation_id: state.id,
        contact_id: state.contactId,
        channel: state.channel,
        survey_version: survey.version,
      })),
  statements: async (db, rows) => {
    const timezone = await recentTimezoneOf(db);
    const dayOf = (at: number | null): string | null => (at === null ? null : dayIn(timezone, at));
    const dated = rows.map((row) => ({ ...row, sent_day: dayOf(row.sent_at), rated_day: dayOf(row.rated_at) }));
    return [db.sql(NEW_SURVEYS, JSON.stringify(rows)), db.sql(SURVEYS, JSON.stringify(dated))];
  },
});
