import { useQuery } from "@tanstack/react-query";
import { Star } from "lucide-react";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { may } from "../../api/session";
import { Bars } from "../../kit/chart";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Panel, Screen, Tile, Tiles } from "../../kit/screen";
import { locale, useWords } from "../../kit/words";
import { CsatSettingsPanel } from "./csat-settings";
import { settingsWords } from "./words";
import style from "./settings.module.css";

const STARS = ["5", "4", "3", "2", "1"] as const;

/** Shows what customers thought lately, and how they are asked. */
export function Csat() {
  const { csat: words } = useWords(settingsWords);
  const figures = useQuery({ queryKey: ["csat"], queryFn: () => call("GET /api/csat/analytics") });
  return (
    <Screen title={words.title} subtitle={words.intro}>
      <Loaded query={figures}>
        {({
          average_rating: average,
          sent,
          answered,
          response_rate: rate,
          satisfaction_rate: satisfied,
          ratings,
          distribution,
        }) => (
          <>
            <Tiles>
              <Tile name={words.average} value={average === null ? "–" : decimal(average)} beside={words.of5} />
              <Tile name={words.satisfied} value={percent(satisfied)} beside={words.fourOrFive} />
              <Tile name={words.answered} value={count(answered)} beside={percent(rate)} />
              <Tile name={words.sent} value={count(sent)} />
            </Tiles>
            <Panel title={words.distribution}>
              {ratings === 0 ? (
                <Empty icon={<Star size={28} strokeWidth={1.5} />} title={words.none} text={words.noneText} />
              ) : (
                <Bars
                  label={words.distribution}
                  bars={STARS.map((stars) => ({ name: words.stars(Number(stars)), value: distribution[stars] }))}
                  format={count}
                />
              )}
            </Panel>
          </>
        )}
      </Loaded>
      {may("settings.view") && <CsatSettingsPanel />}
      <Panel title={words.how}>
        <div className={style.prose}>
          {words.howText.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </div>
      </Panel>
    </Screen>
  );
}

const decimal = (n: number): string =>
  new Intl.NumberFormat(locale.get(), { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(n);
const percent = (n: number | null): string =>
  n === null ? "–" : `${new Intl.NumberFormat(locale.get(), { maximumFractionDigits: 0 }).format(n)} %`;
