// Reads the result of a search from the output of Spin.

export interface Finding {
  /** The result; "unknown" after an incomplete search. */
  readonly verdict: "holds" | "violated" | "unknown";
  readonly why: string;
  readonly states: number | undefined;
}

const INCOMPLETE = /max search depth too small|Search not completed|out of memory|memory limit/i;

export function readFinding(output: string): Finding {
  const errors = /errors: (\d+)/.exec(output)?.[1];
  const states = Number(/([\d.e+]+) states, stored/.exec(output)?.[1] ?? NaN);
  const seen = Number.isNaN(states) ? undefined : states;
  if (errors === undefined) return { verdict: "unknown", why: output.trim(), states: seen };
  if (errors !== "0") {
    const why = /^pan:\d+: (.*)$/m.exec(output)?.[1] ?? `${errors} errors`;
    return { verdict: "violated", why, states: seen };
  }
  const incomplete = INCOMPLETE.exec(output)?.[0];
  if (incomplete !== undefined) return { verdict: "unknown", why: incomplete, states: seen };
  return { verdict: "holds", why: "no error in any state", states: seen };
}
