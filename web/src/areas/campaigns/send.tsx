import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { FormDialog } from "../../kit/form-dialog";
import { useWords } from "../../kit/words";
import { money } from "./figures";
import { type Campaign, useRefresh } from "./use-campaign";
import { campaignWords } from "./words";
import { dateIn, useZone } from "./zone";

interface SendProps {
  campaign: Campaign;
  /** null: now. */
  at: string | null;
  onClose: () => void;
}

/** Says once more to how many, when and for how much; then it is sent. */
export function ConfirmSend({ campaign: { id, name, total_recipients: total }, at, onClose }: SendProps) {
  const { send: words } = useWords(campaignWords);
  const refresh = useRefresh(id);
  const zone = useZone();
  const estimate = useEstimate(id, total).data;
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("POST /api/campaigns/{id}/send", { params: { id }, body: { scheduled_at: at } });
    await refresh();
    onClose();
  });
  return (
    <FormDialog
      title={words.title(name)}
      action={at === null ? words.action : words.plan}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{at === null ? words.now(total) : words.later(total, dateIn(at, zone), zone ?? "")}</p>
      {estimate && estimate.total > 0 && <p>{words.cost(money(estimate.total, estimate.currency))}</p>}
    </FormDialog>
  );
}

/** Anew with each change of the number of recipients. */
export const useEstimate = (id: string, recipients: number) =>
  useQuery({
    queryKey: ["campaign-estimate", id, recipients],
    queryFn: ({ signal }) => call("GET /api/campaigns/{id}/estimate", { params: { id }, signal }),
    placeholderData: (before) => before,
  });
