/**
 * @param what The missing event, for the error.
 * @throws {Error} The time limit has expired.
 */
export async function withTimeout<T>(work: T | Promise<T>, ms: number, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Timed out after ${ms} ms: ${what} expected`)),
    ms,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
