import { expect } from "expect";
import { ProtocolError } from "../../src/base/errors.ts";
import { SIGVER_SILENCE_MS } from "../../src/base/sigver_limits.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import type { Channel, Dial, DialSink } from "../../src/transport/channel.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { decodeSignaling } from "../../src/wire/signaling.ts";
import { messagesOf, numbersOf, SimNetwork } from "../sim/sim_network.ts";
import { seededRandom } from "../../src/testing/random.ts";

/** The time until a silent connection counts as dead, a join fails, and the next one begins. */
const AGAIN_MAX_MS = SIGVER_SILENCE_MS + 8_000;

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

Deno.test("WebGroup: peers that cannot reach each other are each alone in their part", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed, canConnect: () => false });
    const [member, stranger] = [network.add("member"), network.add("stranger")];
    member.group.join("key");
    network.run(1_000);
    stranger.group.join("key");
    network.run(300_000);
    expect(numbersOf(member, "state")).toEqual([0, 1]);
    expect(numbersOf(member, "signaling")).not.toContain(3);
    expect([stranger.group.state, stranger.group.members.length]).toEqual([1, 1]);
  }
});

Deno.test("WebGroup: a joiner that cannot reach a lone member forms the group once that member is gone", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const [member, newcomer] = [network.add("member"), network.add("newcomer")];
    member.group.join("key");
    network.run(10_000);
    member.machine.crash();
    newcomer.group.join("key");
    network.run(AGAIN_MAX_MS);
    expect([seed, newcomer.group.state, newcomer.group.members.length]).toEqual([seed, 1, 1]);
  }
});

Deno.test("WebGroup: an unreachable lone member does not keep others apart", () => {
  for (const seed of SEEDS) {
    const canConnect = (...pair: string[]) => !pair.includes("hermit");
    const network = new SimNetwork({ seed, canConnect });
    const [a, b, hermit] = [network.add("a"), network.add("b"), network.add("hermit")];
    for (const { group } of [a, b]) group.join("key");
    network.run(5_000);
    // The hermit is the first member that the restarted server sees.
    network.signaling.stop();
    network.world.netem.partition(["a", "b"], 5_000);
    network.signaling.start();
    hermit.group.join("key");
    network.run(30_000);
    const newcomer = network.add("newcomer");
    newcomer.group.join("key");
    network.run(60_000);
    for (const { group } of [a, b, newcomer]) {
      expect([seed, group.state, group.members.length]).toEqual([seed, 1, 3]);
    }
    expect(numbersOf(hermit, "state")).toEqual([0, 1]);
    expect(numbersOf(hermit, "signaling")).not.toContain(3);
  }
});

Deno.test("WebGroup: a page and a bot that lost each other reunite if they have the same group id", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const bot = network.addBot("bot", { rtc: false, leaveOnceAlone: false });
    const inBot = network.joinAs(bot, "key");
    network.run(1_000);
    const page = network.add("page", { rtc: false });
    page.group.join("key");
    network.run(3_000);
    expect(page.group.id).toBe(inBot.group.id);
    // The bot checks first, so it has to join through the page, which it cannot reach.
    for (const channel of inBot.machine.channels) if (channel.peer === "page") channel.cut();
    network.run(60);
    expect([page.group.neighbors.length, inBot.group.neighbors.length]).toEqual([0, 0]);
    page.group.send("meanwhile");
    inBot.group.send("here, too");
    network.run(10_000);
    expect([page.group.neighbors.length, inBot.group.neighbors.length]).toEqual([1, 1]);
    expect([messagesOf(page), messagesOf(inBot)].map((got) => got.map(([, data]) => data)))
      .toEqual([["here, too"], ["meanwhile"]]);
    expect([numbersOf(page, "leave"), numbersOf(inBot, "leave")]).toEqual([[], []]);
  }
});

