import { expect } from "expect";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { Bot } from "../../src/bot/bot.ts";
import type { Invitation } from "../../src/bot/options.ts";
import type { WebGroup } from "../../src/group/web_group.ts";
import { silentLog } from "../../src/platform/log.ts";
import { webPlatform } from "../../src/platform/web.ts";
import type { Channel } from "../../src/transport/channel.ts";
import type { UpgradeDecision } from "../../src/transport/transport.ts";
import { webTransport } from "../../src/transport/web.ts";
import { type DialQuery, encodeDialQuery, proofOf } from "../../src/wire/dial_query.ts";
import { encodeJoinHandshake } from "../../src/wire/join_handshake.ts";
import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";

const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1);

const URL_OF_BOT = "ws://bot:9000/";

function statusOf(admission: UpgradeDecision): number | "admit" {
  return admission.type === "refuse" ? admission.status : "admit";
}

function ask(
  bot: Bot,
  query: string,
  request: { remote?: string; origin?: string; forwardedFor?: string } = {},
) {
  const admission = bot.ask({ url: `${URL_OF_BOT}?${query}`, ...request });
  if (admission instanceof Promise) throw new Error("an answer at once expected");
  return admission;
}

function invitation(key: string, group = 7): string {
  return `type=2&wcId=${group}&senderId=-1&key=${key}`;
}

/** The query of a dial that proves to know the key. */
function queryWithProof(
  call: Pick<DialQuery, "type" | "group"> & { sender: number },
  key: string,
): string {
  const { type, group } = call;
  const sender = asMemberId(call.sender);
  const proof = proofOf(key, URL_OF_BOT, { type, group, sender });
  return new URL(
    encodeDialQuery(URL_OF_BOT, { ...call, sender, key: undefined, proof } as DialQuery),
  ).search
    .slice(1);
}

/** The page has invited the bot. */
function invited(seed = 1): { network: SimNetwork; bot: Bot; page: SimPeer; group: WebGroup } {
  const network = new SimNetwork({ seed });
  const bot = network.addBot("bot", { rtc: false });
  const page = network.add("page");
  page.group.join("key");
  network.run(2_000);
  page.group.invite(bot.url);
  network.run(2_000);
  const [group] = [...bot.webGroups.values()];
  return { network, bot, page, group: group! };
}

function calls(network: SimNetwork, bot: Bot): URL[] {
  const urls: URL[] = [];
  const keeper = {
    decideByUrl: (url: URL) => {
      urls.push(url);
      return bot.decideByUrl(url);
    },
  };
  network.world.serve("bot:9000", network.machineOf(bot), keeper);
  return urls;
}

Deno.test("Bot learns no URL from a refused request, and advertises to each group the URL that its members dialed", () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", { url: "", rtc: false });
  for (
    const query of ["", "type=7", "type=0&wcId=7&senderId=9", "type=1&wcId=7&senderId=9&key=k"]
  ) {
    expect(statusOf(bot.decideByUrl(new URL(`ws://evil.example/?${query}`)))).not.toBe("admit");
  }
  expect(bot.url).toBe("");
  const page = network.add("page");
  page.group.join("key");
  network.run(2_000);
  page.group.invite(URL_OF_BOT);
  network.run(2_000);
  expect(bot.url).toBe(URL_OF_BOT);

  // An invitation to another group is accepted, but its URL is used in that group only.
  const foreign = new URL(`ws://evil.example/?${invitation("a key of its own")}`);
  const admission = bot.decideByUrl(foreign);
  expect(statusOf(admission)).toBe("admit");
  const dialed: string[] = [];
  network.world.dialed = (_, host) => dialed.push(host);
  const newcomer = network.add("newcomer");
  newcomer.group.join("key");
  network.run(20_000);
  expect(newcomer.group.neighbors.length).toBe(2);
  expect(dialed).toContain("bot:9000");
  expect(dialed).not.toContain("evil.example");
});

Deno.test("Bot is dialed by v5 members and newcomers with a proof, never with the key", () => {
  for (const seed of SEEDS) {
    const { network, bot } = invited(seed);
    const urls = calls(network, bot);
    const newcomers = network.addMany(3);
    for (const { group } of newcomers) {
      group.join("key");
      network.run(2_000);
    }
    network.run(20_000);
    for (const { group } of newcomers) expect(group.neighbors.length).toBe(4);
    expect(urls.length).toBeGreaterThanOrEqual(3);
    for (const { searchParams } of urls) {
      expect([searchParams.has("key"), searchParams.get("proof")?.length]).toEqual([false, 64]);
    }
  }
});

