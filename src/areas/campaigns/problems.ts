import { defineProblem } from "../../kit/problem";

export const campaignNotFound = defineProblem({
  code: "campaign_not_found",
  status: 404,
  title: "Campaign not found",
});
export const campaignImportNotFound = defineProblem({
  code: "campaign_import_not_found",
  status: 404,
  title: "The campaign has no such import",
});
export const recipientNotFound = defineProblem({
  code: "campaign_recipient_not_found",
  status: 404,
  title: "The campaign has no such recipient",
});
export const campaignNotDraft = defineProblem({
  code: "campaign_not_draft",
  status: 409,
  title: "Only a draft can be changed, sent or deleted",
});
export const campaignNotRunning = defineProblem({
  code: "campaign_not_running",
  status: 409,
  title: "The campaign is neither scheduled nor under way",
});
export const campaignNotPaused = defineProblem({
  code: "campaign_not_paused",
  status: 409,
  title: "The campaign is not paused",
});
export const campaignNotStarted = defineProblem({
  code: "campaign_not_started",
  status: 409,
  title: "The campaign has not been sent, or was cancelled",
});
export const campaignImportRunning = defineProblem({
  code: "campaign_import_running",
  status: 409,
  title: "Recipients are still being imported",
});
export const campaignTemplateUnknown = defineProblem({
  code: "campaign_template_unknown",
  status: 422,
  title: "The template does not exist",
});
export const campaignAccountUnknown = defineProblem({
  code: "campaign_account_unknown",
  status: 422,
  title: "The channel has no such account",
});
export const campaignVariablesMissing = defineProblem({
  code: "campaign_variables_missing",
  status: 422,
  title: "A variable of the message has no value",
});
export const campaignContentMissing = defineProblem({
  code: "campaign_content_missing",
  status: 422,
  title: "The campaign has nothing to send",
});
export const noRecipients = defineProblem({
  code: "no_recipients",
  status: 422,
  title: "The campaign has no recipients",
});
export const tooManyRecipients = defineProblem({
  code: "too_many_recipients",
  status: 422,
  title: "A campaign may have a million recipients",
});
export const nothingToRetry = defineProblem({
  code: "nothing_to_retry",
  status: 422,
  title: "Nobody failed who may be tried again",
});
export const campaignFileUnreadable = defineProblem({
  code: "campaign_file_unreadable",
  status: 422,
  title: "The file cannot be read",
});
