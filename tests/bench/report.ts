import { medianOf, problemsOf, quantile, shown, type Verdict, verdictsOf } from "./figures.ts";
import type { Row } from "./measurement.ts";
import { titleOf } from "./settings.ts";

const TITLE_COLUMNS_MIN = 14;

/** The ratios come first. */
export function linesOf(row: Row): string[] {
  const titles = Object.keys(row.samples).map(titleOf);
  const width = Math.max(TITLE_COLUMNS_MIN, ...titles.map(({ length }) => length + 1));
  return [
    `${row.name}: ${ratiosOf(row)}`,
    ...Object.entries(row.samples).map(([contestant, samples]) => {
      const values = samples.flatMap(({ value }) => value === undefined ? [] : [value]);
      const range = `${shown(quantile(values, 0))} to ${shown(quantile(values, 1))}`;
      const trouble = problemsOf(samples);
      const figure = `${shown(medianOf(samples)).padStart(9)} ${row.unit} (${range})`;
      return `  ${titleOf(contestant).padEnd(width)}${figure}${
        trouble === "" ? "" : `, ${trouble}`
      }`;
    }),
  ];
}

export function markdownOf(rows: readonly Row[]): string {
  return [
    "| what | ours / others | medians |",
    "|---|---|---|",
    ...rows.map((row) => {
      const medians = Object.entries(row.samples).map(([contestant, samples]) => {
        const trouble = problemsOf(samples);
        const note = trouble === "" ? "" : ` (${trouble})`;
        return `${titleOf(contestant)} ${shown(medianOf(samples))}${note}`;
      });
      return `| ${row.name} | ${ratiosOf(row)} | ${medians.join(" · ")} ${row.unit} |`;
    }),
  ].join("\n");
}

function ratiosOf(row: Row): string {
  return verdictsOf(row).map(sentenceOf).join("; ");
}

function sentenceOf({ against, ratio, goal, isMet }: Verdict): string {
  const beside = against === undefined ? "" : ` × ${titleOf(against)}`;
  const wanted = goal === undefined ? "" : ` (goal ${goal}${WORDS[`${isMet}`]})`;
  return `${shown(ratio)}${beside}${wanted}`;
}

const WORDS: Readonly<Record<string, string>> = {
  true: ": met",
  false: ": **missed**",
  undefined: ": not known",
};