Deno.test("Bot refuses a member that dials another one at its URL", () => {
  const { bot, group } = invited();
  const call = { type: "internal", group: asGroupId(group.id), sender: 7 } as const;
  const query = (to: number) => `${queryWithProof(call, "key")}&to=${to}`;
  expect(statusOf(ask(bot, query(group.myId)))).toBe("admit");
  expect(statusOf(ask(bot, query(group.myId - 1)))).toBe(404);
});

Deno.test("Bot rejects an id without a proof, or a proof in the name of a heard member", () => {
  const { network, bot, page, group } = invited();
  const call = { type: "internal", group: asGroupId(group.id), sender: page.group.myId } as const;
  const idAlone = `type=0&wcId=${group.id}&senderId=${page.group.myId}`;
  expect(statusOf(ask(bot, idAlone))).toBe(403);
  expect(statusOf(ask(bot, queryWithProof(call, "key")))).toBe(409);
  expect(statusOf(ask(bot, queryWithProof(call, "another key")))).toBe(403);
  network.world.netem.sleep("page", 9_000);
  network.run(7_000);
  expect(group.members.length).toBe(2);
  expect(statusOf(ask(bot, idAlone))).toBe(403);
  expect(statusOf(ask(bot, queryWithProof(call, "key")))).toBe("admit");
});

Deno.test("Bot accepts a dial without a proof only from a deployed member that is not heard", () => {
  const { network, bot, group } = invited();
  network.add("page 2").group.join("key");
  network.run(5_000);
  const me = 3_000_000_000;
  let channel: Channel | undefined;
  const url = `${URL_OF_BOT}?type=1&wcId=${group.id}&senderId=${me}&key=key`;
  network.world.dialSocket(network.world.addMachine("deployed"), url, {
    opened: (opened) => {
      channel = opened;
      opened.listen({ received() {}, bufferedAmountLow() {}, closed() {} });
    },
    failed: (reason) => {
      throw new Error(reason);
    },
  });
  network.run(1_000);
  channel!.send(
    encodeJoinHandshake({ type: "initPong", newcomer: asMemberId(me), version: undefined }),
  );
  network.run(1_000);
  expect(group.members).toContain(me);
  // Deployed peers send their own id in place of the group's.
  const call = `type=0&wcId=${me}&senderId=${me}`;
  expect(statusOf(ask(bot, call))).toBe(403);
  network.run(5_000);
  expect(group.members).toContain(me);
  expect(statusOf(ask(bot, call))).toBe("admit");
});

Deno.test("Bot refuses all requests of an address after too many refusals, except those with a proof", () => {
  const { network, bot, page, group } = invited();
  const guess = (index: number, remote: string) =>
    statusOf(ask(bot, `type=0&wcId=${group.id}&senderId=${index + 1}`, { remote }));
  const statuses = Array.from({ length: 1_000 }, (_, index) => guess(index, "192.0.2.1"));
  expect(statuses.filter((status) => status === 403).length).toBe(20);
  expect(statuses.slice(20).every((status) => status === 429)).toBe(true);
  expect(guess(0, "192.0.2.2")).toBe(403);
  const newcomer = { type: "newcomer", group: asGroupId(group.id), sender: 9 } as const;
  expect(statusOf(ask(bot, queryWithProof(newcomer, "key"), { remote: "192.0.2.1" }))).toBe(
    "admit",
  );
  expect(page.group.members.length).toBe(2);
  network.run(2_000);
  expect([guess(0, "192.0.2.1"), guess(0, "192.0.2.1"), guess(0, "192.0.2.1")])
    .toEqual([403, 403, 429]);
});

Deno.test("Bot limits the invitations of one address, and of all", () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", {
    maxGroups: 6,
    limits: { addressInvitationsBurst: 4, addressGroups: 3 },
  });
  const invite = (key: string, remote: string) => ask(bot, invitation(key), { remote });
  const first = ["a", "b", "c", "d", "e"].map((key) => invite(key, "192.0.2.1"));
  expect(first.map(statusOf)).toEqual(["admit", "admit", "admit", 429, 429]);
  const second = ["f", "g", "h", "i"].map((key) => invite(key, "192.0.2.2"));
  expect(second.map(statusOf)).toEqual(["admit", "admit", "admit", 503]);
  // Their WebSockets never open, so the slots are free again.
  for (const admission of [...first, ...second]) {
    if (admission.type === "admit") admission.onClosed?.();
  }
  expect(statusOf(invite("k", "192.0.2.3"))).toBe("admit");
  network.run(1_000);
  expect(statusOf(invite("l", "192.0.2.1"))).toBe("admit");
});

