/** The output of a trial. A trial is a module of this folder that exports `name` and `run`. */
export interface Report {
  /** Reports a figure: its value for display, the limit (`mustBe`), and whether it is met. */
  figure(figure: string, value: string | number, mustBe: string, ok: boolean): void;
  /** Shows progress, overwritten by the next text. */
  progress(text: string): void;
}

export interface Trial {
  name: string;
  run(report: Report): Promise<void>;
}

/** Reports a figure that must equal `expected`. */
export function exactly(report: Report, figure: string, value: number, expected: number): void {
  report.figure(figure, value, String(expected), value === expected);
}

export function atMost(report: Report, figure: string, value: number, limit: number, unit: string): void {
  report.figure(figure, `${Math.round(value * 100) / 100}${unit}`, `≤ ${limit}${unit}`, value <= limit);
}
