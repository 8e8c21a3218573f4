import { Panel } from "../../kit/screen";
import { count } from "../../kit/figures";
import { locale, useWords } from "../../kit/words";
import { money } from "./figures";
import { useEstimate } from "./send";
import type { Campaign } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

const SHOWN = 5;

/** Shows the cost if each message is delivered, by country. */
export function Estimate({ campaign: { id, channel, total_recipients: total } }: { campaign: Campaign }) {
  const { estimate: words } = useWords(campaignWords);
  const { data } = useEstimate(id, total);
  if (channel === "email" || !data || data.recipients === 0) return null;
  const names = new Intl.DisplayNames(locale.get(), { type: "region" });
  return (
    <Panel title={words.title}>
      <p className={style.sum}>
        <b>{money(data.total, data.currency)}</b>{" "}
        {data.category !== null && <small>{words.category(data.category.toLowerCase())}</small>}
      </p>
      <ul className={style.lines}>
        {data.countries.slice(0, SHOWN).map(({ country, recipients, price, total: sum }) => (
          <li key={country}>
            <span>{country === null ? words.unknown : names.of(country)}</span>
            <small>
              {price === null ? count(recipients) : words.each(count(recipients), money(price, data.currency))}
            </small>
            <span>{sum === null ? words.noPrice : money(sum, data.currency)}</span>
          </li>
        ))}
      </ul>
      {data.countries.length > SHOWN && <p className={style.hint}>{words.others(data.countries.length - SHOWN)}</p>}
      {data.unknown_recipients > 0 && <p className={style.hint}>{words.withoutPrice(data.unknown_recipients)}</p>}
      <p className={style.hint}>{words.text}</p>
    </Panel>
  );
}
