/**
 * @param what The missing event, for the error.
 * @throws {Error} The time limit has expired.
 */
export async function withTimeout<T>(work: T | Promise<T>, ms: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Node 20 has no `Promise.withResolvers()`.
  const expired = new Promise<never>((_, reject) => {
    const reason = `Timed out after ${ms} ms: ${what} expected`;
    timer = setTimeout(() => reject(new Error(reason)), ms);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
