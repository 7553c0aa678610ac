export interface Delivery {
  readonly sent: number;
  readonly lost: number;
  readonly doubled: number;
  /** Lines that arrived after a later one. */
  readonly disordered: number;
  /** From the send to the arrival. */
  readonly slowestMs: number;
}

export interface ReceivedLine {
  readonly text: string;
  readonly atMs: number;
}

export function judge(sent: number, received: readonly ReceivedLine[]): Delivery {
  const counts = new Map<number, number>();
  let [highest, disordered, slowestMs] = [0, 0, 0];
  for (const { text, atMs } of received) {
    const parts = /^line (\d+), said at (\d+)$/.exec(text);
    if (parts === null) continue;
    const [number, saidMs] = [Number(parts[1]), Number(parts[2])];
    counts.set(number, (counts.get(number) ?? 0) + 1);
    if (number < highest) disordered++;
    highest = Math.max(highest, number);
    slowestMs = Math.max(slowestMs, atMs - saidMs);
  }
  const numbers = Array.from({ length: sent }, (_, index) => index + 1);
  const lost = numbers.filter((number) => !counts.has(number)).length;
  const doubled = [...counts.values()].filter((count) => count > 1).length;
  return { sent, lost, doubled, disordered, slowestMs };
}

export function isFlawless({ sent, lost, doubled, disordered }: Delivery): boolean {
  return sent > 0 && lost + doubled + disordered === 0;
}
