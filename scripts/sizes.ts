// Measures the sizes of a build, and of the parts that it consists of.

import type { Metafile } from "esbuild";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

export interface Sizes {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

export async function sizesOf(code: string): Promise<Sizes> {
  const bytes = new TextEncoder().encode(code);
  const [gzipped, brotli] = await Promise.all([
    promisify(gzip)(bytes, { level: 9 }),
    // The default quality is the best one.
    promisify(brotliCompress)(bytes),
  ]);
  return { raw: bytes.length, gzip: gzipped.length, brotli: brotli.length };
}

/**
 * Returns the inputs with their sizes in the output, the largest first.
 *
 * @param group Combines inputs under one name.
 */
export function partsOf(
  { outputs }: Metafile,
  group: (name: string) => string = (name) => name,
): readonly (readonly [name: string, bytes: number])[] {
  const sizes = new Map<string, number>();
  for (const [file, { bytes, inputs }] of Object.entries(outputs)) {
    if (file.endsWith(".map")) continue;
    let left = bytes;
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = group(/\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? path);
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
      left -= bytesInOutput;
    }
    sizes.set(BUILDER, (sizes.get(BUILDER) ?? 0) + left);
  }
  return [...sizes].sort(([, left], [, right]) => right - left);
}

/** The name for the wrapper and the exports, which have no input file. */
const BUILDER = "esbuild's own";

export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
