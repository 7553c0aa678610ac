// SEED of the environment, or a random seed. A failure prints how to repeat it.

/** The upper bound of seeds, as in fast-check. */
const SEEDS_MAX = 2 ** 31;

export const SEED: number = Number(
  Deno.env.get("SEED") ?? Math.floor(Math.random() * SEEDS_MAX),
);

/**
 * A failure of the wrapped test prints how to repeat it.
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
 * The reason of a failure, and the command that repeats it.
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
