/** From zero to at least `most` in three to six even steps of a round length. */
export function niceSteps(most: number): number[] {
  if (most <= 0) return [0, 1];
  const rough = most / 4;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * size).find((one) => one >= rough)!;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** The path of a line; closed down to `floor` where that is given. A missing value breaks it. */
export function pathOf(
  values: readonly (number | null)[],
  x: (i: number) => number,
  y: (value: number) => number,
  floor?: number,
): string {
  const pieces: [i: number, value: number][][] = [];
  let before: number | null = null;
  for (const [i, value] of values.entries()) {
    if (value !== null && before === null) pieces.push([]);
    if (value !== null) pieces.at(-1)!.push([i, value]);
    before = value;
  }
  return pieces
    .map((piece) => {
      const line = piece.map(([i, value]) => `${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("L");
      return floor === undefined
        ? `M${line}`
        : `M${x(piece[0]![0]).toFixed(1)} ${floor}L${line}L${x(piece.at(-1)![0]).toFixed(1)} ${floor}Z`;
    })
    .join("");
}
