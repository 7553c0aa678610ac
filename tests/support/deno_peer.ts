import type { DataType, WebGroup } from "../../mod.ts";
import type { GroupPage, GroupReport } from "./group_page.ts";
import { until } from "./until.ts";

/** Without STUN servers, as all members are on this machine. */
export const RTC = { rtcConfiguration: { iceServers: [] } };

const BYTES = 40_000;

/** Reports like a page. */
export class DenoPeer {
  readonly group: WebGroup;
  readonly #messages: (readonly [number, string | readonly [number, number]])[] = [];
  readonly #joined: number[] = [];
  readonly #left: number[] = [];

  constructor(group: WebGroup) {
    this.group = group;
    group.onMessage = (id, data) => this.#messages.push([id, digest(data)]);
    group.onMemberJoin = (id) => this.#joined.push(id);
    group.onMemberLeave = (id) => this.#left.push(id);
  }

  report(): GroupReport {
    const { myId, state, members } = this.group;
    return {
      myId,
      state,
      members: [...members].sort((a, b) => a - b),
      messages: this.#messages,
      joined: this.#joined,
      left: this.#left,
    };
  }
}

function digest(data: DataType): string | readonly [number, number] {
  if (typeof data === "string") return data;
  return [data.length, data.reduce((sum, byte) => sum + byte, 0)];
}

export type Member = Pick<GroupPage, "report"> | DenoPeer;

export async function reportsOf(members: readonly Member[]): Promise<GroupReport[]> {
  return await Promise.all(members.map((member) => member.report()));
}

/** Waits until all members are joined and list exactly each other. */
export async function agree(
  members: readonly Member[],
  count = members.length,
): Promise<GroupReport[]> {
  await until(`${count} members agree`, async () => {
    const reports = await reportsOf(members);
    const everyone = JSON.stringify(reports[0]!.members);
    return reports[0]!.members.length === count &&
      reports.every(({ members, state }) => state === 1 && JSON.stringify(members) === everyone);
  }, () => reportsOf(members));
  return await reportsOf(members);
}

/** Each member sends a text and bytes to all others. */
export async function talk(
  pages: readonly GroupPage[],
  peers: readonly DenoPeer[],
  round: string,
): Promise<void> {
  const all: Member[] = [...pages, ...peers];
  for (const page of pages) {
    await page.send(`${round} text`);
    await page.sendBytes(BYTES, 3);
  }
  for (const { group } of peers) {
    group.send(`${round} text`);
    group.send(new Uint8Array(BYTES).fill(3));
  }
  const ids = (await reportsOf(all)).map(({ myId }) => myId);
  await until(`all hear all in ${round}`, async () => {
    const reports = await reportsOf(all);
    return reports.every(({ myId, messages }) =>
      ids.every((id) =>
        id === myId ||
        [`${round} text`, [BYTES, BYTES * 3]].every((data) =>
          messages.some((message) => JSON.stringify(message) === JSON.stringify([id, data]))
        )
      )
    );
  }, () => reportsOf(all));
}
