import { WebGroup, WebGroupState } from "../../bot.ts";
import { WebGroup as WebGroupWithoutRtc } from "../../mod.ts";
import { RTC } from "../support/deno_peer.ts";
import { until } from "../support/until.ts";

const WORD_EVERY_MS = 200;

interface Member {
  readonly group: WebGroup;
  readonly received: Map<number, string[]>;
  readonly leaves: number[];
}

export class GroupMembers implements AsyncDisposable {
  readonly #key = crypto.randomUUID();
  readonly #members: Member[] = [];
  readonly #faults: string[] = [];
  #busyGroup: readonly Member[] = [];
  #words = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #isRelayed: boolean;

  /** @param isRelayed The members have no WebRTC: a server joins the group, and relays. */
  constructor(isRelayed = false) {
    this.#isRelayed = isRelayed;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Returns the milliseconds until JOINED with all earlier members, or with none (`nobody`). */
  async join(signalingServer: string, expects: "all" | "nobody" = "all"): Promise<number> {
    const start = performance.now();
    const group = this.#isRelayed
      ? new WebGroupWithoutRtc({ signalingServer })
      : new WebGroup({ signalingServer, ...RTC });
    const member: Member = { group, received: new Map(), leaves: [] };
    const before = [...this.#members];
    this.#members.push(member);
    group.onMemberLeave = (id) => member.leaves.push(id);
    group.onMessage = (id, data) => {
      const words = member.received.get(id) ?? [];
      words.push(String(data));
      member.received.set(id, words);
    };
    // The scenarios make servers unreachable on purpose.
    group.addEventListener("error", () => {});
    group.join(this.#key).catch((error) => this.#faults.push(`Cannot join: ${error}`));
    await until("a newcomer is in", () => {
      const { state, members } = group;
      if (state !== WebGroupState.JOINED) return false;
      return expects === "nobody" || before.every(({ group: { myId } }) => members.includes(myId));
    }, () => this.#views);
    if (expects === "nobody" && group.members.length !== 1) {
      this.#faults.push("A newcomer met somebody that it was to be apart from");
    }
    return performance.now() - start;
  }

  /** All members list exactly each other; returns the duration in ms. */
  async untilMerged(): Promise<number> {
    const start = performance.now();
    await until(
      `all ${this.size} are in one part`,
      () => {
        const ids = this.#ids;
        return this.#members.every(({ group }) =>
          sorted(this.#withoutServers(group)) === sorted(ids)
        );
      },
      () => this.#views,
    );
    return performance.now() - start;
  }

  startTraffic(): void {
    this.#busyGroup = [...this.#members];
    this.#timer = setInterval(() => {
      const word = String(this.#words++);
      for (const { group } of this.#busyGroup) this.#send(group, word);
    }, WORD_EVERY_MS);
  }

  /** Stops the traffic, sends a last message from each member, and returns all failures. */
  async check(): Promise<readonly string[]> {
    clearInterval(this.#timer);
    for (const { group } of this.#members) this.#send(group, LAST);
    // The check reports lost messages below.
    await until("all messages arrive", () => this.#lost.length === 0).catch(() => {});
    const gone = this.#members.flatMap(({ group, leaves }) =>
      leaves.filter((id) => !this.#isRelayed || this.#ids.includes(id))
        .map((id) => `${group.myId} took ${id} for gone`)
    );
    return [...this.#faults, ...this.#lost, ...gone];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#members.map(({ group }) => group.leave()));
  }

  /** Each member receives from each other one; returns the duration in ms. */
  async untilAllHear(): Promise<number> {
    const start = performance.now();
    const counts = this.#members.map(({ received }) => new Map([...received].map(countOf)));
    await until(
      "all hear all",
      () =>
        this.#members.every(({ group, received }, index) =>
          this.#ids.every((id) =>
            id === group.myId || (received.get(id)?.length ?? 0) > (counts[index]?.get(id) ?? 0) + 1
          )
        ),
      () => this.#views,
    );
    return performance.now() - start;
  }

  get #ids(): readonly number[] {
    return this.#members.map(({ group }) => group.myId);
  }

  /** Servers that relay are members, too. */
  #withoutServers({ members }: WebGroup): readonly number[] {
    return this.#isRelayed ? members.filter((id) => this.#ids.includes(id)) : members;
  }

  #send(group: WebGroup, word: string): void {
    group.send(word).catch((error) => this.#faults.push(`${group.myId} could not say: ${error}`));
  }

  /** Pairs of members with lost, duplicated or reordered messages. */
  get #lost(): readonly string[] {
    const whole = [...Array(this.#words).keys(), LAST].join();
    return this.#members.flatMap((to) =>
      this.#members.filter((from) => from !== to).flatMap((from) => {
        const received = to.received.get(from.group.myId) ?? [];
        const wereThere = this.#busyGroup.includes(to) && this.#busyGroup.includes(from);
        if (wereThere ? received.join() === whole : received.at(-1) === LAST) return [];
        const words =
          `${received.length} words, not all of ${this.#words} in order, and the last one`;
        return [`${to.group.myId} heard of ${from.group.myId} ${words}`];
      })
    );
  }

  get #views(): unknown {
    return this.#members.map(({ group: { myId, state, members } }) => ({ myId, state, members }));
  }
}

const LAST = "last";

function countOf([id, words]: readonly [id: number, words: readonly string[]]): [number, number] {
  return [id, words.length];
}

function sorted(ids: readonly number[]): string {
  return [...ids].sort((one, other) => one - other).join();
}
