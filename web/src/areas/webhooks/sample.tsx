import { Panel } from "../../kit/screen";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { useEventTypes } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

/** Shows a request of the type, as the endpoint will get it. */
export function Sample({ type, onShow }: { type: string | undefined; onShow: (type: string) => void }) {
  const { form: words } = useWords(webhookWords);
  const types = useEventTypes().data ?? [];
  const found = types.find((one) => one.type === type) ?? types[0];
  if (!found) return null;
  return (
    <div className={style.beside}>
      <Panel title={words.sample}>
        <Select
          isBare
          label={words.sampleOf}
          value={found.type}
          onChange={onShow}
          options={types.map((one) => ({ id: one.type, name: one.type }))}
        />
        <Json label={words.sample} value={found.example} />
        <p className={style.hint}>{words.signed}</p>
      </Panel>
    </div>
  );
}

/** Can be scrolled by keyboard, and marked whole. */
export const Json = ({ label, value }: { label: string; value: unknown }) => (
  <pre className={style.json} tabIndex={0} role="region" aria-label={label}>
    {typeof value === "string" ? value : JSON.stringify(value, null, 2)}
  </pre>
);