Deno.test("Bot trusts X-Forwarded-For of trusted proxies only, and warns once otherwise", () => {
  const network = new SimNetwork({ seed: 1 });
  network.world.keepTrace = true;
  const bot = network.addBot("bot", {
    trustedProxies: ["127.0.0.1"],
    limits: { addressInvitationsBurst: 1 },
  });
  const invite = (remote: string, forwardedFor: string, key: string) =>
    statusOf(ask(bot, invitation(key), { remote, forwardedFor }));
  expect(invite("127.0.0.1", "192.0.2.1", "a")).toBe("admit");
  expect(invite("127.0.0.1", "192.0.2.2", "b")).toBe("admit");
  expect(invite("127.0.0.1", "192.0.2.2", "c")).toBe(429);
  expect(invite("192.0.2.9", "192.0.2.3", "d")).toBe("admit");
  expect(invite("192.0.2.9", "192.0.2.4", "e")).toBe(429);
  expect(network.world.trace.filter((line) => line.includes("trustedProxies")).length).toBe(1);
});

Deno.test("Bot: an invitation without a handshake counts until it times out", () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", { maxGroups: 1 });
  const sink = { opened() {}, failed() {} };
  network.world.dialSocket(
    network.world.addMachine("mute"),
    `${URL_OF_BOT}?${invitation("k")}`,
    sink,
  );
  network.run(1_000);
  expect([bot.webGroups.size, statusOf(ask(bot, invitation("l")))]).toEqual([1, 503]);
  network.run(10_000);
  expect([bot.webGroups.size, statusOf(ask(bot, invitation("l")))]).toEqual([0, "admit"]);
});

Deno.test("Bot accepts pages of its origins, and clients without an origin", () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", { origins: ["https://app.example"] });
  const from = (origin?: string) => statusOf(ask(bot, invitation("k"), origin ? { origin } : {}));
  expect([from("https://app.example"), from(), from("https://evil.example"), from("null")])
    .toEqual(["admit", "admit", 403, 403]);
});

Deno.test("Bot calls admit only for invitations to further groups", async () => {
  const asked: Invitation[] = [];
  const answers: Record<string, () => boolean | Promise<boolean>> = {
    yes: () => Promise.resolve(true),
    no: () => false,
    fails: () => Promise.reject(new Error("a bug of the program")),
  };
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", {
    maxGroups: 2,
    admit: (invitation) => {
      asked.push(invitation);
      return answers[invitation.key]!();
    },
  });
  const errors: unknown[] = [];
  bot.onError = (error) => errors.push(error);
  const statuses: unknown[] = [];
  for (const key of ["no", "fails", "no", "yes", "yes"]) {
    const request = { remote: "192.0.2.1", origin: "https://app.example" };
    const url = `${URL_OF_BOT}?${invitation(key)}&pass=1`;
    statuses.push(statusOf(await bot.ask({ url, ...request })));
  }
  expect(statuses).toEqual([403, 403, 403, "admit", "admit"]);
  expect(errors).toEqual([new Error("a bug of the program")]);
  const { key, groupId, url, origin, address } = asked[0]!;
  expect({ key, groupId, origin, address, pass: url.searchParams.get("pass") }).toEqual({
    key: "no",
    groupId: 7,
    origin: "https://app.example",
    address: "192.0.2.1",
    pass: "1",
  });
  bot.join("ours");
  const { id } = [...bot.webGroups.values()][0]!;
  expect(statusOf(ask(bot, `type=1&wcId=${id}&senderId=9&key=ours`))).toBe("admit");
  expect(asked.length).toBe(5);
});

Deno.test("Bot reports the error of an onError that throws, and refuses the invitation at once", async () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", { admit: () => Promise.reject(new Error("admit")) });
  bot.onError = () => {
    throw new Error("onError");
  };
  const request = { url: `${URL_OF_BOT}?${invitation("key")}` };
  expect(statusOf(await bot.ask(request))).toBe(403);
  expect(network.world.errors).toEqual([new Error("onError")]);
});

