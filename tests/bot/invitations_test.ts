import { expect } from "expect";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { WebGroupState } from "../../src/group/state.ts";
import type { Channel } from "../../src/transport/channel.ts";
import { encodeJoinHandshake } from "../../src/wire/join_handshake.ts";
import { membersOf, numbersOf, SimNetwork, type SimPeer } from "../sim/sim_network.ts";
import type { Bot } from "../../src/bot/bot.ts";

const QUIET = { received() {}, bufferedAmountLow() {}, closed() {} };

/** A page has invited the bot; the test plays another host that knows the key. */
class Rig {
  readonly network: SimNetwork;
  readonly bot: Bot;
  readonly page: SimPeer;
  /** The reasons for which channels of the other host ended. */
  readonly ends: string[] = [];
  #hosts = 0;

  constructor(seed = 1) {
    this.network = new SimNetwork({ seed });
    this.bot = this.network.addBot("bot", { rtc: false });
    this.page = this.network.add("page");
  }

  join(): this {
    this.page.group.join("key");
    this.network.run(2_000);
    this.page.group.invite(this.bot.url);
    this.network.run(5_000);
    expect(membersOf(this.page).length).toBe(2);
    return this;
  }

  get botPeer(): SimPeer {
    return this.network.peers.find(({ name }) => name === "bot")!;
  }

  invite(opened: (channel: Channel) => void = () => {}): void {
    const machine = this.network.world.addMachine(`host ${this.#hosts++}`);
    this.network.world.dialSocket(machine, `${this.bot.url}?type=2&wcId=77&senderId=5&key=key`, {
      opened: (channel) => {
        channel.listen({ ...QUIET, closed: ({ reason }) => void this.ends.push(reason) });
        opened(channel);
      },
      failed: (reason) => {
        throw new Error(reason);
      },
    });
  }
}

/** The host of a group of its own. */
function ping(channel: Channel, id: number): void {
  const [group, member] = [asGroupId(77), asMemberId(id)];
  const members = [member];
  channel.send(encodeJoinHandshake({
    type: "initPing",
    topology: 0,
    group,
    member,
    members,
    key: "key",
    v5Members: members,
    version: 5,
  }));
}

Deno.test("a bot with members keeps its id when a host has the same id", () => {
  const rig = new Rig().join();
  const { group } = rig.botPeer;
  const { myId } = group;
  rig.invite((channel) => ping(channel, myId));
  rig.network.run(2_000);
  expect([group.myId, group.members.length, numbersOf(rig.page, "leave")]).toEqual([myId, 2, []]);
});

Deno.test("a bot stays in a group when its only member has lost the session and rejoins", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const rig = new Rig(seed).join();
    const alone: unknown[] = [];
    rig.network.departed = ({ name, group }, { reason }) => {
      if (name === "bot" && reason === "reset") alone.push([group.state, group.members.length]);
    };
    rig.network.world.netem.partition(["bot"], 32_000, { way: "out", spared: ["signaling"] });
    rig.network.run(90_000);
    const { group } = rig.botPeer;
    if (alone.length === 0) continue;
    expect([seed, group.state, membersOf(rig.page).length]).toEqual([
      seed,
      WebGroupState.JOINED,
      2,
    ]);
  }
});

Deno.test("a bot does not rejoin for an invitation that opens after close() or a leave", () => {
  for (const end of ["close", "leave"] as const) {
    const rig = new Rig().join();
    const { bot, network } = rig;
    const { group } = rig.botPeer;
    let open = () => {};
    network.world.serve("bot:9000", network.machineOf(bot), {
      decideByUrl: (url: URL) => {
        const decision = bot.decideByUrl(url);
        if (decision.type !== "admit") return decision;
        const accept = (channel: Channel) => open = () => decision.accept(channel);
        return { ...decision, accept };
      },
    });
    rig.invite((channel) => ping(channel, 2 ** 31 + 5));
    network.run(200);
    if (end === "close") bot.close();
    else rig.page.group.leave();
    network.run(2_000);
    open();
    network.run(5_000);
    expect([end, group.state, bot.webGroups.size]).toEqual([end, WebGroupState.LEFT, 0]);
  }
});

Deno.test("a failed invitation does not end another pending one", () => {
  const rig = new Rig();
  const channels: Channel[] = [];
  rig.invite();
  rig.network.run(5_800);
  rig.invite((channel) => channels.push(channel));
  rig.network.run(450);
  ping(channels[0]!, 2 ** 31 + 5);
  rig.network.run(500);
  expect([rig.ends.length, rig.bot.webGroups.size]).toEqual([1, 1]);
});
