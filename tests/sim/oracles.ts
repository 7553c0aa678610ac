/**
 * What has to hold in a simulated group, whatever happens (DESIGN: guarantees G1, G2, G5, G7, G8).
 *
 * @module
 */

import { WebGroupState } from "../../src/group/state.ts";
import { membersOf, type Seen, type Village, type Villager } from "./village.ts";

/** What one program saw up to now. */
interface Record {
  read: number;
  readonly here: Set<number>;
  readonly latest: Map<number, number>;
}

/** Safety, looked at after each thing that happened. */
export class Safety {
  readonly #records = new Map<Villager, Record>();

  /** Throws when somebody saw what must not be seen. */
  check({ villagers }: Village): void {
    for (const villager of villagers) {
      const record = this.#records.get(villager) ??
        { read: 0, here: new Set(), latest: new Map() };
      this.#records.set(villager, record);
      for (const seen of villager.seen.slice(record.read)) judge(villager.name, record, seen);
      record.read = villager.seen.length;
    }
  }
}

/** G8: `join(x)` and `leave(x)` take turns, messages of x between them. G1, G2: once, in order. */
function judge(name: string, { here, latest }: Record, [kind, id, data]: Seen): void {
  const fail = (what: string): never => {
    throw new Error(`${name}: ${what} of ${id}${data === undefined ? "" : `: ${data}`}`);
  };
  if (kind === "join") {
    if (here.has(id)) fail("a second join");
    here.add(id);
  } else if (kind === "leave") {
    if (!here.delete(id)) fail("a leave without a join");
  } else if (kind === "message") {
    const [sender, number] = String(data).split(" ").map(Number);
    if (!here.has(id)) fail("a message without a join");
    if (sender !== id) fail("a message that somebody else sent");
    if ((number ?? 0) <= (latest.get(id) ?? 0)) fail("a message again, or out of order");
    latest.set(id, number ?? 0);
  }
}

/** Why those who are left do not agree yet on who is there; `undefined` when they do. */
export function disagreement(everyone: readonly Villager[]): string | undefined {
  const ids = everyone.map(({ group }) => group.myId).sort((a, b) => a - b);
  for (const one of everyone) {
    if (one.group.state !== WebGroupState.JOINED) {
      return `${one.name} is ${one.group.state === WebGroupState.LEFT ? "LEFT" : "JOINING"}`;
    }
    const members = membersOf(one);
    if (members.join() !== ids.join()) {
      return `${one.name} sees ${members.length} of ${ids.length} members`;
    }
  }
  return undefined;
}