Deno.test("Bot stays reachable in a group while an invitation uses the id of that group", () => {
  const { network, bot, group } = invited();
  const url = `${URL_OF_BOT}?${invitation("another key", group.id)}`;
  let channel: Channel | undefined;
  network.world.dialSocket(network.world.addMachine("evil"), url, {
    opened: (opened) => channel = opened,
    failed() {},
  });
  network.run(200);
  channel!.send(encodeJoinHandshake({
    type: "initPing",
    topology: 0,
    group: asGroupId(group.id),
    member: asMemberId(3_000_000_000),
    members: [asMemberId(3_000_000_000)],
    key: "another key",
    v5Members: [],
    version: 5,
  }));
  network.run(500);
  expect(bot.webGroups.get(group.id)).toBe(group);
  expect(statusOf(ask(bot, `type=1&wcId=${group.id}&senderId=9&key=key`))).toBe("admit");
  const newcomer = { type: "newcomer", group: asGroupId(group.id), sender: 9 } as const;
  expect(statusOf(ask(bot, queryWithProof(newcomer, "key")))).toBe("admit");
  expect(statusOf(ask(bot, queryWithProof(newcomer, "another key")))).toBe("admit");
  const late = network.add("late");
  late.group.join("key");
  network.run(10_000);
  expect(late.group.neighbors.length).toBe(2);
});

Deno.test("Bot.close() is final: it no longer accepts, joins or listens", async () => {
  const { network, bot, group } = invited();
  const admitted = ask(bot, invitation("k"));
  const closed = bot.close();
  const statuses = [
    invitation("l"),
    `type=1&wcId=${group.id}&senderId=9&key=key`,
    "nothing",
  ].map((query) => statusOf(ask(bot, query)));
  expect(statuses).toEqual([503, 503, 503]);
  const ended: string[] = [];
  const channel = { close: () => ended.push("closed") } as unknown as Channel;
  if (admitted.type === "admit") admitted.accept(channel);
  expect([ended, bot.webGroups.size]).toEqual([["closed"], 0]);
  await expect(bot.join("key")).rejects.toThrow("Cannot join: the bot was closed");
  await expect(bot.listen()).rejects.toThrow("Cannot listen: the bot was closed");
  network.run(5_000);
  await closed;
});

Deno.test("Bot.join() joins a key once for all callers", async () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot");
  const controller = new AbortController();
  const [first, second] = [bot.join("key"), bot.join("key")];
  const third = bot.join("key", { signal: controller.signal });
  controller.abort(new Error("no longer"));
  await expect(third).rejects.toThrow("no longer");
  expect(bot.webGroups.size).toBe(1);
  network.run(2_000);
  expect(await first).toBe(await second);
  expect(await bot.join("key")).toBe(await first);
  await expect(bot.join("key", { signal: 5 as unknown as AbortSignal })).rejects
    .toThrow("Cannot use 5 as signal: an AbortSignal expected");
  expect(bot.webGroups.size).toBe(1);
});

Deno.test("Bot.join() without a key is refused", async () => {
  const bot = new SimNetwork({ seed: 1 }).addBot("bot");
  const key = undefined as unknown as string;
  await expect(bot.join(key)).rejects.toThrow("Cannot use undefined as key: a string expected");
  expect(bot.webGroups.size).toBe(0);
});

Deno.test("Bot.join() that fails leaves nothing behind", async () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", { webGroupOptions: { autoRejoin: false } });
  await expect(bot.join("")).rejects.toThrow(RangeError);
  await expect(bot.join("key", { signal: AbortSignal.abort(new Error("before")) }))
    .rejects.toThrow("before");
  expect(bot.webGroups.size).toBe(0);
  network.signaling.stop();
  const failed = bot.join("key").catch(({ code }) => code);
  network.run(5_000);
  expect([await failed, bot.webGroups.size]).toEqual(["UNREACHABLE", 0]);
});

Deno.test("Bot stays alone in groups that it joined itself, and leaves those to which it was invited", () => {
  for (const seed of SEEDS) {
    const { network, bot, page } = invited(seed);
    const own = network.joinAs(bot, "its own");
    const visitor = network.add("visitor");
    visitor.group.join("its own");
    network.run(5_000);
    expect(own.group.members.length).toBe(2);
    visitor.group.leave();
    page.group.leave();
    network.run(20_000);
    expect([...bot.webGroups.values()]).toEqual([own.group]);
  }
});

