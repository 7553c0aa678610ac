import type { Metafile } from "esbuild";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

/** The bytes of a script, as it is and on its way to a page. */
export interface Sizes {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** How large a script is, compressed as well as can be. */
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
 * The inputs by their size in the output, largest first: modules one by one, packages as a whole.
 *
 * @param group Puts parts together under one name.
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

/** Output without an input: the wrapper and the exports. */
const BUILDER = "esbuild's own";

/** Thousands of bytes, as people read them. */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
