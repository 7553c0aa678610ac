import type { RemotePlayer } from "./remote_player.ts";
import type { ConvergenceTimes } from "./player.ts";

/** Milliseconds since the given moment; `undefined` if a member did not get there in time. */
export async function convergenceOf(
  players: readonly RemotePlayer[],
  begun: number,
): Promise<ConvergenceTimes> {
  const all = await Promise.all(players.map((player) => player.call("seen")));
  const lastOf = (kind: keyof ConvergenceTimes) => {
    const times = all.map((one) => one[kind]);
    if (times.some((time) => time === undefined)) return undefined;
    return Math.max(...times.map((time = 0) => time)) - begun;
  };
  return { members: lastOf("members"), direct: lastOf("direct") };
}