Deno.test("Bot.onError gets the errors of onWebGroup, also asynchronous ones", async () => {
  const { bot } = invited();
  const errors: unknown[] = [];
  bot.onError = (error) => errors.push((error as Error).message);
  bot.onWebGroup = () => Promise.reject(new Error("asynchronous"));
  bot.join("one");
  bot.onWebGroup = () => {
    throw new Error("synchronous");
  };
  bot.join("two");
  await Promise.resolve();
  expect(errors).toEqual(["synchronous", "asynchronous"]);
});

Deno.test("Bot without onError reports an error of onWebGroup as an uncaught one", async () => {
  const uncaught: unknown[] = [];
  const log = { ...silentLog, report: (error: unknown) => uncaught.push(error) };
  const environment = { platform: webPlatform(log), transport: webTransport() };
  await using bot = new Bot({ signalingServer: "ws://127.0.0.1:1" }, environment);
  const error = new Error("a bug of the program");
  bot.onWebGroup = () => {
    throw error;
  };
  bot.join("key");
  await new Promise((resolve) => setTimeout(resolve));
  expect(uncaught).toEqual([error]);
});

Deno.test("Bot.join() needs no await: its rejection is not an unhandled one, which fails this test", async () => {
  const bot = new SimNetwork({ seed: 1 }).addBot("bot");
  bot.join("key");
  await bot.close();
  bot.join("another key");
  await new Promise((resolve) => setTimeout(resolve));
});

Deno.test("Bot.onWebGroup is called before the first event of a group, after an invitation or a join", () => {
  const { network, bot, page, group } = invited();
  const invitedOne = network.peers.find((one) => one.group === group)!;
  const joined = network.joinAs(bot, "another");
  network.run(3_000);
  for (const { seen, group } of [invitedOne, joined]) {
    expect(seen[0]).toEqual(["myId", group.myId]);
    expect(seen[1]).toEqual(["state", 0]);
    expect(seen.filter(([kind, value]) => kind === "state" && value === 1).length).toBe(1);
  }
  expect(invitedOne.seen).toContainEqual(["join", page.group.myId]);
});

Deno.test("WebGroup.invite() resolves for a bot that another member invited, also for two at the same time", async () => {
  for (const seed of SEEDS) {
    const { network, bot, page } = invited(seed);
    const other = network.add("other");
    other.group.join("key");
    network.run(5_000);
    const invitations = [other.group.invite(bot.url)];
    network.run(2_000);
    const another = network.addBot("another");
    for (const { group } of [page, other, other]) invitations.push(group.invite(another.url));
    network.run(5_000);
    await Promise.all(invitations);
    expect(network.world.errors).toEqual([]);
    expect([page, other].map(({ group }) => group.members.length)).toEqual([4, 4]);
    expect([page, other].map(({ group }) => group.neighbors.length)).toEqual([3, 3]);
    for (const { seen } of network.peers) {
      expect(seen.filter(([kind]) => kind === "error" || kind === "leave")).toEqual([]);
    }
  }
});

Deno.test("Bot forgets a group that the program leaves at once", async () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", { maxGroups: 1 });
  bot.onWebGroup = (group) => {
    if (group.key === "refused") group.leave();
  };
  const [one, other] = network.addMany(2);
  one!.group.join("refused");
  other!.group.join("key");
  network.run(3_000);
  one!.group.invite(bot.url).catch(() => {});
  network.run(3_000);
  expect(bot.webGroups.size).toBe(0);
  const invited = other!.group.invite(bot.url);
  network.run(3_000);
  await invited;
  expect([...bot.webGroups.values()].map(({ key }) => key)).toEqual(["key"]);
});

Deno.test("Bot.join(): an aborted call leaves the group to another call", async () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", { leaveOnceAlone: false });
  const given = new AbortController();
  const first = bot.join("key", { signal: given.signal });
  const second = bot.join("key");
  given.abort(new Error("enough"));
  network.run(5_000);
  await expect(first).rejects.toThrow("enough");
  const group = await second;
  expect([...bot.webGroups.values()]).toEqual([group]);
  const closed = bot.close();
  network.run(5_000);
  await closed;
  expect(group.members).toEqual([]);
});

Deno.test("new Bot() rejects unknown options", () => {
  const network = new SimNetwork({ seed: 1 });
  const options: object = { admitt: () => false };
  expect(() => network.addBot("bot", options)).toThrow("Cannot use option admitt");
});
