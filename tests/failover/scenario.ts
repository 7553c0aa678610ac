import { GroupMembers } from "./group_members.ts";

/** The measured times. */
export interface Findings {
  /** How long each newcomer took that came while something was wrong, or after. */
  readonly newcomersMs: readonly number[];
  /** How long it took until parts of a group were one again. */
  readonly mergeMs: number;
}

/** Something that goes wrong with several servers. */
export interface Scenario {
  readonly name: string;
  /** For the table. */
  readonly fault: string;
  /** For the table: what is measured as the merge. */
  readonly parts: string;
  readonly play: (testbed: Testbed) => Promise<Findings>;
}

/** Everything that a scenario starts ends with it, and all companies are judged. */
export class Testbed implements AsyncDisposable {
  readonly stack = new AsyncDisposableStack();
  readonly #groups: GroupMembers[] = [];

  /** Keeps something until the end. */
  use<Value extends AsyncDisposable>(value: Value): Value {
    return this.stack.use(value);
  }

  /** A new group without members; `isRelayed`: of members that only a server connects. */
  group(isRelayed = false): GroupMembers {
    const group = this.use(new GroupMembers(isRelayed));
    this.#groups.push(group);
    return group;
  }

  /** A new group, with a member that came by each of some servers, in which all talk. */
  async busyGroup(servers: readonly string[], isRelayed = false): Promise<GroupMembers> {
    const group = this.group(isRelayed);
    for (const server of servers) await group.join(server);
    await group.untilMerged();
    group.startTraffic();
    return group;
  }

  /** All that must not be. */
  async check(): Promise<readonly string[]> {
    return (await Promise.all(this.#groups.map((group) => group.check()))).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

/** Waits; what is waited for shows nowhere. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
