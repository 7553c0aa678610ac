/**
 * Plants a defect in a source text.
 *
 * @module
 */

import type { Defect, Edit } from "./defects.ts";

/** The edits of a defect. */
export function editsOf(defect: Defect): readonly Edit[] {
  return [defect, ...defect.also ? [defect.also] : []];
}

/**
 * The text with an edit in it.
 *
 * @throws {Error} The piece to be replaced is not there exactly once: the code has changed.
 */
export function plant(source: string, { file, from, to }: Edit): string {
  const times = source.split(from).length - 1;
  if (times !== 1) throw new Error(`Cannot edit ${file}: once expected, ${times} found: ${from}`);
  return source.replace(from, () => to);
}
