// Seeds of random tests: SEED of the environment, or a random one. A failure prints how to repeat
// it.

/** The upper bound of seeds, as in fast-check. */
const SEEDS_MAX = 2 ** 31;

/** The seed of this process: SEED of the environment, or one drawn by chance. */
export const SEED: number = Number(
  Deno.env.get("SEED") ?? Math.floor(Math.random() * SEEDS_MAX),
);

/**
 * Wraps a test function, so that a failure prints how to repeat it.
 *
 * @param file The test file's `import.meta.url`.
 */
export function repeatable<Args extends readonly unknown[]>(
  file: string,
  body: (...args: Args) => void | Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      await body(...args);
    } catch (error) {
      throw repeatError(file, error);
    }
  };
}

/**
 * The error of a failed random test: the reason, and the command that repeats it.
 *
 * @param settings The environment that makes the test do the same again.
 */
export function repeatError(
  file: string,
  cause: unknown,
  settings: Readonly<Record<string, number>> = { SEED },
): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const environment = Object.entries(settings).map(([name, value]) => `${name}=${value}`).join(" ");
  const [path = file] = /tests\/[^?#]*$/.exec(file) ?? [];
  return new Error(`${reason}\n\nRepeat with: ${environment} deno test -A ${path}`, { cause });
}
