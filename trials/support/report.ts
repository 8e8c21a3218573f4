/** What a trial says. A trial is a module here that exports its `name` and `run`. */
export interface Report {
  /** `value` as it is to be read; `mustBe` says the limit. */
  figure(figure: string, value: string | number, mustBe: string, ok: boolean): void;
  /** How far it is; overwritten by what comes next. */
  progress(text: string): void;
}

export interface Trial {
  name: string;
  run(report: Report): Promise<void>;
}

/** The most common figure: it must be exactly this. */
export function exactly(report: Report, figure: string, value: number, expected: number): void {
  report.figure(figure, value, String(expected), value === expected);
}

export function atMost(report: Report, figure: string, value: number, limit: number, unit: string): void {
  report.figure(figure, `${Math.round(value * 100) / 100}${unit}`, `≤ ${limit}${unit}`, value <= limit);
}
