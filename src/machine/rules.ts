// Rule tables: the first row whose guards all hold selects the actions.
// @sansio

export type Guard<Value> = Value | { readonly not: Value };

/** One row: guards for some columns, and actions. A column without a guard always holds. */
export type Rule<Facts, Action> =
  & { readonly [Column in keyof Facts]?: Guard<Facts[Column]> }
  & { readonly then: readonly Action[] };

export function decide<Facts extends object, Action>(
  rules: readonly Rule<Facts, Action>[],
  facts: Facts,
): readonly Action[] {
  return rules.find((rule) => matches(rule, facts))?.then ?? [];
}

export function matches<Facts extends object, Action>(
  rule: Rule<Facts, Action>,
  facts: Facts,
): boolean {
  const values = new Map<string, unknown>(Object.entries(facts));
  return Object.entries(rule).every(([column, guard]) =>
    column === "then" || holds(guard, values.get(column))
  );
}

function holds(guard: unknown, value: unknown): boolean {
  if (typeof guard === "object" && guard !== null && "not" in guard) return guard.not !== value;
  return guard === value;
}
