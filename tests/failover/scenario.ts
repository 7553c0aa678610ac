import { GroupMembers } from "./group_members.ts";

/** Newcomers during and after the fault, and the merge of separated parts. */
export interface Findings {
  readonly newcomersMs: readonly number[];
  /** How long it took until the parts of a group merged. */
  readonly mergeMs: number;
}

export interface Scenario {
  readonly name: string;
  readonly fault: string;
  /** Which merge is measured, for the table. */
  readonly parts: string;
  readonly play: (testbed: Testbed) => Promise<Findings>;
}

/** Disposes of everything that a scenario starts, and checks all groups. */
export class Testbed implements AsyncDisposable {
  readonly stack = new AsyncDisposableStack();
  readonly #groups: GroupMembers[] = [];

  use<Value extends AsyncDisposable>(value: Value): Value {
    return this.stack.use(value);
  }

  /** A new group without members. `isRelayed`: its members have no WebRTC. */
  group(isRelayed = false): GroupMembers {
    const group = this.use(new GroupMembers(isRelayed));
    this.#groups.push(group);
    return group;
  }

  /** A new group with a member at each server; all send messages. */
  async busyGroup(servers: readonly string[], isRelayed = false): Promise<GroupMembers> {
    const group = this.group(isRelayed);
    for (const server of servers) await group.join(server);
    await group.untilMerged();
    group.startTraffic();
    return group;
  }

  async check(): Promise<readonly string[]> {
    return (await Promise.all(this.#groups.map((group) => group.check()))).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