Deno.test("WebGroup reports all members of a part to the server right after it joins that part", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const [a, b, lone] = [network.add("a"), network.add("b"), network.add("lone")];
    network.signaling.split(["lone"]);
    for (const { group } of [a, b, lone]) group.join("key");
    network.run(5_000);
    expect([a.group.members.length, lone.group.members.length]).toEqual([2, 1]);
    const views: number[][] = [];
    network.world.replaceSent = (from, frame) => {
      const message = from === "lone" ? readSignaling(frame) : undefined;
      if (message?.type === "connect") views.push(message.members.toSorted((x, y) => x - y));
      return frame;
    };
    network.signaling.unite();
    network.run(10_000);
    const others = [a, b].map(({ group }) => group.myId).sort((x, y) => x - y);
    expect([seed, ...views.slice(0, 2)]).toEqual([seed, [], others]);
  }
});

Deno.test("WebGroup: two lone members with the same id become one group of two", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    // The same random numbers draw the same ids, until one of the two has drawn more.
    const [one, other] = ["one", "other"].map((name) => {
      const { platform, transport } = network.world.addMachine(name);
      const world = { platform: { ...platform, random: seededRandom(seed) }, transport };
      return new WebGroup({ signalingServer: SimNetwork.SIGNALING }, world);
    }) as [WebGroup, WebGroup];
    const taken: number[] = [];
    other.onMyId = (id) => taken.push(id);
    one.join("key");
    network.run(1_000);
    other.join("key");
    network.run(10_000);
    expect(taken[0]).toBe(one.myId);
    expect(taken.length).toBeGreaterThan(1);
    expect([one.members.length, other.members.length]).toEqual([2, 2]);
    expect([one.state, other.state]).toEqual([1, 1]);
  }
});

Deno.test("WebGroup: a lone member returns while its last WebSocket still looks alive", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const machine = network.world.addMachine("member");
    const sockets = new FlakySockets(machine.transport);
    const member = new WebGroup({ signalingServer: SimNetwork.SIGNALING }, {
      platform: machine.platform,
      transport: sockets,
    });
    member.join("key");
    network.run(8_000 + 250 * seed);
    const { myId } = member;
    sockets.lose();
    const newcomer = network.add("newcomer");
    newcomer.group.join("key");
    network.run(AGAIN_MAX_MS);
    expect([seed, sockets.connected, member.myId, member.state]).toEqual([seed, true, myId, 1]);
    expect([newcomer.group.members.length, member.members.length]).toEqual([2, 2]);
  }
});

/** Frames to other members are no signaling messages. */
function readSignaling(frame: Uint8Array): ReturnType<typeof decodeSignaling> | undefined {
  try {
    return decodeSignaling(frame);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Only this end notices the loss of a socket, as when a network changes. */
class FlakySockets implements Transport {
  readonly #transport: Transport;
  #lose = () => {};
  /** The last answer of the server. */
  connected = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get capabilities(): Transport["capabilities"] {
    return this.#transport.capabilities;
  }

  dialRtc(...call: Parameters<Transport["dialRtc"]>): ReturnType<Transport["dialRtc"]> {
    return this.#transport.dialRtc(...call);
  }

  dialSocket(url: string, sink: DialSink): Dial {
    return this.#transport.dialSocket(url, {
      opened: (channel) => sink.opened(this.#frail(channel)),
      failed: (reason) => sink.failed(reason),
    });
  }

  lose(): void {
    this.#lose();
  }

  #frail(channel: Channel): Channel {
    this.connected = false;
    let lost = false;
    return {
      kind: channel.kind,
      bufferedAmount: 0,
      send: (frame) => lost || channel.send(frame),
      close: (code, reason) => lost || channel.close(code, reason),
      abort: () => lost || channel.abort(),
      listen: (sink) => {
        this.#lose = () => {
          lost = true;
          sink?.closed({ code: 1006, clean: false, reason: "" });
        };
        channel.listen({
          received: (frame) => {
            if (lost) return;
            const message = decodeSignaling(frame);
            if (message.type === "connected") this.connected = message.connected;
            sink?.received(frame);
          },
          bufferedAmountLow: () => {},
          closed: (end) => lost || sink?.closed(end),
        });
      },
    };
  }
}
