import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, CircleAlert, Send } from "lucide-react";
import type { CampaignPreview, CampaignRecipient } from "../../api/api.gen";
import { call } from "../../api/call";
import { may } from "../../api/session";
import { lookOf, valuesIn } from "../../api/template";
import { Button, IconButton } from "../../kit/button";
import { count } from "../../kit/figures";
import { Panel } from "../../kit/screen";
import { useWords } from "../../kit/words";
import { MailSheet, WhatsAppBubble } from "./bubble";
import { useTemplate } from "./templates";
import { TestSend } from "./test-send";
import type { Campaign } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

/** For whom the message is shown while nobody is in the campaign. */
const EXAMPLES = { whatsapp: "+6281200000000", email: "someone@example.com" } as const;

/** The message of the n-th recipient, and who that is; an example while there is none. */
export function usePreview(campaign: Campaign, n: number) {
  const { id, channel, total_recipients: total } = campaign;
  const { data } = useQuery({
    queryKey: ["campaign-preview", id, total, n, campaign.template_id, campaign.content],
    queryFn: async ({ signal }): Promise<{ preview: CampaignPreview; recipient: CampaignRecipient | undefined }> => {
      const page =
        total === 0
          ? []
          : ((
              await call("GET /api/campaigns/{id}/recipients", {
                params: { id },
                query: { page: n, per_page: 1 },
                signal,
              })
            ).data as CampaignRecipient[]);
      const recipient = page[0];
      const preview = await call("POST /api/campaigns/{id}/preview", {
        params: { id },
        body: recipient ? { recipient_id: recipient.id } : { to: EXAMPLES[channel] },
      });
      return { preview, recipient };
    },
    placeholderData: (before) => before,
  });
  return { preview: data?.preview, recipient: data?.recipient };
}

/** Shows a recipient's message. Each of them can be looked at. */
export function Preview({ campaign }: { campaign: Campaign }) {
  const { preview: words } = useWords(campaignWords);
  const [n, setN] = useState(1);
  const [isTesting, setTesting] = useState(false);
  const { total_recipients: total } = campaign;
  const at = Math.max(1, Math.min(n, total));
  const { preview, recipient } = usePreview(campaign, at);
  const template = useTemplate(campaign.template_id).data;
  return (
    <Panel
      title={words.title}
      actions={
        may("campaigns.manage") && (
          <Button isSmall onPress={() => setTesting(true)}>
            <Send size={13} aria-hidden /> {words.test}
          </Button>
        )
      }
    >
      {total === 0 ? (
        <p className={style.hint}>{words.example}</p>
      ) : (
        <div className={style.stepper}>
          <IconButton label={words.before} isDisabled={at === 1} onPress={() => setN(at - 1)}>
            <ChevronLeft size={16} />
          </IconButton>
          <label>
            <span className="hidden-text">{words.which}</span>
            <input
              type="number"
              min={1}
              max={total}
              value={at}
              onChange={({ target }) => target.value !== "" && setN(Number(target.value))}
            />
          </label>
          <span>{words.of(count(total))}</span>
          <IconButton label={words.after} isDisabled={at === total} onPress={() => setN(at + 1)}>
            <ChevronRight size={16} />
          </IconButton>
          <bdi className={style.address}>{recipient?.phone_number ?? recipient?.email}</bdi>
        </div>
      )}
      {preview?.failure && (
        <p className={style.refused} role="alert">
          <CircleAlert size={15} aria-hidden />
          <span>
            {preview.failure.variables.length > 0
              ? words.missing(preview.failure.variables)
              : words.refused(preview.failure.message)}
          </span>
        </p>
      )}
      <section aria-label={words.title} className={style.paper}>
        {campaign.channel === "email" ? (
          <MailSheet {...mailOf(preview?.content ?? campaign.content ?? {})} preheader={campaign.content?.preheader} />
        ) : (
          template && <WhatsAppBubble look={lookOf(template, valuesIn(template, preview?.content ?? {}))} />
        )}
      </section>
      {campaign.channel === "email" && <p className={style.hint}>{words.asText}</p>}
      {isTesting && (
        <TestSend campaign={campaign} variables={recipient?.variables ?? {}} onClose={() => setTesting(false)} />
      )}
    </Panel>
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Mails that are made of HTML only are read without their tags. */
const mailOf = ({ subject, text, html }: Readonly<Record<string, unknown>>): { subject: string; text: string } => ({
  subject: textOf(subject),
  text:
    textOf(text) ||
    textOf(html)
      .replaceAll(/<(style|script)[\s\S]*?<\/\1>/gi, "")
      .replaceAll(/<(br|\/p|\/div|\/h\d|\/li|\/tr)\b[^>]*>/gi, "\n")
      .replaceAll(/<[^>]*>/g, "")
      .replaceAll("&nbsp;", " ")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&")
      .replaceAll(/\n\s*\n+/g, "\n\n")
      .trim(),
});
