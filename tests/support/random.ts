import type { Random } from "../../src/base/ids.ts";

export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(random.uint32() % rest.length, 1));
  return result;
}
