// The size budgets of the browser builds.

export type Build = "browser module" | "global build";

/** Gzipped bytes: the current sizes, rounded up to 100. A larger build has to raise its budget. */
export const GZIP_BYTES_MAX: Readonly<Record<Build, number>> = {
  "browser module": 42_100,
  "global build": 42_400,
};

export interface Verdict {
  readonly fits: boolean;
  readonly line: string;
}

export function judge(build: Build, gzipBytes: number, budget = GZIP_BYTES_MAX[build]): Verdict {
  const fits = gzipBytes <= budget;
  const sizes = `${gzipBytes} bytes gzipped, at most ${budget}`;
  return fits
    ? { fits, line: `${build}: ${sizes}` }
    : { fits, line: `Too large: ${build}: ${sizes} expected (scripts/size_budget.ts)` };
}
