/** Makes timers of the program fire at once, until the result is disposed of. */
export function hurry(): Disposable {
  const { setTimeout } = globalThis;
  globalThis.setTimeout =
    ((...[turn, , ...args]: Parameters<typeof setTimeout>) =>
      setTimeout(turn, 0, ...args)) as typeof setTimeout;
  return { [Symbol.dispose]: () => void (globalThis.setTimeout = setTimeout) };
}
