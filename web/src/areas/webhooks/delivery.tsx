import { RotateCcw } from "lucide-react";
import type { WebhookDelivery } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Dialog, DialogActions } from "../../kit/dialog";
import { Facts } from "../../kit/facts";
import { FailureText } from "../../kit/failure";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { DeliveryStatus } from "./deliveries";
import { Json } from "./sample";
import { useWebhooksChanged, type Webhook } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

interface DeliveryProps {
  webhook: Webhook;
  delivery: WebhookDelivery;
  title: string;
  onClose: () => void;
}

/** One delivery: the request as it went out, the last answer, what happens next. */
export function Delivery({ webhook, delivery, title, onClose }: DeliveryProps) {
  const { deliveries: words, health } = useWords(webhookWords);
  const { close } = useWords(commonWords);
  const changed = useWebhooksChanged();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("POST /api/webhooks/{id}/deliveries/{delivery_id}/resend", {
      params: { id: webhook.id, delivery_id: delivery.id },
    });
    await changed();
  });
  const { http_status: code, response_body: body, duration_ms: took, next_retry_at: next } = delivery;
  return (
    <Dialog title={title} closeLabel={close} onClose={onClose} isWide>
      {failure && <FailureText failure={failure} />}
      <Facts
        rows={[
          { name: words.columns.event, value: <code>{delivery.event_type}</code> },
          {
            name: words.columns.status,
            value: (
              <span role="status">
                <DeliveryStatus delivery={delivery} /> {words.attempt(delivery.attempt, delivery.max_attempts)}
              </span>
            ),
          },
          { name: words.columns.at, value: fullDate(delivery.created_at) },
          { name: words.next, value: next === null ? null : fullDate(next) },
          { name: words.why, value: delivery.error_message },
        ]}
      />
      <section className={style.exchange}>
        <h3>{words.request}</h3>
        <Json
          label={words.request}
          value={`POST ${webhook.url}\nwebhook-id: ${delivery.id}\n\n${JSON.stringify(delivery.payload, null, 2)}`}
        />
        <h3>
          {words.answer} {code !== null && <code>{code}</code>}{" "}
          {took !== null && <small>{health.ms(String(took))}</small>}
        </h3>
        {body === null || body === "" ? (
          <p className={style.hint}>{code === null ? words.noAnswer : words.noBody}</p>
        ) : (
          <Json label={words.answer} value={body} />
        )}
      </section>
      <DialogActions>
        <Button kind="go" isPending={isBusy} isDisabled={!webhook.is_active} onPress={submit}>
          <RotateCcw size={15} aria-hidden /> {words.resend}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
